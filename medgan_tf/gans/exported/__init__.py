"""Exported generators: as weights and a description of the network, and as functions from labels to images."""
