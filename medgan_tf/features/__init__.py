"""Feature extractors, and the kept statistics of the features of real images."""
