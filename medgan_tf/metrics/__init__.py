"""Closed forms in NumPy; one file a metric."""
