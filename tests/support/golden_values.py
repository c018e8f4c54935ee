"""What the golden tests share: files of published values, and how ours are compared with them."""

from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "golden"
TOLERANCE = 1e-4


def read_golden(name):
    """The arrays of one golden file, and among them the weights by published name."""
    with np.load(FOLDER / name) as arrays:
        golden = {key: arrays[key] for key in arrays.files}
    weights = {key.removeprefix("weights/"): array for key, array in golden.items() if key.startswith("weights/")}
    return golden, weights


def relative_error(actual, expected):
    """Norm of the difference over the norm of what is expected."""
    expected = np.asarray(expected, np.float64)
    return np.linalg.norm(np.asarray(actual, np.float64) - expected) / np.linalg.norm(expected)


def nhwc(array):
    """Published images are NCHW."""
    return array.transpose(0, 2, 3, 1)
