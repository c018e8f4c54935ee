"""Noisy counts as JSON: the way back is exact, and what nobody wrote is refused."""

import copy
import json

import numpy as np
import pytest

from medgan_tf.data.private.label_terms import LabelTerms
from medgan_tf.data.private.noisy_counts import NoisyCounts

TERMS = LabelTerms(24.0, 124.5, 8, 1e-6)
COUNTS = NoisyCounts(("Square", "Disc"), np.array([[1, 0], [0, 0]], np.uint8), np.array([131, 7]), TERMS)


def test_there_and_back():
    values = json.loads(json.dumps(COUNTS.as_json()))
    back = NoisyCounts.from_json(values)
    assert back.as_json() == values and back.terms == TERMS
    assert (back.names, back.cumulative.tolist()) == (("Square", "(none)"), [131, 138])
    assert (back.vectors.dtype, back.counts.dtype) == (np.uint8, np.int64)


def test_public_ones_have_no_threshold():
    public = NoisyCounts(COUNTS.label_names, COUNTS.vectors, COUNTS.counts, LabelTerms(24.0))
    assert NoisyCounts.from_json(public.as_json()).terms == LabelTerms(24.0)


WRONG = {
    "names": (("label_names",), ["Square", "Square"]),
    "no name": (("label_names",), ["Square", ""]),
    "another length": (("label_names",), ["Square"]),
    "no list": (("combinations",), {}),
    "no combination": (("combinations",), []),
    "twice": (("combinations", 1, "vector"), [1, 0]),
    "no bit": (("combinations", 0, "vector"), [1, 2]),
    "truth": (("combinations", 0, "vector"), [True, 0]),
    "no count": (("combinations", 0, "count"), 0),
    "half a count": (("combinations", 0, "count"), 1.5),
    "truth as count": (("combinations", 0, "count"), True),
    "more than 64 bits": (("combinations", 0, "count"), 2**70),
    "further": (("combinations", 0, "exact"), 12),
    "no noise": (("noise",), 0),
    "text": (("noise",), "24"),
    "not finite": (("noise",), float("nan")),
    "no threshold": (("threshold",), None),
    "no delta": (("extra_delta",), 0.0),
    "large delta": (("extra_delta",), 1.0),
    "no bound": (("combinations_per_unit",), None),
    "half a bound": (("combinations_per_unit",), 1.5),
}


@pytest.mark.parametrize("name", WRONG)
def test_values_that_nobody_wrote(name):
    path, value = WRONG[name]
    values = copy.deepcopy(COUNTS.as_json())
    place = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ValueError, match="noisy counts"):
        NoisyCounts.from_json(values)


@pytest.mark.parametrize("name", COUNTS.as_json())
def test_every_value_is_needed(name):
    values = COUNTS.as_json()
    del values[name]
    with pytest.raises(ValueError, match="noisy counts: expected other keys"):
        NoisyCounts.from_json(values)


@pytest.mark.parametrize("values", [None, [], "x", 3])
def test_no_object(values):
    with pytest.raises(ValueError, match="noisy counts: expected an object"):
        NoisyCounts.from_json(values)
