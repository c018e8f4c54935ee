"""Simulations of the import of images from elsewhere."""
