"""A generator that was trained on a part of the training fold: its images are the members, the others are nobody."""

import numpy as np
import pytest
from foreign_training import write_patients
from tiny_classifier import offer_as_synthetic

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.pseudonyms import load_pseudonyms
from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.annex.input_hashes import folds_sha256
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.candidates import candidates
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import experiment_sets
from medgan_tf.presentation.progress import Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.synthesis.external.training_fold import training_sha256

PATIENTS = 96
"""Patient n is in train for n % 4 = 0 and 1, in valid for 2, in test for 3; each has images `raw-na` and `raw-nb`."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("patients")


@pytest.fixture(scope="module")
def real(folder):
    return write_patients(folder / "dataset", folder / "private", patients=PATIENTS)


@pytest.fixture(scope="module")
def secret(folder):
    return load_pseudonyms(folder / "private")


def experiment(folder, **external):
    return Experiment(
        name="patients",
        data={"resolution": 16, "dataset_dir": str(folder / "dataset"), "private_dir": str(folder / "private")},
        training={"output": str(folder / "runs")},
        external={"name": "stranger", "folder": "made", **external},
    )


def sets_of(folder, real, tmp_path, ids=None, **external):
    if ids is not None:
        (tmp_path / "ids.csv").write_text("\n".join(["image_id", *ids]) + "\n")
        external["trained_on_ids"] = str(tmp_path / "ids.csv")
    settings = experiment(folder, **external)
    path = run_folder(settings).synthetic
    if not path.exists():
        offer_as_synthetic(real, path)
    return experiment_sets(settings)


def numbered(numbers, letters="ab"):
    return [f"raw-{number}{letter}" for number in numbers for letter in letters]


def test_members_are_the_listed_images_and_the_rest_of_the_fold_is_nobody(folder, real, secret, tmp_path):
    """Every eighth patient was trained on, of patient 8 only one image."""
    listed = numbered(range(0, PATIENTS, 8))
    listed.remove("raw-8b")
    sets = sets_of(folder, real, tmp_path, listed)
    assert set(sets.train.image_ids) == {secret.image(one) for one in listed}
    assert len(sets.train) == 24, "23 images, and the repeat of the first one"
    held_out = numbered(number for number in range(PATIENTS) if number % 4 in (2, 3))
    assert set(sets.held_out.image_ids) == {secret.image(one) for one in held_out} and len(sets.held_out) == 96
    assert "of the training fold the generator was trained on 23 of 96 images" in sets.notes
    assert "73 images of the training fold that it was not trained on are neither members nor held out" in sets.notes
    assert set(sets.train.folds) == {"train"} and sets.train.name == "training"
    assert sets.train.sha256 == folds_sha256(real.path, ["train"]), "or no annex could be verified"
    assert sets.held_out.sha256 == folds_sha256(real.path, ["valid", "test"])


def test_the_audit_attacks_these_members_only(folder, real, secret, tmp_path):
    sets = sets_of(folder, real, tmp_path, numbered(range(0, PATIENTS, 8)))
    inputs = PrivacyInputs.of(sets, PrivacyConfig(smallest=10), 1, None, Steps(Silent()))
    chosen = candidates(inputs)
    members, others = set(chosen.members.names), set(chosen.non_members.names)
    assert members and others
    assert members <= {secret.patient(f"p{number}") for number in range(0, PATIENTS, 8)}
    assert others <= {secret.patient(f"p{number}") for number in range(PATIENTS) if number % 4 in (2, 3)}


def test_held_out_images_that_were_trained_on_are_members_and_their_patients_no_control(folder, real, secret, tmp_path):
    listed = [*numbered(range(0, PATIENTS, 4)), "raw-2a", "raw-3a", "raw-3b"]
    sets = sets_of(folder, real, tmp_path, listed)
    assert set(sets.train.image_ids) == {secret.image(one) for one in listed}
    assert set(sets.train.folds) == {"train", "valid", "test"}
    assert sets.train.sha256 == folds_sha256(real.path, ["train", "valid", "test"])
    held_out = numbered(number for number in range(4, PATIENTS) if number % 4 in (2, 3))
    assert set(sets.held_out.image_ids) == {secret.image(one) for one in held_out}
    assert "1 images of held-out patients whom it knows are neither members nor held out" in sets.notes
    assert any(note.startswith("warning: the generator was trained on held-out images, 1 of valid, 2 of test")
               for note in sets.notes)  # fmt: skip


def test_a_hash_says_what_our_own_generators_are_trained_on(folder, real, tmp_path):
    own = sets_of(folder, real, tmp_path, trained_on=training_sha256(real))
    fold = real.read_fold("train")
    np.testing.assert_array_equal(own.train.image_ids, fold.image_ids)
    np.testing.assert_array_equal(own.train.images, fold.images)
    assert len(own.held_out) == 96 and own.notes == ()


def test_without_anybody_held_out_there_is_no_audit(folder, real, tmp_path):
    with pytest.raises(DataError, match="trained on images of every held-out patient, so nobody is left to compare"):
        sets_of(folder, real, tmp_path, numbered(range(PATIENTS), "a"))
