"""Simulated error rates and coverages of the statistics that reports show."""
