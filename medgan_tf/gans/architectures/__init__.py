"""GANs, registered by name. A folder each: `settings.py`, the paper's values, and `networks.py`."""
