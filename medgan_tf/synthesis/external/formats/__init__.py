"""Formats of images from elsewhere; one file each, registered by name.

A format is a function ``(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing``, registered with
``@FORMATS.register(name)``; `names` are the labels of the real images, for formats that do not name their own.
"""
