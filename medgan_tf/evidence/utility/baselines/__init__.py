"""Baselines of the utility table: classifiers without a deep network, and what baselines show in words."""
