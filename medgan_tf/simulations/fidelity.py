"""Intervals and tests of fidelity under known truth: Gaussian features, with one or several images of a patient.

Real images of one patient share half of their variance. Synthetic images are independent. The true FID and KID of two
Gaussians have closed forms. Precision, recall, density and coverage have none, and change with the number of images:
their truth is the mean over other draws of the same size.
"""

from collections.abc import Callable, Iterator

import numpy as np

from medgan_tf.metrics.fidelity.fid import fid
from medgan_tf.metrics.fidelity.prdc import prdc
from medgan_tf.metrics.kernels.discrepancy import discrepancy, no_difference_p
from medgan_tf.metrics.kernels.nearness import nearness
from medgan_tf.metrics.kernels.sums import cubic_kernel
from medgan_tf.metrics.metric import Options, Sample
from medgan_tf.metrics.streams import stream

Row = tuple[str, str, str, int, int]
"""Setting, truth, "coverage", "error rate" or "power", number of times, draws."""

FEATURES = 4
_PRDC = ("precision", "recall", "density", "coverage")
_FULL = 1000
_TRUTH_DRAWS = 400


def simulate(draws: int, seed: int) -> list[Row]:
    """Two numbers of patients and of images; from 1,000 draws on also the others, as they take long."""
    rows: list[Row] = []
    for part in (_fid_rows, _kid_rows, _permutation_rows, _prdc_rows, _nearness_rows):
        rows += part(draws, seed)
    return rows


def true_fid(shift: float) -> float:
    """FID of two Gaussians with equal covariance whose means differ by `shift` in each dimension."""
    return FEATURES * shift**2


def true_kid(shift: float) -> float:
    """KID of standard Gaussians with means 0 and `shift` in each dimension, from the moments of their kernel."""
    first, second = np.zeros(FEATURES), np.full(FEATURES, shift)
    return _mean_kernel(first, first) + _mean_kernel(second, second) - 2 * _mean_kernel(first, second)


def _mean_kernel(a: np.ndarray, b: np.ndarray) -> float:
    """E (x.y / D + 1)^3 of independent x ~ N(a, I) and y ~ N(b, I)."""
    size, product, first, second = len(a), a @ b, a @ a, b @ b
    square = product**2 + first + second + size
    cube = product**3 + 3 * product * first + 3 * product * (second + size + 2)
    return float(1 + 3 * product / size + 3 * square / size**2 + cube / size**3)


def _real(random: np.random.Generator, patients: int, each: int, size: int = FEATURES) -> Sample:
    features = random.standard_normal((patients, size)).repeat(each, axis=0)
    if each > 1:
        features = np.sqrt(0.5) * features + np.sqrt(0.5) * random.standard_normal(features.shape)
    names = np.arange(patients).astype(str).repeat(each)
    return Sample(_no_pixels(len(features)), features=features, patients=names)


def _synthetic(random: np.random.Generator, count: int, shift: float, scale: float = 1.0) -> Sample:
    return Sample(_no_pixels(count), features=scale * random.standard_normal((count, FEATURES)) + shift)


def _no_pixels(count: int) -> np.ndarray:
    return np.zeros((count, 1, 1, 1), np.uint8)


def _settings(draws: int) -> Iterator[tuple[int, int]]:
    """Numbers of patients, and of images of each."""
    yield from ((20, 1), (200, 3))
    if draws >= _FULL:
        yield from ((20, 3), (20, 10), (200, 1), (200, 10))


def _words(patients: int, each: int) -> str:
    return f"{patients} patients, {each} image{'s' if each > 1 else ''} each"


def _covered(draws: int, name: str, seed: int, truth: float, draw: Callable[..., tuple[float, float]]) -> int:
    count = 0
    for number in range(draws):
        low, high = draw(stream(seed, f"{name} {number}"), number)
        count += low <= truth <= high
    return count


