import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import LabelPolicy
from medgan_tf.data.tables.labels import binarise, refuse_hidden_names, select_states, without_finding
from medgan_tf.data.tables.table import SourceTable
from medgan_tf.errors import ConfigError, DataError

STATES = np.int8([[1, 0, -2], [-1, 0, 0], [0, -2, -2], [0, 1, -1]])


def test_the_papers_policy():
    labels, steps = binarise(STATES, LabelPolicy())
    assert labels.tolist() == [[1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 1, 1]]
    assert [rule for rule, _ in steps] == [
        "uncertain -> positive (2 labels of 2 images)",
        "blank -> negative (3 labels of 2 images)",
        "images without a positive label dropped",
    ]
    assert [mask.tolist() for _, mask in steps] == [[True] * 4, [True] * 4, [True, True, False, True]]


def test_uncertain_as_negative():
    labels, steps = binarise(STATES, LabelPolicy(uncertain="negative", without_positive="keep"))
    assert labels.tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 1, 0]]
    assert len(steps) == 2


def test_dropping_uncertain_and_blank():
    _, steps = binarise(STATES, LabelPolicy(uncertain="drop", blank="drop"))
    assert steps[0][0] == "images with uncertain labels dropped (2 labels of 2 images)"
    assert steps[0][1].tolist() == [True, False, True, False]
    # Counted among the images that the rule before has left.
    assert steps[1][0] == "images with blank labels dropped (3 labels of 2 images)"
    assert steps[1][1].tolist() == [False, True, False, True]


def test_a_state_that_is_none_is_refused():
    with pytest.raises(DataError, match=r"Received: \[7\]"):
        binarise(np.int8([[1, 7]]), LabelPolicy())


def _table():
    frame = pd.DataFrame({"image_id": ["a"], "path": ["a"], "patient_id": ["p"], "Edema": [1], "Fracture": [0]})
    return SourceTable(frame, ("Edema", "Fracture"))


def test_findings_come_in_the_wanted_order():
    states, names = select_states(_table(), ["Fracture", "Edema"])
    assert names == ("Fracture", "Edema") and states.tolist() == [[0, 1]]


def test_an_unknown_finding_names_the_nearest():
    with pytest.raises(ConfigError, match="no finding 'Oedema'; did you mean 'Edema'[?]; it has: Edema, Fracture"):
        select_states(_table(), ["Oedema"])


def test_a_finding_named_twice_is_refused():
    with pytest.raises(ConfigError, match="must be different"):
        select_states(_table(), ["Edema", "Edema"])


def test_images_without_a_finding():
    labels = np.uint8([[1, 0], [1, 1], [0, 0], [0, 1]])
    assert without_finding(labels, ("none", "x"), "none").tolist() == [True, False, True, False]
    assert without_finding(labels, ("none", "x"), None).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("findings", "paths", "told"),
    [
        (["Edema", "Ede\u200bma"], ["a", "b"], r"a finding of the source: .*'Ede\\u200bma' with U\+200B"),
        (["Edema"], ["a", "gpj.\u202eexe"], r"the file of image 2 of the source: .*'gpj.\\u202eexe' with U\+202E"),
        (["Edema"], ["a\udcff", "b"], r"the file of image 1 of the source: .*'a\\udcff' with U\+DCFF"),
    ],
)
def test_hidden_characters_in_names_are_refused(findings, paths, told):
    refuse_hidden_names(SourceTable(pd.DataFrame({"path": ["a", "Ödem b"]}), ("Edema", "肺炎")))
    with pytest.raises(DataError, match=told):
        refuse_hidden_names(SourceTable(pd.DataFrame({"path": paths}), tuple(findings)))
