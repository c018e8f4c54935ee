"""Members and held-out patients of a generator whose training images are known, unknown, or others."""

import numpy as np
import pytest
from tiny_classifier import write_drawings

from medgan_tf.errors import DataError
from medgan_tf.evidence.image_sets import fold_set
from medgan_tf.evidence.trained_sets import trained_sets
from medgan_tf.synthesis.external.trained_on import TrainedImages


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    real = write_drawings(tmp_path_factory.mktemp("real") / "dataset")
    return real, fold_set(real, ("train",), "training"), fold_set(real, ("valid", "test"), "held-out")


def test_the_training_fold_stays(sets):
    real, train, held_out = sets
    known = TrainedImages(frozenset(train.image_ids.tolist()), ("a note",))
    members, others, notes = trained_sets(known, real, train, held_out)
    assert members is train and others is held_out and notes == ("a note",)


@pytest.mark.parametrize(
    ("known", "words"),
    [(None, "nobody says what the generator was trained on"), (TrainedImages(frozenset()), "patients who are not in")],
)
def test_unknown_and_other_patients_are_said(sets, known, words):
    real, train, held_out = sets
    members, others, (note,) = trained_sets(known, real, train, held_out)
    assert members is train and others is held_out
    assert note.startswith("warning: ") and words in note


def test_listed_images_of_any_fold_are_members_and_their_patients_are_not_held_out(sets):
    real, train, held_out = sets
    # One image of each of the first 5 training patients, and all of the first held-out patient.
    first = [train.image_ids[train.patients == patient][0] for patient in np.unique(train.patients)[:5]]
    listed = {*first, *held_out.image_ids[held_out.patients == held_out.patients[0]]}
    members, others, notes = trained_sets(TrainedImages(frozenset(listed)), real, train, held_out)
    assert set(members.image_ids) == listed and members.name == "training"
    assert set(members.patients) & set(others.patients) == set()
    # Two images of each patient: 5 second images are neither.
    assert len(others) == len(train) + len(held_out) - len(listed) - 5
    assert notes == ("5 images of patients of whom others were trained on are left out",)
    assert set(others.folds) == {"train", "valid", "test"}


def test_nobody_is_held_out(sets):
    real, train, held_out = sets
    every = frozenset([*train.image_ids, *held_out.image_ids])
    with pytest.raises(DataError, match="trained on images of every patient, so nobody is held out"):
        trained_sets(TrainedImages(every), real, train, held_out)
