"""Kinds of raw files, registered by name. Each has a folder: its options (`settings.py`) and reader (`source.py`)."""
