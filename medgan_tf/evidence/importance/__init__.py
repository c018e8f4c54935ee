"""What do the classifiers look at? Occlusion maps."""
