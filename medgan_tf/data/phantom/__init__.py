"""Labelled synthetic anatomy, written in the layouts of the real datasets so that the real readers are what runs."""
