"""Tests of the one writer of JSON."""

import math

import numpy as np
import pytest
from strict_json import strict

from medgan_tf.files.result_files import json_text, write_json

VALUES = {
    "loss": math.nan,
    "rates": [math.inf, -math.inf, np.float32("nan"), 0.1],
    "interval": (np.float64("inf"), np.int64(3)),
    "map": np.array([[1.0, math.nan]]),
    5: {"Kind": "Ä"},
}
STRICT = {
    "loss": None,
    "rates": [None, None, None, 0.1],
    "interval": [None, 3],
    "map": [[1.0, None]],
    "5": {"Kind": "Ä"},
}


def test_what_is_not_finite_is_null():
    assert strict(json_text(VALUES)) == STRICT
    assert json_text(VALUES) == (
        '{"loss": null, "rates": [null, null, null, 0.1], "interval": [null, 3], "map": [[1.0, null]], '
        '"5": {"Kind": "\\u00c4"}}'
    )


def test_its_form():
    assert json_text({"b": 1, "a": "é"}, sort_keys=True, ascii_only=False) == '{"a": "é", "b": 1}'
    assert json_text({"b": [1]}, indent=1) == '{\n "b": [\n  1\n ]\n}'


def test_a_file_of_results(tmp_path):
    write_json(tmp_path / "result.json", VALUES)
    assert strict((tmp_path / "result.json").read_bytes()) == STRICT


def test_what_json_has_no_form_for_is_refused():
    with pytest.raises(TypeError, match="Path"):
        json_text({"path": __import__("pathlib").Path("a")})
