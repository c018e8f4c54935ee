"""A small DCGAN, the architecture for private training."""
