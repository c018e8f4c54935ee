"""Turns result files into a page with figures and tables."""
