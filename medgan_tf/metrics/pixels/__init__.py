"""Metrics of the pixels themselves: similarity of pairs of images, and distance of their patches."""
