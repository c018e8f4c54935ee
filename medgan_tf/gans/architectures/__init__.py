"""GANs, registered by name. Each has a folder with the paper's values (`settings.py`) and its networks (`networks.py`)."""
