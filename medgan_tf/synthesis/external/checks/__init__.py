"""Checks of images from elsewhere before they are used: pure functions over arrays, each with one finding."""
