"""The built-in phantom, drawn where it is missing."""
