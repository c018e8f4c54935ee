"""Exported generators to synthetic datasets."""
