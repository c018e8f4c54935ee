"""Measures of fidelity as pure functions of arrays, in float64: NumPy and SciPy only."""
