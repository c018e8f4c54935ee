"""Synthetic datasets as DICOM files."""
