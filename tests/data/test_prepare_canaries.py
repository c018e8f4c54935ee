"""Datasets with patients set apart for the audit."""

import shutil

import numpy as np
import pytest
from chexpert_folder import bytes_below, chexpert_experiment, write_chexpert
from pydantic import ValidationError

from medgan_tf.data.counts import count_dataset
from medgan_tf.data.description import describe
from medgan_tf.data.prepare import prepare, prepared_dataset
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError


@pytest.fixture
def raw(tmp_path):
    return write_chexpert(tmp_path)


def people(dataset, fold):
    return set(dataset.read_fold(fold).patients)


def test_three_datasets(tmp_path, raw):
    everyone = prepare(chexpert_experiment(tmp_path))
    train, held_out = people(everyone, "train"), people(everyone, "valid")
    experiment = chexpert_experiment(tmp_path, canaries=20, reference_patients=5)
    with pytest.raises(DataError, match="data.canaries was null, now 20"):
        prepare(experiment)
    release = prepare(experiment, restart=True)
    canaries, reference = (DatasetFolder(tmp_path / f"dataset-{name}") for name in ("canaries", "reference"))
    inside, outside, others = people(canaries, "train"), people(canaries, "valid"), people(reference, "train")
    assert len(inside | outside) == 20 and len(others) == 5
    assert people(release, "train") == train - outside - others and inside < people(release, "train")
    assert people(release, "valid") == people(reference, "valid") == held_out
    assert release.label_names == canaries.label_names == reference.label_names
    assert (canaries.manifest.name, canaries.manifest.images["test"]) == ("small-canaries", 0)
    # The same pixels under the same pseudonym.
    there, here = (dataset.read_fold("train") for dataset in (release, canaries))
    rows = [there.image_ids.tolist().index(one) for one in here.image_ids]
    np.testing.assert_array_equal(there.images[rows], here.images)
    assert "learned from fewer patients" in describe(release)
    assert count_dataset(experiment).images == tuple(release.manifest.images.values())


def test_they_stay_as_they_are(tmp_path, raw):
    experiment = chexpert_experiment(tmp_path, canaries=20, reference_patients=5)
    prepare(experiment)
    before = bytes_below(tmp_path)
    assert prepare(experiment).manifest == prepared_dataset(experiment).manifest
    assert bytes_below(tmp_path) == before
    shutil.rmtree(tmp_path / "dataset-canaries")
    prepare(experiment)
    assert DatasetFolder(tmp_path / "dataset-canaries").manifest.patients["valid"] > 0


def test_a_few_canaries_are_refused(tmp_path):
    with pytest.raises(ValidationError, match="expected 0 or at least 20 patients"):
        chexpert_experiment(tmp_path, canaries=19)
