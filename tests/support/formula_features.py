"""Features from a formula, the same on every machine, for values that other implementations computed once."""

import numpy as np


def formula_features(count: int, size: int, phase: float) -> np.ndarray:
    """float64 [count, size]."""
    row, column = np.arange(count)[:, None], np.arange(size)[None, :]
    steps = (row * size + column + 1) * 0.6180339887498949 * (1 + phase)
    waves = np.sin((row + 1.0) * (column + 2.0) * (0.7 + phase))
    fractions = np.modf(steps + waves)[0]
    return fractions * (1 + 0.1 * column) + phase * 0.3 * (column % 3)
