"""CheXpert radiographs: CheXpert-v1.0-small, the full CheXpert-v1.0 and CheXpert Plus."""
