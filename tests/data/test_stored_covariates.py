"""Datasets with sex, age and view: kept, counted, compared; and datasets whose source knows no patients."""

import numpy as np
import pytest
from chexpert_folder import chexpert_experiment, write_chexpert
from edited_manifest import edited_manifest

from medgan_tf.data.description import describe
from medgan_tf.data.manifest_values import PATIENTS_UNKNOWN
from medgan_tf.data.prepare import prepare
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError


@pytest.fixture
def raw(tmp_path):
    """40 patients with 2 images each: men of 50, but patient 0 is a woman of 93."""
    folder = write_chexpert(tmp_path)
    table = folder / "train.csv"
    lines = table.read_text().splitlines()
    lines[1:3] = [line.replace("Male,50,Frontal,AP", "Female,93,Frontal,PA") for line in lines[1:3]]
    table.write_text("\n".join(lines) + "\n")
    return table


def test_records_and_manifest_have_them(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))
    counts = dataset.manifest.covariates.counts
    assert sum(counts["sex"]["F"].values()) == sum(counts["age"]["90+"].values()) == 2
    assert sum(counts["view"]["PA"].values()) == 2 and sum(counts["age"]["40-64"].values()) == 78
    fold = next(fold for fold in ("train", "valid", "test") if counts["sex"]["F"][fold])
    covariates, images = dataset.read_covariates(fold), dataset.read_fold(fold)
    women = (covariates["sex"] == "F").to_numpy()
    assert women.sum() == 2 and len(covariates) == len(images.images)
    assert covariates["age"][women].tolist() == [90, 90] and covariates["view"][women].tolist() == ["PA", "PA"]
    assert len(set(images.patients[women])) == 1 and not set(images.patients[women]) & set(images.patients[~women])
    assert "90+" in describe(dataset)


def test_other_values_make_another_dataset(tmp_path, raw):
    prepare(chexpert_experiment(tmp_path))
    assert prepare(chexpert_experiment(tmp_path)).manifest.covariates.keyed_hash
    raw.write_text(raw.read_text().replace("Female,93", "Female,92"))
    # 92 and 93 are both kept as 90.
    prepare(chexpert_experiment(tmp_path))
    raw.write_text(raw.read_text().replace("Female,92", "Female,52"))
    with pytest.raises(DataError, match="made with other values of sex, age or view; replace it with --restart"):
        prepare(chexpert_experiment(tmp_path))


def test_a_dataset_from_before_covariates_were_kept_is_up_to_date(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))
    with edited_manifest(dataset.path) as values:
        del values["covariates"]
    notes = []

    class Notes:
        def __call__(self, done, total=None, note=""):
            pass

        def note(self, text):
            notes.append(text)

    again = prepare(chexpert_experiment(tmp_path), Notes())
    assert again.manifest.covariates is None and again.read_covariates("train") is None
    assert any("made without sex, age and view, which the source has; --restart adds them" in note for note in notes)


def test_counts_that_contradict_the_images_are_damage(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))

    with edited_manifest(dataset.path) as values:
        values["covariates"]["counts"]["sex"]["M"]["train"] += 1
        values["covariates"]["counts"]["sex"]["M"]["valid"] -= 1
    with pytest.raises(DataError, match="sex counts 65 images of fold 'train', which holds 64"):
        DatasetFolder(dataset.path)


def test_a_source_without_patients_says_so_in_the_manifest(tmp_path, monkeypatch, raw):
    from medgan_tf.data.sources.chexpert.source import ChexpertSource

    read = ChexpertSource.read_table

    def without_patients(self):
        table = read(self)
        object.__setattr__(table, "patients_known", False)
        table.frame["patient_id"] = ""
        return table

    monkeypatch.setattr(ChexpertSource, "read_table", without_patients)
    dataset = prepare(chexpert_experiment(tmp_path))
    assert dataset.manifest.remarks == [PATIENTS_UNKNOWN] and dataset.manifest.patients is None
    assert set(np.concatenate([dataset.read_fold(fold).patients for fold in ("train", "valid", "test")])) == {""}
    assert PATIENTS_UNKNOWN in describe(dataset)
