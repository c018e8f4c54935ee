"""Utility by group of patients: gaps of each sex, age band and view, and whether they differ between groups."""
