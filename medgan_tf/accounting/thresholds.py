"""Label combinations that are found under the guarantee: shares of a unit, and the threshold for rare combinations.

Which combinations there are is private as well: one that a single patient has says that this patient is in the data. So
a combination is named only if its noisy number is above a threshold, which a combination of a single patient passes
with probability delta' at most (Korolova et al. 2009; Desfontaines et al. 2022).

What is released. Each unit adds its shares: of its images, the part that each combination has. Shares are at least 0
and their sum is 1, so the L2 norm of what a unit adds is at most 1. A unit with more than k combinations keeps the k
with most images. Gaussian noise with deviation s is added to the sum of each combination that anyone has. Combinations
whose noisy sum is at most T are left out.

Why delta' is added to delta, and nothing else. Let D' have one unit x more than D, and let U be the combinations that x
alone has. On all other combinations the sums of D and D' differ by at most 1, so there the release is a Gaussian
mechanism with multiplier s, and all that follows composes with it. Let A be the whole training on D, and A' the one on
D' that always leaves out U: the accountant's epsilon and delta hold for this pair. Let E be the event that no
combination of U passes. It depends on the noise of U only, which A' does not use, and P(E) >= 1 - delta'. Then for each
set S of results:
- P(D' gives S) <= P(A' gives S) + delta' <= e^epsilon P(A gives S) + delta + delta'.
- P(D' gives S) >= P(A' gives S) P(E). So P(A gives S) <= e^epsilon P(D' gives S) / (1 - delta') + delta. Multiplied by
  1 - delta': P(A gives S) <= e^epsilon P(D' gives S) + delta + delta' P(A gives S).
Each is at most e^epsilon times the other, plus delta + delta'.

The threshold. A combination of U in which x has the share w passes with probability f(w) = Phi((w - T) / s), and any of
at most k passes with at most the sum of f. For T >= 1, f is convex where 0 <= w <= 1. The sum of a convex function over
shares whose sum is 1 is largest in a corner: one share is 1 and the others are nearly 0. (Equal shares give the
smallest sum.) So T solves

    Phi((1 - T) / s) + (k - 1) Phi(-T / s) = delta'.
"""

import math
from statistics import NormalDist

COMBINATIONS = 8
"""Combinations that a patient may add to, at most. A larger number raises the threshold very little: from 8 to 16 by
about 0.1 deviations of the noise."""
SHARE_OF_DELTA = 0.1
"""Part of delta that the threshold takes where combinations are not declared public. A larger part lowers the threshold
little, and takes more of delta from the training."""


def extra_delta_of(delta: float) -> float:
    """The part of the whole `delta` that the threshold takes; for `Charges.extra_delta`."""
    return SHARE_OF_DELTA * delta


def threshold(noise: float, extra_delta: float, most: int = COMBINATIONS) -> float:
    """The noisy number of units above which a combination may be named.

    Args:
        noise: Deviation of the noise on the numbers, in units; 0 gives 1, so that a combination of one unit stays out.
        extra_delta: Probability with which any combination that only one unit has may pass, in (0, 0.5).
        most: Combinations that a unit may add to, at most: 1 where a unit is an image.

    Returns:
        The threshold, at least 1; derived at the top of this file. Rounded upwards, by less than 1e-6 of the noise.

    Raises:
        ValueError: A number outside its range.
    """
    if not (0 < extra_delta < 0.5 and noise >= 0 and most >= 1):
        raise ValueError(
            f"expected noise >= 0, delta in (0, 0.5) and a combination, received {noise}, {extra_delta}, {most}"
        )
    if noise == 0:
        return 1.0
    # Between these two: one share of 1 alone, and `most` shares of 1.
    low, high = (1 - noise * NormalDist().inv_cdf(extra_delta / count) for count in (1, most))
    high += 1e-7 * noise
    while high - low > 1e-7 * noise and low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if passing(middle, noise, most) <= extra_delta else (middle, high)
    return high


def passing(limit: float, noise: float, most: int = COMBINATIONS) -> float:
    """Probability, at most, that any combination of a single unit is above `limit`, at least 1; derived above."""
    one, others = (0.5 * math.erfc((limit - share) / (noise * math.sqrt(2))) for share in (1, 0))
    return one + (most - 1) * others
