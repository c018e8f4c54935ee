"""Synthetic images of a generator from elsewhere: brought in once, and from then on like those of our own."""
