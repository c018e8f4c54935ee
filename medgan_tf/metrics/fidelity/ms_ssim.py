"""Diversity: multi-scale structural similarity (Wang et al. 2003) of pairs of images within one set.

Pairs are of different patients, and share their label combination (within) or do not (between). The synthetic images
are as diverse as the real ones when their similarity is as high. A higher one means less diverse: the generator makes
few different images.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.pair_mean import pair_mean_error
from medgan_tf.metrics.pixels.structural_similarity import WINDOW, multiscale_similarity, random_pairs
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import student_interval

_PAIRS, _FEW_PAIRS = 1000, 200
FEWEST_UNITS = 20
"""Fewest patients (or images) in the pairs for an interval."""
# Of sets without labels, of which nobody knows which pairs share a combination.
_ALL = "all"


def _quantity(key: str, where: str, kind: str) -> Quantity:
    title = f"MS-SSIM {'of all pairs' if where == _ALL else where}: {kind}"
    place = ("ms_ssim", where, kind)
    return Quantity(key, title, Direction.AS_REAL, quick=where == "within", place=place)


@METRICS.metric(
    "ms_ssim",
    _quantity("ms_ssim", "within", "synthetic"),
    _quantity("ms_ssim_real", "within", "real"),
    _quantity("ms_ssim_between", "between", "synthetic"),
    _quantity("ms_ssim_between_real", "between", "real"),
    _quantity("ms_ssim_all", _ALL, "synthetic"),
    _quantity("ms_ssim_all_real", _ALL, "real"),
    title="MS-SSIM",
    meaning="Multi-scale structural similarity, 0 to 1, of random pairs of images of one set: within label "
    "combinations, and between different ones; without labels, of all pairs. It measures diversity: a value above "
    "that of the real images stands for less diverse images. Compare the intervals of both.",
    least_images=0,
    least_side=WINDOW,
    order=40,
)
def ms_ssim(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """Mean similarity of pairs within and between label combinations, of both sets; quick: within only, fewer pairs.

    Where the labels of a set are not known, it is that of all pairs, for both sets.
    """
    options.step("MS-SSIM")
    sets = {"real": real, "synthetic": synthetic}
    labelled = real.labels is not None and synthetic.labels is not None
    if not labelled:
        sets = {kind: replace(one, labels=None) for kind, one in sets.items()}
    wheres = ("within",) if options.quick else ("within", "between" if labelled else _ALL)
    return {
        "ms_ssim": {
            where: {kind: similarity_of_pairs(one, where, kind, options) for kind, one in sets.items()}
            for where in wheres
        }
    }


def similarity_of_pairs(sample: Sample, where: str, kind: str, options: Options) -> dict[str, Any]:
    """Without labels there are no pairs within combinations."""
    undefined = {"value": float("nan"), "pairs": 0}
    if where == "within" and sample.labels is None:
        return undefined
    labels = np.zeros((len(sample), 1)) if sample.labels is None else sample.labels
    same, pairs = where == "within" or sample.labels is None, _FEW_PAIRS if options.quick else _PAIRS
    chosen = random_pairs(labels, pairs, same, options.random(f"pairs of MS-SSIM {where}, {kind}"))
    units = sample.units[chosen]
    # Two images of one patient are alike whatever the generator does.
    chosen, units = chosen[units[:, 0] != units[:, 1]], units[units[:, 0] != units[:, 1]]
    if not len(chosen):
        return undefined
    values = multiscale_similarity(sample.images[chosen[:, 0]], sample.images[chosen[:, 1]])
    value = float(values.mean())
    if options.quick:
        return {"value": value}
    return {"value": value, "pairs": len(chosen)} | _interval(value, values, units)


def _interval(value: float, values: np.ndarray, units: np.ndarray) -> dict[str, Any]:
    """From the pairs that have a patient in common; Student's t with the patients less one."""
    count = len(np.unique(units))
    if count < FEWEST_UNITS:
        return {"reason": f"too few for an interval ({count}; {FEWEST_UNITS} needed)"}
    return {"interval": student_interval(value, pair_mean_error(values, units), count - 1)}
