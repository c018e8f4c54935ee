"""DICOM files to grey images: pixels, headers and windows."""
