"""Kinds of raw files, registered by name. A folder each: `settings.py`, its options, and `source.py`, its reader."""