def _fid_rows(draws: int, seed: int) -> list[Row]:
    rows = []
    for patients, each in _settings(draws):
        for shift in (0.0, 0.5):

            def draw(random, number, patients=patients, each=each, shift=shift):
                pair = _real(random, patients, each), _synthetic(random, patients, shift)
                return fid(*pair, Options(number))["fid"]["infinite"]["interval"]

            words, truth = f"FID at infinite n, {_words(patients, each)}", true_fid(shift)
            count = _covered(draws, f"{words} {shift}", seed, truth, draw)
            if shift:
                rows.append((words, f"FID {truth:g}", "coverage", count, draws))
            else:
                # No FID is below 0, so an interval can miss this truth on one side only.
                rows.append((words, "FID 0: the interval lies above", "error rate", draws - count, draws))
    return rows


def _kid_rows(draws: int, seed: int) -> list[Row]:
    rows = []
    for patients, each in _settings(draws):
        for shift in (0.0, 0.15, 0.5):

            def draw(random, _, patients=patients, each=each, shift=shift):
                pair = _real(random, patients, each), _synthetic(random, patients, shift)
                return discrepancy(*(one.features for one in pair), units=tuple(one.units for one in pair)).interval

            words, truth = f"KID, {_words(patients, each)}", true_kid(shift)
            count = _covered(draws, f"{words} {shift}", seed, truth, draw)
            rows.append((words, f"KID {truth:.3g}", "coverage", count, draws))
    return rows


def _permutation_rows(draws: int, seed: int) -> list[Row]:
    rows = []
    for units, others in ((10, 10), (20, 10), (60, 60)):
        for shift, what in ((0.0, "error rate"), (0.5, "power")):
            words, count = f"permutation test, {units} and {others} units", 0
            for number in range(draws):
                random = stream(seed, f"{words} {shift} {number}")
                pair = _synthetic(random, units, 0.0).features, _synthetic(random, others, shift).features
                count += no_difference_p(*pair, cubic_kernel, random, 199) <= 0.05
            rows.append((words, f"KID {true_kid(shift):.3g}", what, count, draws))
    return rows


def _prdc_rows(draws: int, seed: int) -> list[Row]:
    rows = []
    for patients, each in ((100, 1), (100, 3), (400, 1), (100, 10)):
        if (each == 10 or patients == 400) and draws < _FULL:
            continue
        words = _words(patients, each)

        def pair(random, patients=patients, each=each):
            return _real(random, patients, each), _synthetic(random, patients, 0.5, 0.9)

        others = [prdc.values(*pair(stream(seed, f"truth {words} {n}")), Options(n)) for n in range(_TRUTH_DRAWS)]
        truth = {key: float(np.mean([one[key] for one in others])) for key in _PRDC}
        counts = dict.fromkeys(_PRDC, 0)
        for number in range(draws):
            found = prdc(*pair(stream(seed, f"prdc {words} {number}")), Options(number))
            for key in _PRDC:
                low, high = found[key]["interval"]
                counts[key] += low <= truth[key] <= high
        rows += [(f"{key}, {words}", f"{truth[key]:.2f}", "coverage", counts[key], draws) for key in _PRDC]
    return rows


def _nearness_rows(draws: int, seed: int) -> list[Row]:
    rows = []
    for units, size, copied in ((50, 8, 0.0), (200, 8, 0.0), (200, 32, 0.0), (200, 32, 0.2)):
        words, count = f"closer to the training images, {units} of each, {size} features", 0
        for number in range(draws):
            random = stream(seed, f"{words} {copied} {number}")
            training, held_out, synthetic = random.standard_normal((3, units, size))
            copies = random.random(units) < copied
            synthetic[copies] = training[copies] + 0.1 * random.standard_normal((copies.sum(), size))
            count += nearness(training, held_out, synthetic, (np.arange(units),) * 3).closer
        what = "power" if copied else "error rate"
        rows.append((words, f"{100 * copied:.0f} % copies" if copied else "no copies", what, count, draws))
    return rows
