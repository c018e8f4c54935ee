"""Layers that several networks use, and the optimizer."""
