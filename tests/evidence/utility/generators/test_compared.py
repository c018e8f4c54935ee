"""Generators side by side from result files: cells, and pairs that can and cannot be compared."""

import json

import pytest
from result_files import write
from several_generators import SEEDS, write_generators

from medgan_tf.evidence.utility.generators.compared import compared
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms


@pytest.fixture
def experiment(tmp_path):
    return write_generators(tmp_path / "phantom", ("cpd", "progressive"), SEEDS[:2])


def found_in(experiment):
    return compared(read_results(experiment, rooms()))


def pair_of(experiment):
    [quantity] = found_in(experiment).ranked
    [pair] = quantity.pairs
    return pair


def test_cells_and_the_pair(experiment):
    found = found_in(experiment)
    rows = [dict(zip(found.head, row, strict=True)) for row in found.rows]
    # Two trainings do not show that a gap near 0 is small, but that 0.14 is too large.
    assert [row["seeds"] for row in rows] == [2, 2]
    assert rows[1]["finding on the gap"] == "worse by more than 0.05" and rows[1]["gap"] > 0.1
    assert rows[0]["gap"] == pytest.approx(rows[0]["AUC real"] - rows[0]["AUC synthetic"])
    pair = pair_of(experiment)
    assert (pair.first, pair.second, pair.comparable, pair.reason) == (0, 1, True, "")
    assert pair.value == pytest.approx(rows[0]["gap"] - rows[1]["gap"]) and pair.p_smaller < 0.05


def edited(experiment, generator, change):
    path = experiment / f"{generator}-gap" / "gap.json"
    values = json.loads(path.read_text())
    change(values)
    write(path, values)


def test_predictions_that_are_not_those_of_the_gap(experiment):
    path = experiment / "progressive-seed1001" / "classifier" / "predictions.csv"
    path.write_text(path.read_text().replace("0.5", "0.6", 1))
    pair = pair_of(experiment)
    assert not pair.comparable and pair.p_smaller is None
    assert pair.reason == "the predictions of progressive-seed1001 are not those of its gap; measure the gap again"
    path.unlink()
    assert pair_of(experiment).reason == "the predictions of progressive-seed1001 are missing or damaged"


def test_gaps_against_different_real_classifiers(experiment):
    edited(experiment, "cpd", lambda values: values["predictions_sha256"]["1001"].update(real="0" * 64))
    assert pair_of(experiment).reason.startswith("the real-trained classifiers of seed 1001 differ")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda values: values.update(original_code=["auc_flipped"]), "measured with other switches of original_code"),
        (lambda values: values.update(seeds=[3, 4]), "measured with no seed in common"),
        (lambda values: values.pop("verdict"), "measured by an earlier version"),
    ],
)
def test_gaps_that_were_measured_otherwise(experiment, change, reason):
    edited(experiment, "cpd", change)
    if reason.endswith("version"):
        edited(experiment, "cpd", lambda values: values.update(equivalence={"margin": 0.05, "over_patients":
               {"low": 0.0, "high": 0.1, "level": 0.9}}))  # fmt: skip
    assert (pair_of(experiment).reason, pair_of(experiment).comparable) == (reason, False)


def test_what_seeds_of_a_stranger_say_too_little_about(experiment):
    remark = "all 2 seeds have the same synthetic images"
    edited(experiment, "cpd", lambda values: values.update(external={"sets": 1, "seeds": 2, "remarks": [remark]}))
    assert found_in(experiment).remarks == [f"phantom, cpd: {remark}"]
