import numpy as np
import pandas as pd
import pytest

from medgan_tf.data.tables.merging import merge_rows
from medgan_tf.errors import DataError

P, N, U, B = 1, 0, -1, -2


def _merged(states, how):
    """The state of one image whose rows have these states, in both orders of the rows."""
    results = set()
    for order in (states, states[::-1]):
        frame = pd.DataFrame({"image_id": "a", "patient_id": "p", "x": np.int8(order)})
        merged, gone = merge_rows(frame, ["x"], how)
        assert len(merged) == 1 and gone == len(states) - 1
        results.add(int(merged["x"].iloc[0]))
    assert len(results) == 1
    return results.pop()


@pytest.mark.parametrize(
    ("states", "any_of", "majority", "all_of"),
    [
        ([P, N], P, U, N),
        ([P, N, N], P, N, N),
        ([P, P, N], P, P, N),
        ([P, U], P, U, U),
        ([P, P, U], P, P, U),
        ([U, N], U, U, N),
        ([U, U, N], U, U, N),
        ([P, U, N], P, U, N),
        ([P, B], P, P, P),
        ([N, B, B], N, N, N),
        ([U, B], U, U, U),
        ([B, B], B, B, B),
        ([P, P, N, N], P, U, N),
    ],
)
def test_the_rules(states, any_of, majority, all_of):
    assert [_merged(states, how) for how in ("any", "majority", "all")] == [any_of, majority, all_of]


def _boxes():
    """Image a: R1 names x and y in rows of their own, R2 and R3 name x. Image b: R1 alone finds nothing."""
    rows = [
        ("a", "R1", P, N, N),
        ("b", "R1", N, N, P),
        ("a", "R1", N, P, N),
        ("a", "R2", P, N, N),
        ("a", "R3", P, N, N),
        ("a", "R3", P, N, N),
    ]
    frame = pd.DataFrame(rows, columns=["image_id", "reader", "x", "y", "none"])
    return frame.astype({"x": np.int8, "y": np.int8, "none": np.int8})


@pytest.mark.parametrize(("how", "expected"), [("any", [P, P, N]), ("majority", [P, N, N]), ("all", [P, N, N])])
def test_readers_vote_not_their_rows(how, expected):
    merged, gone = merge_rows(_boxes(), ["x", "y", "none"], how, readers="reader")
    assert merged["image_id"].tolist() == ["a", "b"] and gone == 4 and list(merged) == ["image_id", "x", "y", "none"]
    assert merged[["x", "y", "none"]].to_numpy().tolist() == [expected, [N, N, P]]
    # Without readers, each of the five rows of image a has a vote: x has four of five.
    assert merge_rows(_boxes().drop(columns="reader"), ["x", "y", "none"], "all")[0]["x"].tolist() == [N, N]


def test_no_finding_does_not_stand_beside_a_finding():
    frame = pd.DataFrame({"image_id": ["a", "a", "b"], "x": np.int8([P, N, N]), "none": np.int8([N, P, P])})
    merged, _ = merge_rows(frame, ["x", "none"], "any", no_finding="none")
    assert merged[["x", "none"]].to_numpy().tolist() == [[P, N], [N, P]]
    assert merge_rows(frame, ["x", "none"], "any")[0]["none"].tolist() == [P, P]


def test_images_without_repeats_stay_as_they_are():
    frame = pd.DataFrame({"image_id": ["b", "a"], "patient_id": ["q", "p"], "x": np.int8([U, B])})
    merged, gone = merge_rows(frame, ["x"], "majority")
    assert gone == 0 and merged.to_dict("list") == {"image_id": ["b", "a"], "patient_id": ["q", "p"], "x": [U, B]}


def test_rows_of_an_image_differ_in_findings_only():
    frame = pd.DataFrame({"image_id": ["a", "b", "b"], "age": ["1", "2", "3"], "x": np.int8([P, N, N])})
    with pytest.raises(DataError, match="boxes.csv: the rows of image b differ in age, e.g. 2 and 3"):
        merge_rows(frame, ["x"], "any", "boxes.csv")
