"""GANs, registered by name. Each has a folder: the paper's values (`settings.py`) and networks (`networks.py`)."""
