"""CheXpert radiographs in the layout of CheXpert-v1.0-small."""
