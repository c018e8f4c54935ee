"""prog-GAN in training: resume inside and between phases, layers in use, replicas, export."""

import json
import shutil

import numpy as np
import pytest
import tensorflow as tf
from eager_steps import take_steps
from shapes_dataset import small_experiment

import medgan_tf
from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.errors import ConfigError
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.training.loop import make_gan, train

# Resolution 16: 8x8 until 40 images, 16x16 fades in until 80, stabilises until 120.
GROWTH = {"start_resolution": 8, "images_per_phase": 40, "batch": [8], "learning_rate": [0.004]}


def growing_experiment(folder, **training):
    settings = {"total_images": 120, "images_per_tick": 24, "keep_checkpoints": 10, **training}
    return small_experiment(folder, gan={"architecture": "progressive", "growth": GROWTH}, **settings)


def state(checkpoint):
    reader = tf.train.load_checkpoint(str(checkpoint / "state"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name}


@pytest.fixture(scope="module")
def grown(shapes, tmp_path_factory):
    return train(growing_experiment(tmp_path_factory.mktemp("grown")), shapes)


def test_growth_is_in_the_metrics(grown):
    ticks = [json.loads(line) for line in grown.folder.metrics.read_text().splitlines()]
    # The fade is that of the last step of a tick: of the images seen before it.
    assert [(tick["images_seen"], tick["resolution"], tick["fade"]) for tick in ticks] == [
        (24, 8, 1.0),
        (40, 8, 1.0),
        (64, 16, pytest.approx(0.4)),
        (80, 16, pytest.approx(0.8)),
        (104, 16, 1.0),
        (120, 16, 1.0),
    ]
    assert all(np.isfinite(tick["auxiliary_real"]) and tick["auxiliary_real"] > 0 for tick in ticks)


@pytest.mark.parametrize("images_seen", [64, 80])
def test_resumes_bit_equal_inside_and_between_phases(grown, shapes, tmp_path, images_seen):
    copy = tmp_path / "runs" / "shapes" / "progressive-seed7"
    shutil.copytree(grown.folder.path, copy)
    for checkpoint in sorted((copy / "checkpoints").iterdir()):
        if int(checkpoint.name.removeprefix("images-")) > images_seen:
            shutil.rmtree(checkpoint)
    result = train(growing_experiment(tmp_path), shapes)
    assert result.resumed_from == images_seen
    expected, actual = (state(path / "checkpoints" / "images-00000000120") for path in (grown.folder.path, copy))
    assert expected.keys() == actual.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(actual[name], array, err_msg=name)


def test_exported_generator_has_full_resolution_and_equal_pixels(grown):
    generator = medgan_tf.load_generator(grown.folder.generator)
    images = generator.sample(generator.label_vectors(["Disc"], count=4), seed=1)
    assert images.shape == (4, 16, 16, 1)
    # At full resolution neighbouring pixels differ; in an 8x8 phase they would come in equal fours.
    blocks = images.reshape(4, 8, 2, 8, 2, 1).astype(int)
    assert np.abs(blocks - blocks[:, :, :1, :, :1]).max() > 0


def gan_in_phase(experiment, shapes, strategy, number):
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, strategy)
    phase = plan_phases(gan.config, 16, experiment.training)[number]
    gan.images_seen.assign(phase.start + 16)
    gan.enter_phase(phase, begins=False)
    return gan, fold


@pytest.mark.parametrize(("number", "unused"), [(0, {"16x16", "level0"}), (1, set()), (2, {"level1"})])
def test_only_the_layers_of_a_phase_are_trained(shapes, tmp_path, number, unused):
    gan, fold = gan_in_phase(growing_experiment(tmp_path), shapes, tf.distribute.get_strategy(), number)
    networks = (gan.generator, gan.discriminator)
    layers = [
        layer for network in networks for layer in network._flatten_layers() if layer.weights and not layer._layers
    ]
    before = {id(layer): [weight.numpy() for weight in layer.weights] for layer in layers}
    batches = training_batches(fold.images, fold.labels, batch=8, seed=7, group=4)
    take_steps(gan, batches, 2)
    for layer in layers:
        kernel_moved = not np.array_equal(before[id(layer)][0], layer.weights[0].numpy())
        # 4x4 images (level 2) are not part of growth from 8x8 on.
        idle = any(part in layer.name for part in unused | {"level2"})
        assert kernel_moved != idle, layer.name


def test_entering_a_phase_resets_the_optimizers(shapes, tmp_path):
    experiment = growing_experiment(tmp_path)
    gan, fold = gan_in_phase(experiment, shapes, tf.distribute.get_strategy(), 1)
    batches = training_batches(fold.images, fold.labels, batch=8, seed=7, group=4)
    take_steps(gan, batches, 1)
    moments = [np.abs(variable.numpy()).sum() for variable in gan.generator_optimizer.variables[2:]]
    assert sum(moments) > 0
    phases = plan_phases(gan.config, 16, experiment.training)
    gan.enter_phase(phases[2], begins=False)
    assert sum(np.abs(variable.numpy()).sum() for variable in gan.generator_optimizer.variables[2:]) == sum(moments)
    gan.enter_phase(phases[2], begins=True)
    assert sum(np.abs(variable.numpy()).sum() for variable in gan.generator_optimizer.variables[2:]) == 0
    assert float(gan.generator_optimizer.learning_rate.numpy()) == pytest.approx(0.004)


def test_two_replicas_equal_one_while_fading(shapes, tmp_path, two_replicas):
    results = []
    for strategy in (tf.distribute.get_strategy(), two_replicas):
        gan, fold = gan_in_phase(growing_experiment(tmp_path), shapes, strategy, 1)
        replicas = strategy.num_replicas_in_sync
        batches = training_batches(fold.images, fold.labels, batch=8, seed=7, replicas=replicas, group=4)
        if replicas == 1:
            take_steps(gan, batches, 3)
        else:
            gan.fit(batches, epochs=1, steps_per_epoch=3, shuffle=False, verbose=0)
        networks = (gan.generator, gan.discriminator, gan.ema_generator)
        results.append([variable.numpy() for network in networks for variable in network.variables])
        assert int(gan.images_seen.numpy()) == 56 + 24
    for one, two in zip(*results, strict=True):
        np.testing.assert_allclose(two, one, rtol=0, atol=2e-4)


def test_schedule_that_ends_too_early_is_refused_before_anything_is_written(shapes, tmp_path):
    with pytest.raises(ConfigError, match="reaches 16x16 pixels only after 80 images"):
        train(growing_experiment(tmp_path, total_images=80), shapes)
    assert not (tmp_path / "runs").exists()
