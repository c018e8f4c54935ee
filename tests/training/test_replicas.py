"""Training steps on one replica: metrics, equal bits, precision, the average. Two replicas: test_architectures.py."""

import numpy as np
import pytest
import tensorflow as tf
from eager_steps import take_steps
from shapes_dataset import small_experiment

from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.training.loop import make_gan

BATCH = 16


def weights_after(experiment, shapes, strategy, steps):
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, strategy)
    replicas = strategy.num_replicas_in_sync
    batches = training_batches(fold.images, fold.labels, batch=BATCH, seed=7, replicas=replicas, group=4)
    take_steps(gan, batches, steps)
    networks = (gan.generator, gan.discriminator, gan.ema_generator)
    arrays = [variable.numpy() for network in networks for variable in network.variables]
    return arrays, gan.take_metrics(steps), int(gan.images_seen.numpy())


def test_metrics_of_one_step_are_the_means_of_the_losses(shapes, tmp_path):
    experiment = small_experiment(tmp_path, batch=BATCH)
    gan = make_gan(experiment, shapes, shapes.read_fold("train").labels, tf.distribute.get_strategy())
    fold = shapes.read_fold("train")
    images, labels = next(iter(training_batches(fold.images, fold.labels, batch=BATCH, seed=7, group=4)))
    scaled = tf.cast(images, tf.float32) / 127.5 - 1
    real = tf.reduce_mean(gan.discriminator([scaled, labels]))
    take_steps(gan, tf.data.Dataset.from_tensors((images, labels)), 1)
    metrics = gan.take_metrics(1)
    assert metrics["score_real"] == pytest.approx(float(real), rel=1e-4)
    assert gan.take_metrics(1)["score_real"] == 0.0


def test_same_seed_gives_equal_bits_and_another_seed_does_not(shapes, tmp_path):
    runs = [
        weights_after(small_experiment(tmp_path, batch=BATCH, seed=seed), shapes, tf.distribute.get_strategy(), steps=3)
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
    take_steps(gan, batches, 2)
    assert all(np.isfinite(variable.numpy()).all() for variable in gan.generator.variables)


def test_averaged_generator_follows_the_formula(shapes, tmp_path):
    experiment = small_experiment(tmp_path, batch=BATCH, ema_decay=0.75)
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, tf.distribute.get_strategy())
    start = [variable.numpy() for variable in gan.generator.variables]
    batches = training_batches(fold.images, fold.labels, batch=BATCH, seed=7, group=4)
    take_steps(gan, batches, 1)
    moved = [variable.numpy() for variable in gan.generator.variables]
    # The average is taken before the generator's step: after one step it is still the start.
    for average, begin in zip(gan.ema_generator.variables, start, strict=True):
        np.testing.assert_array_equal(average.numpy(), begin)
    gan.update_average()
    for average, begin, end in zip(gan.ema_generator.variables, start, moved, strict=True):
        np.testing.assert_allclose(average.numpy(), 0.75 * begin + 0.25 * end, rtol=1e-5, atol=1e-6)
