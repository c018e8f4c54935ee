"""Intervals of MS-SSIM and of the sliced Wasserstein distance under known truth.

Images are smooth patterns with random weights, and noise. Images of one patient share half of the weights' variance.
The true MS-SSIM is the mean over many pairs of different patients. The sliced distance changes with the number of
images: its truth is its mean over all draws of that size. It is computed of descriptors that are drawn as such, with
few directions, as that of images takes seconds.
"""

import numpy as np

from medgan_tf.metrics.fidelity.ms_ssim import similarity_of_pairs
from medgan_tf.metrics.fidelity.swd import interval_of_halves
from medgan_tf.metrics.metric import Options, Sample
from medgan_tf.metrics.pixels.sliced_wasserstein import sliced_distance
from medgan_tf.metrics.pixels.structural_similarity import multiscale_similarity
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import COVERAGE, Row

_SIDE, _PATTERNS, _CONTRAST, _NOISE = 16, 3, 18.0, 8.0
_PIXELS, _PATCHES, _DIRECTIONS = 16, 4, 32
_TRUTH_PAIRS = 40_000
PATIENTS = ((20, 1), (20, 10), (50, 3), (100, 1), (200, 10), (2000, 1))
"""Patients, and images of each, of the simulated MS-SSIM."""
DISTANT = ((100, 1, 1.0), (100, 3, 1.0), (100, 10, 1.0), (400, 1, 1.0), (100, 1, 2.0), (100, 10, 2.0))
"""The same of the sliced distance, and how many times the patterns are as strong in the synthetic images."""


def simulate(draws: int, seed: int, similar: tuple = PATIENTS, distant: tuple = DISTANT) -> list[Row]:
    """Coverage of both intervals."""
    labelled = [
        (*one, with_labels) for with_labels in (False, True) for one in similar if one[0] > 20 or not with_labels
    ]
    return [_similarity_row(*one, draws, seed) for one in labelled] + [
        _distance_row(*one, draws, seed) for one in distant
    ]


def _similarity_row(patients: int, each: int, with_labels: bool, draws: int, seed: int) -> Row:
    words = f"MS-SSIM {'within labels' if with_labels else 'of all pairs'}, {_words(patients, each)}"
    truth, where = true_similarity(with_labels, stream(seed, f"truth of {words}")), "within" if with_labels else "all"
    covered = 0
    for number in range(draws):
        sample = images(stream(seed, f"{words} {number}"), patients, each, with_labels)
        low, high = similarity_of_pairs(sample, where, "real", Options(number))["interval"]
        covered += low <= truth <= high
    return Row(words, f"{truth:.3f}", COVERAGE, covered, draws)


def true_similarity(with_labels: bool, random: np.random.Generator) -> float:
    """Mean over many pairs of different patients, of one label where there are labels."""
    first, second = (images(random, _TRUTH_PAIRS, 1, with_labels) for _ in range(2))
    same = (first.labels == second.labels)[:, 0] if with_labels else np.ones(_TRUTH_PAIRS, bool)
    return float(multiscale_similarity(first.images[same], second.images[same]).mean())


def images(random: np.random.Generator, patients: int, each: int, with_labels: bool) -> Sample:
    """Images of 16 x 16 pixels; a third of the patients have a finding, which shifts a pattern."""
    waves = np.cos(np.pi * np.outer(np.arange(_PATTERNS), (np.arange(_SIDE) + 0.5) / _SIDE))
    patterns = np.einsum("ay,bx->abyx", waves, waves).reshape(-1, _SIDE, _SIDE)[1:]
    weights, finding = _alike(random, patients, each, len(patterns)), random.random(patients) < 1 / 3
    finding = finding.repeat(each)
    weights[:, 0] += finding
    grey = 128 + _CONTRAST * np.tensordot(weights, patterns, 1)
    grey += _NOISE * random.standard_normal(grey.shape)
    pixels = np.clip(np.rint(grey), 0, 255).astype(np.uint8)[..., None]
    labels = finding[:, None].astype(np.float32) if with_labels else None
    return Sample(pixels, labels, patients=np.arange(patients).astype(str).repeat(each))


def _alike(random: np.random.Generator, patients: int, each: int, count: int) -> np.ndarray:
    """Standard normal numbers [patients x each, count], of one patient with a correlation of one half."""
    shared = random.standard_normal((patients, count)).repeat(each, axis=0)
    return shared if each == 1 else np.sqrt(0.5) * (shared + random.standard_normal(shared.shape))


def _distance_row(patients: int, each: int, strength: float, draws: int, seed: int) -> Row:
    words = f"SWD, {_words(patients, each)}, patterns of the synthetic images {strength:g} times as strong"
    mixing = stream(seed, "patterns of descriptors").standard_normal((6, _PATCHES * _PIXELS)) / 2
    values, ends = np.empty(draws), np.empty((draws, 2))
    for number in range(draws):
        random, options = stream(seed, f"{words} {number}"), Options(number)
        sizes = ((patients, each, 1.0), (patients * min(each, 3), 1, strength))
        first, second = (_descriptors(random, *size, mixing) for size in sizes)

        def distance(one: np.ndarray, other: np.ndarray, options: Options = options) -> float:
            return sliced_distance(one, other, options.random("directions"), _DIRECTIONS)

        real = Sample(np.zeros((len(first), 1, 1, 1), np.uint8), patients=np.arange(patients).astype(str).repeat(each))
        synthetic = Sample(np.zeros((len(second), 1, 1, 1), np.uint8))
        values[number] = distance(first, second)

        def of_rows(*rows: np.ndarray, pair: tuple = (first, second)) -> float:
            return distance(pair[0][rows[0]], pair[1][rows[1]])

        ends[number] = interval_of_halves(values[number], of_rows, real, synthetic, options)["interval"]
    truth = float(values.mean())
    covered = int(((ends[:, 0] <= truth) & (truth <= ends[:, 1])).sum())
    return Row(words, f"{1000 * truth:.0f} x 10^-3", COVERAGE, covered, draws)


def _descriptors(
    random: np.random.Generator, patients: int, each: int, strength: float, mixing: np.ndarray
) -> np.ndarray:
    """[N, 4, 16]: patterns that all patches of an image share, and noise."""
    values = strength * _alike(random, patients, each, len(mixing)) @ mixing
    values += random.standard_normal(values.shape)
    return values.reshape(len(values), _PATCHES, _PIXELS)


def _words(patients: int, each: int) -> str:
    return f"{patients} patients, {each} image{'s' if each > 1 else ''} each"
