"""What every metric with a kernel gives: the discrepancy with its interval, and a test of no difference."""

from typing import Any

import numpy as np

from medgan_tf.metrics.kernels.discrepancy import discrepancy, no_difference_p
from medgan_tf.metrics.kernels.sums import Kernel
from medgan_tf.metrics.metric import Options, Sample
from medgan_tf.metrics.overlap import overlap_of
from medgan_tf.metrics.streams import chosen_rows

FEWEST_UNITS = 10
"""Fewest patients (or images) of each set for an interval."""
PERMUTED = 2000
"""Most patients (or images) of each set in the permutation test, whose pairs are all held in memory."""
_PERMUTATIONS = 999


def kernel_result(real: Sample, synthetic: Sample, kernel: Kernel, options: Options, name: str) -> dict[str, Any]:
    """The squared maximum mean discrepancy of two samples with features.

    Args:
        real, synthetic: The samples.
        kernel: The kernel.
        options: `quick` asks for the value alone.
        name: Name of the metric, for the random streams.

    Returns:
        `value`; unless quick also `interval` and `standard_error` or the `reason` why there is none, `units` (patients
        or images of each set), and `p_no_difference`, the p-value of the test that both sets come from one
        distribution, from `permuted` units of each. Units can be exchanged between the sets when they are independent
        and one image stands for each patient. Synthetic images that have the labels of the real ones are more alike to
        them than chance makes them: then the test errs on the side of no difference.
    """
    units = real.units, synthetic.units
    counts = [int(one.max(initial=-1)) + 1 for one in units]
    if min(counts) < 2:
        return {"value": float("nan")}
    shared = overlap_of(real, synthetic)
    result = discrepancy(real.features, synthetic.features, kernel, units, shared.units)
    if options.quick:
        return {"value": result.value}
    found: dict[str, Any] = {"value": result.value, "units": counts}
    if not shared.independent:
        return found | {"reason": shared.reason}
    if min(counts) < FEWEST_UNITS:
        return found | {"reason": f"too few for an interval ({min(counts)}; {FEWEST_UNITS} needed)"}
    options.step(f"{name}: permutations")
    random = options.random(f"permutations of {name}")
    chosen = [_one_of_each(one, random) for one in units]
    return found | {
        "interval": result.interval,
        "standard_error": result.standard_error,
        "p_no_difference": no_difference_p(
            real.features[chosen[0]], synthetic.features[chosen[1]], kernel, random, _PERMUTATIONS
        ),
        "permutations": _PERMUTATIONS,
        "permuted": [len(rows) for rows in chosen],
    }


def _one_of_each(units: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A random image of each unit, at most `PERMUTED` of them: rows."""
    order = random.permutation(len(units))
    _, first = np.unique(units[order], return_index=True)
    rows = order[first]
    return rows[chosen_rows(len(rows), PERMUTED, random)]
