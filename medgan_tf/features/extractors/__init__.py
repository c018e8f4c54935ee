"""Feature extractors; one file each, registered by name."""
