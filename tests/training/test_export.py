"""The exported generator: equal pixels without this package, and a card without patients."""

import json

import numpy as np
import pytest
import tensorflow as tf
import warm_python
from shapes_dataset import small_experiment

import medgan_tf
from medgan_tf.errors import DataError, RunError
from medgan_tf.gans import build_gan
from medgan_tf.synthesis.noise import truncated_noise
from medgan_tf.training import export
from medgan_tf.training.export import generator_card

CARD = {"label_names": ["Square", "Disc"], "resolution": 16, "latent_size": 4, "combinations": []}


def as_graph(network):
    """The network as the SavedModel computes it: operation by operation it would round a little differently."""
    return tf.function(lambda inputs: network(inputs, training=False))


@pytest.fixture(scope="module")
def exported(tmp_path_factory, shapes):
    folder = tmp_path_factory.mktemp("export") / "generator"
    gan = build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4)
    for variable in gan.ema_generator.variables:
        variable.assign(variable + 0.1)
    export.export_generator(gan, folder, generator_card(small_experiment(folder.parent), shapes, 160))
    return gan, folder


def test_reloaded_without_the_package_it_gives_equal_pixels(exported, tmp_path):
    gan, folder = exported
    z = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    labels = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0]], np.float32)
    np.savez(tmp_path / "in.npz", z=z, labels=labels)
    script = f"""
import sys
import numpy as np, tensorflow as tf
model = tf.saved_model.load({str(folder)!r})
data = np.load({str(tmp_path / "in.npz")!r})
images = model.signatures["generate"](z=tf.constant(data["z"]), labels=tf.constant(data["labels"]))["output_0"]
seed = tf.constant(3, tf.int64)
pixels = model.signatures["sample"](labels=tf.constant(data["labels"]), seed=seed)["output_0"]
assert not [name for name in sys.modules if name.startswith("medgan_tf")]
np.savez({str(tmp_path / "out.npz")!r}, images=images, pixels=pixels)
"""
    done = warm_python.run(["-c", script], cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with np.load(tmp_path / "out.npz") as out:
        np.testing.assert_array_equal(out["images"], as_graph(gan.ema_generator)([z, labels]).numpy())
        np.testing.assert_array_equal(out["pixels"], medgan_tf.load_generator(folder).sample(labels, seed=3))


def test_the_card_counts_the_trainable_parameters(exported):
    gan, folder = exported
    weights = [np.asarray(weight) for weight in gan.generator.trainable_weights]
    card = json.loads((folder / "assets" / export.CARD).read_text())
    assert card["parameters"] == sum(weight.size for weight in weights) > 1000


def test_sample_is_repeatable_and_follows_seed_and_labels(exported):
    generator = medgan_tf.load_generator(exported[1])
    labels = generator.label_vectors(["Disc"], count=6)
    first = generator.sample(labels, seed=1)
    assert (first.shape, first.dtype) == ((6, 16, 16, 1), np.uint8)
    np.testing.assert_array_equal(first, generator.sample(labels, seed=1))
    assert not np.array_equal(first, generator.sample(labels, seed=2))
    assert not np.array_equal(first, generator.sample(generator.label_vectors(["Square"], count=6), seed=1))
    assert not np.array_equal(first[0], first[1])


def test_sample_is_generate_rounded_to_bytes(exported):
    generator = medgan_tf.load_generator(exported[1])
    z = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    images = generator.generate(z, np.eye(3, 2, dtype=np.float32))
    assert images.dtype == np.float32
    np.testing.assert_array_equal(
        images, as_graph(exported[0].ema_generator)([z, np.eye(3, 2, dtype=np.float32)]).numpy()
    )


def test_truncated_samples_are_generate_of_truncated_noise(exported):
    generator = medgan_tf.load_generator(exported[1])
    labels = generator.label_vectors(["Disc"], count=6)
    found = generator.sample(labels, seed=1, truncation=0.5)
    expected = generator.generate(truncated_noise(1, 6, 4, 0.5), labels)
    np.testing.assert_array_equal(found, np.clip(np.rint(expected * 127.5 + 127.5), 0, 255))
    assert found.dtype == np.uint8
    assert not np.array_equal(found, generator.sample(labels, seed=1))
    np.testing.assert_array_equal(found, generator.sample(labels, seed=1, truncation=0.5))
    with pytest.raises(ValueError, match="expected a truncation above 0"):
        generator.sample(labels, seed=1, truncation=0)


def test_card_names_labels_and_counts_only(exported, shapes):
    generator = medgan_tf.load_generator(exported[1])
    assert generator.label_names == ("Square", "Disc")
    names = {tuple(item.labels) for item in shapes.manifest.combinations}
    assert {item.labels for item in generator.combinations} == names
    text = json.dumps(generator.card)
    fold = shapes.read_fold("train")
    assert not [patient for patient in fold.patients if patient in text]


def test_mixed_precision_generator_is_exported_in_float32(tmp_path):
    gan = build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4, precision="mixed_bfloat16")
    export.export_generator(gan, tmp_path / "generator", CARD)
    reference = build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4)
    for target, weight in zip(reference.generator.variables, gan.ema_generator.variables, strict=True):
        target.assign(weight)
    z, labels = np.ones((1, 4), np.float32), np.ones((1, 2), np.float32)
    images = medgan_tf.load_generator(tmp_path / "generator").generate(z, labels)
    np.testing.assert_array_equal(images, as_graph(reference.generator)([z, labels]).numpy())


def test_failed_export_leaves_the_earlier_one(exported, tmp_path, monkeypatch):
    gan, _ = exported
    target = tmp_path / "generator"
    export.export_generator(gan, target, {**CARD, "images_seen": 1})

    def full(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(export.tf.saved_model, "save", full)
    with pytest.raises(RunError, match="could not be written .*No space left"):
        export.export_generator(gan, target, {**CARD, "images_seen": 2})
    assert medgan_tf.load_generator(target).card["images_seen"] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["generator"]


def test_bad_generators_and_labels_are_explained(exported, tmp_path):
    with pytest.raises(DataError, match="no generator in .*expected weights.safetensors and architecture.json, or "):
        medgan_tf.load_generator(tmp_path)
    generator = medgan_tf.load_generator(exported[1])
    with pytest.raises(ValueError, match=r"shape \[N, 2\], one column each for Square, Disc. Received: shape=\(3,\)"):
        generator.sample(np.ones(3), seed=0)
    with pytest.raises(ValueError, match=r"unknown labels. Received: \['Line'\]; known: Square, Disc"):
        generator.label_vectors(["Line"])


def test_the_card_has_rounded_counts_and_no_small_ones(shapes, tmp_path):
    """12 images of 12 patients in each of three combinations: 10; with 20 as the smallest number it is not told."""
    experiment = small_experiment(tmp_path)
    card = generator_card(experiment, shapes, 160)
    assert (card["counts_rounded_to"], [one["train"] for one in card["combinations"]]) == (10, [10, 10, 10])
    assert not any("fewer_than" in one for one in card["combinations"])
    assert [one["labels"] for one in card["combinations"]] == [["Disc"], ["Square"], ["Square", "Disc"]]
    few = experiment.model_copy(update={"generate": experiment.generate.model_copy(update={"minimum_patients": 20})})
    hidden = generator_card(few, shapes, 160)["combinations"]
    assert {(one["train"], one["fewer_than"]) for one in hidden} == {(0, 20)}
