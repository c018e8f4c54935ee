"""Fréchet distance of features (FID; Heusel et al. 2017), also at infinite n, with an interval over patients."""

from typing import Any

import numpy as np

from medgan_tf.metrics.frechet import DistanceWithout, frechet_distance_of
from medgan_tf.metrics.metric import Direction, Options, Quantity, Sample
from medgan_tf.metrics.overlap import overlap_of
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.resampling import GROUPS, Jackknife, PatientGroups, grouped_jackknife, patient_groups

PATIENTS_PER_FEATURE = 3
"""Fewest patients (or images, where patients are not known) of each set for each dimension of the features. With fewer
the jackknife does not take the whole bias away, and its interval lies beside the truth."""
TOO_FEW = "too few patients for an FID interval"
_ROUNDING = 1e-9


@METRICS.metric(
    "fid",
    Quantity("fid", "FID", Direction.SMALLER),
    Quantity("fid_infinite", "FID at infinite n", Direction.SMALLER, quick=False, place=("fid", "infinite")),
    meaning="Distance between the distributions of synthetic and real images in the features of a network, as if both "
    "were normal. Its value falls with the number of images, so it can be compared only at the same number and with "
    "the same features; hence the floor beside it. FID at infinite n is its value without the part that comes from "
    f"the number of images. It needs {PATIENTS_PER_FEATURE} patients for each feature on both sides; with fewer there "
    "is none, and KID is the number to look at.",
    needs_features=True,
    order=10,
)
def fid(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    """FID of all images, and FID at infinite n with the interval of a jackknife over patients."""
    options.step("FID")
    value = _without_rounding(frechet_distance_of(real.features, synthetic.features), real, synthetic)
    if options.quick:
        return {"fid": {"value": value}}
    return {"fid": {"value": value, "infinite": _infinite(real, synthetic, options)}}


def _without_rounding(value: float, real: Sample, synthetic: Sample) -> float:
    """0 where the distance is within the rounding error of the variances that it is computed from."""
    spread = sum(float(np.var(one.features, axis=0, dtype=np.float64).sum()) for one in (real, synthetic))
    return value if value > _ROUNDING * spread else 0.0


def _infinite(real: Sample, synthetic: Sample, options: Options) -> dict[str, Any]:
    samples = real, synthetic
    units = [one.units for one in samples]
    counts = [int(one.max()) + 1 for one in units]
    needed = max(GROUPS, PATIENTS_PER_FEATURE * real.features.shape[1])
    found: dict[str, Any] = {"value": float("nan"), "units": list(counts), "needed": needed}
    if min(counts) < needed:
        return found | {"reason": f"{TOO_FEW} ({min(counts):,}; {needed:,} needed)"}
    shared = overlap_of(real, synthetic)
    if not shared.independent:
        return found | {"reason": shared.reason}
    random = options.random("groups of patients for FID")
    groups = [patient_groups(one, random) for one in units]
    jackknife = _jackknife([one.features for one in samples], groups, options)
    # A distance is not below 0; its estimate without bias may be.
    centre, half = max(0.0, jackknife.centre), (jackknife.interval[1] - jackknife.interval[0]) / 2
    return found | {
        "value": centre,
        "interval": (max(0.0, centre - half), centre + half),
        "standard_error": jackknife.standard_error,
        "groups": GROUPS,
    }


def _jackknife(features: list[np.ndarray], groups: list[PatientGroups], options: Options) -> Jackknife:
    distances = DistanceWithout(features)

    def without(sample: int, group: int) -> float:
        options.step(f"FID without group {group + 1} of the {('real', 'synthetic')[sample]} images")
        return distances.without(sample, np.flatnonzero(groups[sample].of_image == group))

    return grouped_jackknife(distances.whole(), without, groups)
