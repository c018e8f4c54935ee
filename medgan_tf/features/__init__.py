"""Feature extractors, and what is kept of the features of real images."""
