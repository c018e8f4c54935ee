"""`medgan-tf generate --reject` as a user meets it; the rest is in the whole pipeline."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pydicom
import pytest
from click.testing import CliRunner
from parrot_generator import Parrot
from shapes_dataset import small_experiment

from medgan_tf.config.loading import dump_experiment
from medgan_tf.config.schema import Experiment
from medgan_tf.console.group import main
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.synthesis import load

SEED = 3
COPIED = range(0, 36, 2)


def call(*arguments):
    return CliRunner().invoke(main, ["generate", *map(str, arguments)])


@pytest.fixture
def experiment(tmp_path, shapes, monkeypatch):
    """An experiment file, with a generator that gives a patient's image back for half of the training labels."""
    values = small_experiment(tmp_path, seed=SEED).model_dump(mode="json")
    values["data"]["dataset_dir"] = str(shapes.path)
    values["evaluation"]["privacy"] |= {"extractor": "random", "planted": 20}
    values["generate"]["minimum_patients"] = 1
    path = tmp_path / "shapes.yaml"
    path.write_text(dump_experiment(Experiment.model_validate(values)), encoding="utf-8")
    generator = Parrot(shapes.read_fold("train").images[5], SEED, COPIED)
    monkeypatch.setattr(load, "load_generator", lambda path, trust=False: generator)
    return path


def test_copies_are_drawn_again_and_counted_by_combination(experiment, shapes, tmp_path):
    done = call(experiment, "--reject", "copies,reidentified", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 0, done.output
    real, made = shapes.read_fold("train"), DatasetFolder(tmp_path / "out").read_fold("train")
    np.testing.assert_array_equal(made.labels, real.labels)
    for image in real.images:
        assert not (made.images == image).all(axis=(1, 2, 3)).any()
    # Counts are exact, as they are rounded to multiples of `minimum_patients`, 1 here.
    names = np.array(["Square", "Disc"])
    planted = Counter(tuple(names[real.labels[row] > 0]) for row in COPIED)
    rejection = json.loads((tmp_path / "out/manifest.json").read_text())["synthesis"]["rejection"]
    assert {tuple(one["labels"]): one["rejected"] for one in rejection["combinations"]} == planted
    assert rejection["rejected"] == len(COPIED) and rejection["drawn"] == 36 + 6 + len(COPIED)
    assert rejection["searches"] == ["copies", "reidentified"]
    assert json.loads(done.stdout)["rejection"] == rejection


def test_without_it_the_copies_are_written(experiment, shapes, tmp_path):
    assert call(experiment, "--out", tmp_path / "out").exit_code == 0
    made = DatasetFolder(tmp_path / "out").read_fold("train").images
    assert np.flatnonzero((made == shapes.read_fold("train").images[5]).all(axis=(1, 2, 3))).tolist() == list(COPIED)


def test_png_and_dicom_files_beside_the_set(experiment, tmp_path):
    done = call(experiment, "--out", tmp_path / "out", "--png", tmp_path / "png", "--dicom", tmp_path / "dicom",
                "--set", "generate.licence=CC0", "--set", "generate.dicom_form=cr")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert f"PNG files in {tmp_path / 'png'}, DICOM files in {tmp_path / 'dicom'}" in done.stdout
    tables = [(tmp_path / name / "labels.csv").read_text().splitlines() for name in ("png", "dicom")]
    assert len(tables[0]) == len(tables[1]) == 1 + 36 + 6
    one = pydicom.dcmread(next((tmp_path / "dicom").rglob("*.dcm")))
    assert (one.Modality, one.SyntheticData) == ("CR", "YES") and one.ImageComments.endswith("Licence: CC0")


def test_only_the_experiments_own_generator_is_trusted_unasked(experiment, tmp_path, monkeypatch):
    known, asked = load.load_generator, []
    monkeypatch.setattr(load, "load_generator", lambda path, trust=False: asked.append(trust) or known(path))
    for more in ([], ["--generator", "shared"], ["--generator", "shared", "--trust"]):
        assert call(experiment, "--out", tmp_path / "out", *more).exit_code == 0
    assert asked == [True, False, True]


def test_ct_without_a_window_is_refused_before_anything_is_made(experiment, tmp_path):
    done = call(experiment, "--dicom", tmp_path / "dicom", "--set", "generate.dicom_form=ct", "--dry-run")
    assert done.exit_code == 2 and "generate.dicom_form: ct needs values in HU" in done.stderr


def test_a_generator_that_only_copies_is_an_error_of_one_line(experiment, shapes, tmp_path, monkeypatch):
    parrot = Parrot(shapes.read_fold("train").images[5], SEED)
    monkeypatch.setattr(load, "load_generator", lambda path, trust=False: parrot)
    done = call(experiment, "--reject", "copies", "--out", tmp_path / "out")
    assert done.exit_code == 1 and "36 images were rejected in each of 20 draws" not in done.stdout
    assert "images were rejected in each of 20 draws, most of the labels" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", ["foo", "", "copies,", "copies], seed: [1", "copies reidentified"])
def test_an_unknown_search_is_one_line(experiment, value):
    done = call(experiment, "--reject", value)
    assert done.exit_code == 2
    assert done.stderr.splitlines()[-1:] == [
        f"Error: --reject: expected copies, reidentified, or both with a comma. Received: {value!r}"
    ]
    assert "Traceback" not in done.output


def test_further_sets_beside_the_run_and_nowhere_else(experiment, shapes, tmp_path):
    done = call(experiment, "--further", "--set", "classifier.synthetic_multiples=[2]", "--json")
    assert done.exit_code == 0, done.output
    values = json.loads(done.stdout)
    folder = Path(values["synthetic"]).parent
    assert values["further"] == ["2"] and [path.name for path in (folder / "further").iterdir()] == ["2"]
    assert DatasetFolder(folder / "further" / "2").manifest.images["train"] == shapes.manifest.images["train"]
    again = call(experiment, "--further", "--set", "classifier.synthetic_multiples=[2]")
    assert again.output.strip().splitlines()[-1].endswith("further sets of arms made: none was missing")
    refused = call(experiment, "--further", "--out", tmp_path / "out")
    assert refused.exit_code == 2 and "leave out --generator, --out and --images" in refused.output


def test_a_private_experiment_rejects_nothing(experiment, tmp_path):
    """Refused before the generator is loaded, in a dry run too."""
    private = ("--set", "privacy.dp={noise_multiplier: 1.0}", "--set", "data.min_count=0")
    done = call(experiment, *private, "--reject", "copies", "--out", tmp_path / "out", "--dry-run")
    assert done.exit_code == 2 and "set generate.reject=[]" in done.output
    assert call(experiment, *private, "--out", tmp_path / "out", "--dry-run").exit_code == 0
    chosen = call(experiment, *private[:2], "--out", tmp_path / "out", "--dry-run")
    assert chosen.exit_code == 2 and "privacy.dp.public_selection=true" in chosen.output


def test_a_private_experiment_takes_no_generator_without_guarantee(experiment, tmp_path):
    private = ("--set", "privacy.dp={noise_multiplier: 1.0}", "--set", "data.min_count=0")
    done = call(experiment, *private, "--out", tmp_path / "out")
    assert done.exit_code == 1 and "has no guarantee" in done.output and not (tmp_path / "out").exists()
