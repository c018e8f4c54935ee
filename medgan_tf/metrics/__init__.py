"""Closed forms in NumPy, one file each. `fidelity/` holds the registered metrics of fidelity that are built on them."""
