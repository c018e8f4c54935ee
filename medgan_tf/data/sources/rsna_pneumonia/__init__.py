"""Radiographs of the RSNA Pneumonia Detection challenge."""
