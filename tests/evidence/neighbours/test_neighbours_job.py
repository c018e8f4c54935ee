"""Nearest real images: every row can be traced, other folders work, and bad input is one line."""

import csv
import json
import os

import cv2
import numpy as np
import pandas as pd
import pytest
from blank_figures import draw_nothing
from click.testing import CliRunner
from tiny_classifier import offer_as_synthetic, write_drawings
from traced_phantoms import traced_phantoms

from medgan_tf.config.schema import Experiment
from medgan_tf.console.group import main
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.neighbours.job import save_neighbours
from medgan_tf.evidence.neighbours.measure import find_neighbours
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.release_sets import experiment_sets, folder_sets
from medgan_tf.evidence.set_features import FeatureStore, settings_extractor
from medgan_tf.features.load import load_extractor
from medgan_tf.features.settings import FeatureSettings
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.synthesis.png_folder import write_pngs

SETTINGS = NeighboursConfig(extractor="random", queries=30, neighbours=2, shown=5)


@pytest.fixture(scope="module")
def sets():
    names = (("training", 40, 1, "train"), ("held-out", 15, 2, "test"), ("synthetic", 20, 3, ""))
    return [traced_phantoms(*one) for one in names]


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    real = write_drawings(folder / "real", per_combination=48)
    return folder, real, offer_as_synthetic(real, folder / "synthetic")


def test_every_row_leads_to_its_images(sets, tmp_path):
    train, held_out, synthetic = sets
    store = FeatureStore(load_extractor("random"), 16)
    result = find_neighbours(train, held_out, synthetic, SETTINGS, 1, store)
    paths = save_neighbours(tmp_path, result, 5)
    table = pd.read_csv(paths[0], dtype=str)
    assert list(table) == "synthetic_id synthetic_labels among rank image_id patient fold labels distance".split()
    assert len(table) == 30 * 2 * 2 and set(table["among"]) == {"train", "held_out"}
    features = {name: store.features(one.images).astype(float) for name, one in zip("ths", sets, strict=True)}
    rows = {image: row for row, image in enumerate(synthetic.image_ids)}
    for line in table[table["among"] == "train"].itertuples():
        real = int(np.flatnonzero(train.image_ids == line.image_id)[0])
        assert (line.patient, line.fold, line.labels) == (
            train.patients[real], "train", train.combinations()[real],
        )  # fmt: skip
        query = features["s"][rows[line.synthetic_id]]
        cosine = features["t"] @ query / np.linalg.norm(features["t"], axis=1) / np.linalg.norm(query)
        assert float(line.distance) == pytest.approx(1 - cosine[real], abs=1e-8)
        assert np.sum(cosine > cosine[real] + 1e-12) == int(line.rank) - 1
    summary = json.loads(paths[1].read_text())
    assert set(summary["nearest_distance"]) == {"train", "held_out", "train_part_of_30"}
    assert summary["nearest_distance"]["train"]["50%"] <= summary["nearest_distance"]["train_part_of_30"]["50%"]
    assert cv2.imread(str(paths[2])).shape[0] > 400


def test_training_images_are_their_own_neighbours(sets):
    train, held_out, _ = sets
    result = find_neighbours(train, None, train, SETTINGS, 1, FeatureStore(load_extractor("random"), 16))
    assert (train.image_ids[result.in_train.index[:, 0]] == result.synthetic.image_ids).all()
    assert result.in_train.distance[:, 0].max() < 1e-12 and result.in_held_out is None


def test_features_are_kept_and_not_mixed_up(sets, tmp_path, caplog):
    images, calls = sets[1].images, []
    store = FeatureStore(load_extractor("random"), 16, tmp_path)
    first = store.features(images, lambda done, total: calls.append(done))
    assert calls == [16, 30]
    path = store.path(images)
    os.chmod(path, 0o600)
    np.testing.assert_array_equal(store.features(images), first)
    with np.load(path) as arrays:
        card = json.loads(str(arrays["extractor"])) | {"weights_sha256": "1" * 64}
    np.savez(path, features=first, extractor=json.dumps(card))
    with pytest.raises(DataError, match=r"holds features of another extractor \(random, weights 111111111111"):
        store.features(images)
    path.write_bytes(b"PK")
    np.testing.assert_array_equal(store.features(images), first)
    assert "is damaged; the features are computed again" in caplog.text


