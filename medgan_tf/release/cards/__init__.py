"""The cards of a release: what it is, what was measured of it, and what was not, for people and for machines."""
