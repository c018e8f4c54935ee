"""The most exposed members, by hand."""

import numpy as np
import pytest

from medgan_tf.metrics.privacy.exposed import most_exposed


def test_members_above_every_non_member():
    found = most_exposed(np.array([1.0, 9, 8, 3]), np.array([2.0, 4, 3]), listed=3)
    assert found.order.tolist() == [1, 2, 3] and found.non_members_above.tolist() == [0, 0, 2]
    # Two of four members are above all three others: 4/7 * 3/6 by chance; 4 / (3 + 1) are expected.
    assert (found.above_all, found.expected) == (2, 1.0) and found.p == pytest.approx(2 / 7)


def test_nobody_stands_out():
    found = most_exposed(np.array([1.0, 2]), np.array([5.0, 2]), listed=1)
    assert (found.above_all, found.p) == (0, 1.0) and found.non_members_above.tolist() == [2]
