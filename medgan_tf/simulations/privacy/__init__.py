"""Simulated privacy audits, their parts and the worlds that they look at."""
