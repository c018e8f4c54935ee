"""Synthetic datasets: a table of labels and a generator's images, in the format of the real one."""

import keras
import numpy as np
import pytest

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.errors import DataError
from medgan_tf.gans import build_gan
from medgan_tf.synthesis import generate as module
from medgan_tf.synthesis.generate import generate_dataset, latents
from medgan_tf.synthesis.labels import LabelTable
from medgan_tf.synthesis.load import load_generator
from medgan_tf.training.export import export_generator

COMBINATIONS = [
    {"labels": ["Square"], "vector": [1, 0], "train": 30},
    {"labels": ["Disc"], "vector": [0, 1], "train": 10},
]
CARD = {"label_names": ["Square", "Disc"], "resolution": 16, "latent_size": 4, "combinations": COMBINATIONS}
TRAIN = np.array([[1, 0], [0, 1], [1, 1]] * 7, np.float32)
VALID = np.array([[0, 1]] * 4, np.float32)
TABLE = LabelTable(("Square", "Disc"), {"train": TRAIN, "valid": VALID})


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generator") / "generator"
    keras.utils.set_random_seed(5)
    export_generator(build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4), folder, CARD)
    return load_generator(folder)


def generate(generator, path, batch=8, seed=3, table=TABLE, **options):
    config = GenerateConfig(batch=batch)
    return generate_dataset(generator, table, path, config, seed=seed, name="shapes", run="cpd-seed7", **options)


def test_synthetic_set_has_the_real_labels_and_the_generators_pixels(generator, tmp_path):
    dataset = generate(generator, tmp_path / "synthetic")
    fold = dataset.read_fold("train")
    np.testing.assert_array_equal(fold.labels, TRAIN)
    np.testing.assert_array_equal(dataset.read_fold("valid").labels, VALID)
    expected = generator.generate(latents(3, "train", range(21), 4), TRAIN)
    pixels = np.clip(np.rint(expected * 127.5 + 127.5), 0, 255)
    assert np.abs(fold.images.astype(int) - pixels).max() <= 1
    assert len(set(fold.image_ids)) == 21
    assert set(fold.patients) == {""}
    manifest = dataset.manifest
    assert (manifest.kind, manifest.images) == ("synthetic", {"train": 21, "valid": 4, "test": 0})
    assert manifest.synthesis.generator_sha256 == generator.sha256()
    assert manifest.synthesis.labels == "as_real"
    assert (manifest.synthesis.run, manifest.synthesis.seed, manifest.patients) == ("cpd-seed7", 3, None)
    dataset.verify()


def test_noise_depends_on_the_image_not_on_the_batch():
    whole = latents(3, "train", range(10), 4)
    np.testing.assert_array_equal(whole[6:9], latents(3, "train", [6, 7, 8], 4))
    assert not np.array_equal(whole, latents(3, "valid", range(10), 4))
    assert not np.array_equal(whole, latents(4, "train", range(10), 4))
    assert len(np.unique(whole)) == whole.size


def test_same_seed_is_up_to_date_and_another_needs_restart(generator, tmp_path):
    first = generate(generator, tmp_path / "synthetic")
    stamp = (first.path / "manifest.json").stat().st_mtime_ns
    assert (generate(generator, tmp_path / "synthetic").path / "manifest.json").stat().st_mtime_ns == stamp
    with pytest.raises(DataError, match="--restart"):
        generate(generator, tmp_path / "synthetic", seed=4)
    replaced = generate(generator, tmp_path / "synthetic", seed=4, replace=True)
    assert not np.array_equal(replaced.read_fold("train").images, latents(3, "train", range(21), 4))
    assert replaced.manifest.synthesis.seed == 4


def test_interrupted_generation_leaves_no_dataset_and_goes_on(generator, tmp_path, monkeypatch):
    calls = []
    original = type(generator).generate

    def stops(self, z, labels):
        calls.append(len(z))
        if len(calls) == 2:
            raise KeyboardInterrupt
        return original(self, z, labels)

    monkeypatch.setattr(type(generator), "generate", stops)
    with pytest.raises(KeyboardInterrupt):
        generate(generator, tmp_path / "synthetic")
    assert not (tmp_path / "synthetic").exists()
    monkeypatch.undo()
    dataset = generate(generator, tmp_path / "synthetic")
    np.testing.assert_array_equal(
        dataset.read_fold("train").images, generate(generator, tmp_path / "b").read_fold("train").images
    )


def test_other_labels_are_refused(generator, tmp_path):
    table = LabelTable(("Square", "Line"), {"train": TRAIN})
    with pytest.raises(DataError, match="trained with the labels Square, Disc; the dataset has Square, Line"):
        generate(generator, tmp_path / "synthetic", table=table)


def test_a_set_that_names_the_generator_by_its_files_is_up_to_date(generator, tmp_path, monkeypatch):
    """As version 0.1 did."""
    with monkeypatch.context() as patch:
        patch.setattr(generator, "sha256", generator.file_sha256, raising=False)
        first = generate(generator, tmp_path / "synthetic")
    assert first.manifest.synthesis.generator_sha256 == generator.file_sha256() != generator.sha256()
    monkeypatch.setattr(module, "FolderWriter", None)
    again = generate(generator, tmp_path / "synthetic")
    assert again.manifest == first.manifest
    with pytest.raises(TypeError):
        generate(generator, tmp_path / "synthetic", seed=4)
