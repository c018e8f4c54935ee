"""Wrong findings end in one line, unless they are accepted."""

import pytest

from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.checks.finding import CheckFinding, refuse_wrong

FINE, OPEN = CheckFinding("size", "right", "fine"), CheckFinding("histogram", "undecided", "perhaps")
TURNED = CheckFinding("orientation", "wrong", "expected a; received b; do c", {"margin": 1.0})
EMPTY = CheckFinding("empty", "wrong", "expected d")
FIXED = CheckFinding("labels", "wrong", "no label", acceptable=False)


def test_nothing_wrong():
    assert refuse_wrong([FINE, OPEN]) == []


def test_the_first_is_named():
    with pytest.raises(DataError) as error:
        refuse_wrong([FINE, TURNED, EMPTY], where="pictures")
    assert str(error.value) == (
        "pictures: orientation: expected a; received b; do c, or go on with --accept orientation (also wrong: empty)"
    )


def test_accepted():
    assert refuse_wrong([TURNED, EMPTY, OPEN], ["orientation", "empty"]) == ["orientation", "empty"]
    with pytest.raises(DataError, match="^empty: expected d, or go on with --accept empty$"):
        refuse_wrong([TURNED, EMPTY], ["orientation"])


def test_some_cannot_be_accepted():
    with pytest.raises(DataError, match="^labels: no label$"):
        refuse_wrong([FIXED], ["labels"])


def test_the_description_is_json():
    assert TURNED.describe() == {
        "name": "orientation", "status": "wrong", "words": "expected a; received b; do c", "numbers": {"margin": 1.0},
    }  # fmt: skip
