"""The gap has no options of its own: section `classifier` has those of the classifiers, its margin and its level."""

KEY, ORDER = "gap", 10

CONFIG = None
