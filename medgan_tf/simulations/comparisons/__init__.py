"""Simulated pages that compare several things at once, corrected together."""