def test_folders_of_any_kind(drawings, tmp_path):
    folder, real, synthetic = drawings
    found = folder_sets(real.path, None, synthetic.path)
    assert (len(found.train), len(found.held_out), len(found.synthetic)) == (96, 96, 192)
    assert set(found.held_out.folds) == {"valid", "test"}
    pictures = write_pngs(synthetic, tmp_path / "pictures")
    found = folder_sets(pictures / "train", pictures / "test", pictures / "valid")
    assert (len(found.train), len(found.held_out)) == (96, 48) and found.train.label_names == ()
    assert all(len(image) == 14 for image in found.train.image_ids)
    assert (found.train.patients == "").all()


def test_bad_folders(drawings, tmp_path):
    folder, real, synthetic = drawings
    with pytest.raises(DataError, match="48 patients are in both the training and the held-out images, e.g."):
        (tmp_path / "same").mkdir()
        folder_sets(real.path, _all_in_test(drawings, tmp_path / "same"), synthetic.path)
    other = write_drawings(tmp_path / "other", per_combination=8, names=("Ring", "Dot"))
    with pytest.raises(
        DataError, match="synthetic images have the labels Ring, Dot; training images have Square, Disc"
    ):
        folder_sets(real.path, None, offer_as_synthetic(other, tmp_path / "ring").path)
    only = write_drawings(tmp_path / "only", per_combination=8, folds=("train",))
    with pytest.raises(DataError, match="has no held-out fold, and the comparison needs patients that the generator"):
        folder_sets(only.path, None, synthetic.path)
    pictures = write_pngs(synthetic, tmp_path / "pictures")
    with pytest.raises(DataError, match="no dataset folder with folds of its own; give held-out images"):
        folder_sets(pictures, None, synthetic.path)
    with pytest.raises(DataError, match="no such folder"):
        folder_sets(tmp_path / "nothing", real.path, synthetic.path)


def _all_in_test(drawings, folder):
    """The training patients once more, in a test fold."""
    return write_drawings(folder / "copy", per_combination=48, folds=("test",)).path


def test_experiments_need_both_sets(drawings, tmp_path):
    folder, real, synthetic = drawings
    values = {"name": "drawings", "data": {"resolution": 16, "dataset_dir": str(real.path)}}
    experiment = Experiment(**values, training={"output": str(tmp_path)})
    with pytest.raises(DataError, match="has no generator"):
        experiment_sets(experiment)
    run = RunFolder.of(str(tmp_path), "drawings", "cpd", 1000)
    offer_as_synthetic(real, run.synthetic)
    assert experiment_sets(experiment).train.name == "training"
    with pytest.raises(ConfigError, match="must be at most the 96 training images. Received: 97"):
        found = experiment_sets(experiment)
        wanted = SETTINGS.model_copy(update={"neighbours": 97})
        find_neighbours(found.train, None, found.synthetic, wanted, 1, FeatureStore(load_extractor("random"), 64))
    with pytest.raises(DataError, match="extractor 'classifier' needs the classifier trained on real images"):
        settings_extractor(FeatureSettings(), run.classifier / "model")


def call(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def test_the_commands(drawings, tmp_path, monkeypatch):
    draw_nothing(monkeypatch)
    folder, real, synthetic = drawings
    three = ("--train", real.path, "--synthetic", synthetic.path, "--extractor", "random")
    shown = call("neighbours", *three, "--all", "--out", tmp_path)
    assert "192 synthetic images against 96 training images" in shown.stdout
    with open(tmp_path / "neighbours.csv", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 192 * 3 * 2
    # The synthetic set is a copy of the real one, held-out images included, so no control shows the copies.
    result = json.loads(call("privacy", *three, "--gate", "--json", "--out", tmp_path, code=3).stdout)
    status = {row["name"]: row["status"] for row in result["verdicts"]}
    assert result["copies"]["identical"] == 192 and status["identical"] == "broken"
    assert status["power"] == "holds" and "discriminator" not in status
    assert [file.rpartition("/")[2] for file in result["files"]][:2] == ["privacy.json", "privacy.png"]


@pytest.mark.parametrize("tool", ["neighbours", "privacy"])
def test_bad_calls(tool, tmp_path):
    run = CliRunner()
    assert "give an experiment, or --train and --synthetic" in run.invoke(main, [tool]).output
    assert "--train and --synthetic go together" in run.invoke(main, [tool, "--train", "x"]).output
    assert "--held-out goes only with --train" in run.invoke(main, [tool, "x.yaml", "--held-out", "x"]).output
    (tmp_path / "x.yaml").write_text("name: x\n", encoding="utf-8")
    assert "# results folder" in call(tool, tmp_path / "x.yaml", "--dry-run").stdout
