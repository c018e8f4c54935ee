"""Two replicas with half the batch each compute what one computes with the whole batch."""

import numpy as np
import pytest
import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.data.pipeline import training_batches
from medgan_tf.training.session import make_gan

BATCH, STEPS = 16, 3


def weights_after(experiment, shapes, strategy, steps=STEPS):
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, strategy)
    replicas = strategy.num_replicas_in_sync
    batches = training_batches(fold.images, fold.labels, batch=BATCH, seed=7, replicas=replicas, group=4)
    gan.fit(batches, epochs=1, steps_per_epoch=steps, shuffle=False, verbose=0)
    networks = (gan.generator, gan.discriminator, gan.ema_generator)
    arrays = [variable.numpy() for network in networks for variable in network.variables]
    return arrays, gan.take_metrics(steps), int(gan.images_seen.numpy())


@pytest.fixture(scope="module")
def one_replica(shapes, tmp_path_factory):
    experiment = small_experiment(tmp_path_factory.mktemp("one"), batch=BATCH)
    return experiment, weights_after(experiment, shapes, tf.distribute.get_strategy())


def test_two_replicas_equal_one(one_replica, shapes, two_replicas):
    experiment, (expected, expected_metrics, expected_images) = one_replica
    arrays, metrics, images = weights_after(experiment, shapes, two_replicas)
    assert images == expected_images == BATCH * STEPS
    moved = 0
    for actual, wanted in zip(arrays, expected, strict=True):
        # The learning rate is 0.005: after three Adam steps the weights have moved by about 0.015.
        np.testing.assert_allclose(actual, wanted, rtol=0, atol=2e-4)
        moved += np.abs(wanted).sum() > 0
    assert moved > 50
    for name, value in expected_metrics.items():
        assert metrics[name] == pytest.approx(value, rel=1e-3, abs=1e-3), name


def test_metrics_of_one_step_are_the_means_of_the_losses(one_replica, shapes):
    experiment, _ = one_replica
    gan = make_gan(experiment, shapes, shapes.read_fold("train").labels, tf.distribute.get_strategy())
    fold = shapes.read_fold("train")
    images, labels = next(iter(training_batches(fold.images, fold.labels, batch=BATCH, seed=7, group=4)))
    scaled = tf.cast(images, tf.float32) / 127.5 - 1
    real = tf.reduce_mean(gan.discriminator([scaled, labels]))
    gan.fit(tf.data.Dataset.from_tensors((images, labels)), epochs=1, shuffle=False, verbose=0)
    metrics = gan.take_metrics(1)
    assert metrics["score_real"] == pytest.approx(float(real), rel=1e-4)
    assert gan.take_metrics(1)["score_real"] == 0.0


def test_same_seed_gives_equal_bits_and_another_seed_does_not(shapes, tmp_path):
    runs = [
        weights_after(
            small_experiment(tmp_path, batch=BATCH, seed=seed), shapes, tf.distribute.get_strategy(), steps=20
        )
        for seed in (7, 7, 8)
    ]
    for first, second in zip(runs[0][0], runs[1][0], strict=True):
        np.testing.assert_array_equal(first, second)
    assert not all(np.array_equal(first, other) for first, other in zip(runs[0][0], runs[2][0], strict=True))


def test_mixed_precision_keeps_scores_and_weights_in_float32(shapes, tmp_path):
    experiment = small_experiment(tmp_path, batch=BATCH, precision="mixed_bfloat16")
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, tf.distribute.get_strategy())
    images = gan.generator([np.zeros((4, 4), np.float32), fold.labels[:4]])
    logits = gan.discriminator([images, fold.labels[:4]])
    assert images.dtype == logits.dtype == tf.float32
    assert {variable.dtype for variable in gan.generator.variables + gan.discriminator.variables} == {"float32"}
    batches = training_batches(fold.images, fold.labels, batch=BATCH, seed=7, group=4)
    gan.fit(batches, epochs=1, steps_per_epoch=2, shuffle=False, verbose=0)
    assert all(np.isfinite(variable.numpy()).all() for variable in gan.generator.variables)


def test_averaged_generator_follows_the_formula(shapes, tmp_path):
    experiment = small_experiment(tmp_path, batch=BATCH, ema_decay=0.75)
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, tf.distribute.get_strategy())
    start = [variable.numpy() for variable in gan.generator.variables]
    batches = training_batches(fold.images, fold.labels, batch=BATCH, seed=7, group=4)
    gan.fit(batches, epochs=1, steps_per_epoch=1, shuffle=False, verbose=0)
    moved = [variable.numpy() for variable in gan.generator.variables]
    # The average is taken before the generator's step: after one step it is still the start.
    for average, begin in zip(gan.ema_generator.variables, start, strict=True):
        np.testing.assert_array_equal(average.numpy(), begin)
    gan.update_average()
    for average, begin, end in zip(gan.ema_generator.variables, start, moved, strict=True):
        np.testing.assert_allclose(average.numpy(), 0.75 * begin + 0.25 * end, rtol=1e-5, atol=1e-6)
