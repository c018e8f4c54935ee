"""Both readings of an attack count: as it is, and beyond its null."""

import pytest

from medgan_tf.metrics.privacy.leak import Leak


def _leak(raw, beyond, differs):
    return Leak(raw, lambda c: (raw - c, raw + c), beyond, lambda c: (beyond - 2 * c, beyond + 2 * c), differs)


def test_a_leak_is_shown_by_both():
    assert _leak(0.7, 0.5, False).limits(0.1)[0] == pytest.approx(0.3)
    assert _leak(0.5, 0.9, False).limits(0.1)[0] == pytest.approx(0.4)


def test_no_leak_is_shown_by_the_attack_or_by_both_where_the_null_differs():
    assert _leak(0.5, 0.6, False).limits(0.1)[1] == pytest.approx(0.6)
    assert _leak(0.5, 0.6, True).limits(0.1)[1] == pytest.approx(0.8)
    assert _leak(0.9, 0.5, True).limits(0.1)[1] == pytest.approx(1.0)
    assert (_leak(0.5, 0.6, False).value, _leak(0.5, 0.6, True).value) == (0.5, 0.6)
