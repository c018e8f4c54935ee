"""Numbers of a guarantee for people. All are rounded up: a text must not promise more than was computed."""

import math

from medgan_tf.accounting.guarantee import Guarantee
from medgan_tf.accounting.trade_off import factor

# Rounding errors of a float must not add a digit.
_SLACK = 1e-9
_PLAIN = 1e6
_ALMOST_ALL = 99.0
_SMALL = 0.01
EPSILON_DIGITS = 4


def rounded_up(value: float, digits: int = 3) -> str:
    """A value of 0 or more, rounded up to so many digits; `infinite` for infinity."""
    if math.isinf(value):
        return "infinite"
    if value <= 0:
        return "0"
    places = digits - 1 - math.floor(math.log10(value))
    found = _up(value, places)
    return f"{found:,.0f}" if 10 ** (digits - 1) <= found < _PLAIN else f"{found:.{digits}g}"


def _up(value: float, places: int) -> float:
    """A value rounded up to so many decimal places; negative ones round to tens, hundreds, ..."""
    scale = 10.0**places
    return math.ceil(value * scale * (1 - _SLACK)) / scale


def percent(share: float) -> str:
    """A share in percent, rounded up: 20.1 %, 99.996 %. What rounds to everything is 100 %."""
    value = 100 * share
    if value >= 100:
        return "100 %"
    if value >= _ALMOST_ALL:
        # As many digits as show that it is less than everything, and not more than five.
        places = min(5, max(1, -math.floor(math.log10(100 - value)) + 1))
        found = _up(value, places)
        return "100 %" if found >= 100 else f"{found:.{places}f} %"
    return f"{rounded_up(value)} %"


def chance(probability: float) -> str:
    """A small probability above 0 as `1 in 100,000`, rounded up; a larger one in percent."""
    if probability > _SMALL:
        return percent(probability)
    times = math.floor(1 / probability * (1 + _SLACK))
    step = 10 ** max(0, len(str(times)) - 3)
    return f"1 in {times // step * step:,}"


def factor_words(epsilon: float) -> str:
    """e^epsilon, e.g. `20.1`; as a power where nobody can read the number."""
    value = factor(epsilon)
    return rounded_up(value) if value < _PLAIN else f"e^{rounded_up(epsilon)}"


def in_words(guarantee: Guarantee) -> str:
    """Epsilon and delta in a few words."""
    return f"epsilon {rounded_up(guarantee.epsilon, EPSILON_DIGITS)} at delta {rounded_up(guarantee.delta)}"
