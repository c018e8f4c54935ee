"""Label combinations of few patients: counted by patient, refused where labels are drawn, and rounded counts."""

import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import Experiment
from medgan_tf.data.rare_combinations import (
    count_combinations,
    heed_rare,
    rare,
    refuse_rare,
    rounded,
    training_combinations,
)
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Silent

NAMES = ("Edema", "Fracture")


class Notes(Silent):
    def __init__(self):
        self.lines = []

    def note(self, text):
        self.lines.append(text)


def experiment(privacy=None, **generate):
    return Experiment(name="x", generate=generate, privacy={"dp": privacy})


def table(train, valid=0):
    """Edema: `train` images of one patient each; Fracture: 12 of 12 patients; a third fold of none."""
    rows = [("train", f"e{number}", (1, 0)) for number in range(train)]
    rows += [("valid", f"v{number}", (1, 0)) for number in range(valid)]
    rows += [("train", f"f{number}", (0, 1)) for number in range(12)]
    frame = pd.DataFrame([row[:2] for row in rows], columns=["fold", "patient_id"])
    return FoldTable(frame, np.array([row[2] for row in rows], np.uint8), NAMES, ())


def test_patients_are_counted_not_images():
    """Edema: 5 images of 2 patients. Both: 3 images, 1 of a patient and 2 of nobody known, who count as two."""
    labels = np.array([[1, 0]] * 5 + [[1, 1]] * 3)
    patients = np.array(["a", "a", "a", "b", "b", "c", "", ""])
    counts = count_combinations(labels, patients, NAMES)
    assert [(one.name, one.images, one.patients) for one in counts] == [("Edema", 5, 2), ("Edema|Fracture", 3, 3)]
    np.testing.assert_array_equal(counts[1].vector, [1, 1])


def test_rare_is_below_the_minimum_unless_named():
    counts = count_combinations(np.array([[1, 0]] * 9 + [[0, 1]] * 10), np.array(list("abcdefghijklmnopqrs")), NAMES)
    assert [one.name for one in rare(counts, 10)] == ["Edema"]
    assert rare(counts, 9) == []
    assert rare(counts, 10, ["Edema"]) == []


def test_refusal_names_them_and_the_ways_out_and_no_number_of_patients():
    counts = count_combinations(np.array([[1, 0]] * 9 + [[0, 1]] * 10), np.array(list("abcdefghijklmnopqrs")), NAMES)
    with pytest.raises(DataError) as caught:
        refuse_rare(counts, 10, (), "the dataset")
    text = str(caught.value)
    assert text.startswith("the dataset: 1 label combination has fewer than 10 training patients: Edema;")
    for way in ("data.min_count", "data.findings", "generate.rare_combinations"):
        assert way in text
    assert "9" not in text and "\n" not in text
    refuse_rare(counts, 10, ("Edema",), "the dataset")


def test_only_patients_of_the_training_fold_count():
    with pytest.raises(DataError, match="Edema"):
        heed_rare(table(train=9, valid=5), experiment(labels="drawn"), Silent())
    heed_rare(table(train=10), experiment(labels="drawn"), Silent())
    heed_rare(table(train=9), experiment(labels="drawn", minimum_patients=9), Silent())


def test_nothing_is_rare_where_counts_are_noisy():
    """One patient of Edema: exact counts would refuse, and a refusal that follows them tells of that patient."""
    notes = Notes()
    private = experiment({"noise_multiplier": 1.0}, labels="drawn")
    heed_rare(table(train=1), private, notes)
    assert notes.lines == []


def test_without_drawing_it_is_a_note():
    notes = Notes()
    heed_rare(table(train=9), experiment(), notes)
    assert len(notes.lines) == 1 and "fewer than 10 training patients: Edema;" in notes.lines[0]
    heed_rare(table(train=9), experiment(rare_combinations=("Edema",)), notes)
    assert len(notes.lines) == 1


def test_the_training_fold_of_a_dataset(shapes):
    """Of 16 images of each combination those whose number is no multiple of 5 are for training: 12."""
    counts = training_combinations(shapes)
    assert {one.name: (one.images, one.patients) for one in counts} == {
        "Square": (12, 12), "Disc": (12, 12), "Square|Disc": (12, 12)
    }  # fmt: skip


@pytest.mark.parametrize("count, expected", [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (20, 20), (1226, 1230)])
def test_rounded(count, expected):
    assert rounded(count, 10) == expected
