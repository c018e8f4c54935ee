"""What (epsilon, delta) differential privacy leaves to an attack on membership, whoever makes it and with what.

For neighbouring datasets every event has probabilities p and p' with p <= e^epsilon p' + delta, and the same the other
way round. Of a test with false alarms a and found members b the first gives b <= e^epsilon a + delta, and the second,
for the event that the test says "not a member", 1 - a <= e^epsilon (1 - b) + delta. Both can be reached, so that no
smaller bound follows from epsilon and delta alone.

L. Wasserman, S. Zhou, A statistical framework for differential privacy, JASA 105, 2010; P. Kairouz, S. Oh,
P. Viswanath, The composition theorem for differential privacy, ICML 2015.
"""

import math

_LARGEST_EXPONENT = 700.0
ONE_PERCENT = 0.01
MOST_FOUND = 0.1
"""A guarantee is called strong only where no test can find more than this share of the members at 1 % false alarms."""


def factor(epsilon: float) -> float:
    """e^epsilon; infinite where a float cannot hold it."""
    return math.exp(epsilon) if epsilon <= _LARGEST_EXPONENT else math.inf


def most_found(false_alarms: float, epsilon: float, delta: float) -> float:
    """The largest share of the members that any test can find: min(1, e^eps a + delta, 1 - e^-eps (1 - a - delta)).

    Args:
        false_alarms: Share of the others that the test takes for members, 0..1.
        epsilon: 0 or more; may be infinite.
        delta: 0..1.
    """
    if not 0 <= false_alarms <= 1 or not 0 <= delta <= 1 or not epsilon >= 0:
        raise ValueError(
            "expected false_alarms and delta in 0..1 and epsilon of 0 or more. Received: "
            f"false_alarms={false_alarms}, epsilon={epsilon}, delta={delta}"
        )
    if epsilon == math.inf:
        return 1.0
    by_alarms = factor(epsilon) * false_alarms + delta if false_alarms else delta
    return min(1.0, by_alarms, 1 - math.exp(-epsilon) * max(0.0, 1 - false_alarms - delta))


def most_right(epsilon: float, delta: float) -> float:
    """The largest share of right guesses whether a patient was trained on, if a fair coin has decided that.

    It is (1 + TPR - FPR) / 2 where the two bounds of `most_found` meet: (e^epsilon + delta) / (1 + e^epsilon).

    Args:
        epsilon: 0 or more; may be infinite.
        delta: 0..1.
    """
    outside = 1 / (1 + factor(epsilon))
    return 1 - outside * (1 - delta)
