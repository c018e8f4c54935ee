"""What holds for every registered architecture in training: replicas and the exported generator."""

from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf
from eager_steps import take_steps
from shapes_dataset import small_experiment
from small_settings import SMALL

import medgan_tf
from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.errors import DataError
from medgan_tf.gans.exported.weights import WEIGHTS
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.registry import GANS
from medgan_tf.training.export import export_generator, generator_card
from medgan_tf.training.loop import make_gan, train

each_architecture = pytest.mark.parametrize("name", GANS.names())
STEPS = 2


def experiment_of(name, folder, **training):
    settings = {"total_images": 96, "images_per_tick": 32, "generator_learning_rate": 0.002, **training}
    return small_experiment(folder, gan={"architecture": name, **SMALL[name]}, **settings)


def after_steps(experiment, shapes, strategy):
    """Weights and metrics in the last phase, where every layer is in use."""
    fold = shapes.read_fold("train")
    gan = make_gan(experiment, shapes, fold.labels, strategy)
    phase = plan_phases(gan.config, 16, gan.training_config)[-1]
    gan.images_seen.assign(phase.start)
    gan.enter_phase(phase, begins=True)
    batches = training_batches(
        fold.images,
        fold.labels,
        batch=phase.images_per_step,
        seed=7,
        replicas=strategy.num_replicas_in_sync,
        group=4 * phase.n_critic,
    )
    # As a graph: test_growth.py.
    take_steps(gan, batches, STEPS)
    variables = gan.generator.variables + gan.discriminator.variables + gan.average_state
    return [(v.path, v.numpy()) for v in variables], gan.take_metrics(STEPS)


def test_a_dataset_without_labels_is_refused(tmp_path):
    dataset = SimpleNamespace(path="here", resolution=16, label_names=())
    with pytest.raises(DataError, match="here has no labels, and a conditional GAN needs at least one"):
        train(experiment_of("cpd", tmp_path), dataset)


@each_architecture
def test_two_replicas_equal_one(name, shapes, tmp_path, two_replicas):
    # With the paper's epsilon, Adam would turn the rounding of a gradient that is zero, as that of a bias before a
    # batch norm, into a whole step.
    experiment = experiment_of(name, tmp_path, epsilon=1e-3)
    expected, expected_metrics = after_steps(experiment, shapes, tf.distribute.get_strategy())
    actual, metrics = after_steps(experiment, shapes, two_replicas)
    for (path, wanted), (_, value) in zip(expected, actual, strict=True):
        # Learning rates of 0.002 to 0.04: weights have moved by more than 0.004.
        np.testing.assert_allclose(value, wanted, rtol=1e-3, atol=2e-4, err_msg=path)
    for key, value in expected_metrics.items():
        assert metrics[key] == pytest.approx(value, rel=2e-3, abs=2e-3), key


@each_architecture
def test_saved_model_makes_the_averages_images(name, shapes, tmp_path):
    """Exported weights and SavedModel give bit for bit what the averaged generator gives. Resume: test_kills.py."""
    experiment = experiment_of(name, tmp_path)
    gan = make_gan(experiment, shapes, shapes.read_fold("train").labels, tf.distribute.get_strategy())
    gan.enter_phase(plan_phases(gan.config, 16, gan.training_config)[-1], begins=False)
    random = np.random.default_rng(1)
    for variable in gan.generator.trainable_variables:
        variable.assign(variable + 0.2 * random.standard_normal(variable.shape))
    gan.update_average()
    export_generator(gan, tmp_path / "generator", generator_card(experiment, shapes, 96))
    generator = medgan_tf.load_generator(tmp_path / "generator")
    labels = generator.label_vectors(["Disc"], count=5)
    z = random.standard_normal((5, gan.config.latent_size)).astype(np.float32)
    as_graph = tf.function(
        lambda z, labels: gan.ema_generator([z, labels], training=False),
        input_signature=[tf.TensorSpec([None, z.shape[1]]), tf.TensorSpec([None, 2])],
        autograph=False,
    )
    images = generator.generate(z, labels)
    assert images.std() > 0.01
    np.testing.assert_array_equal(images, as_graph(z, labels).numpy())
    pixels = generator.sample(labels, seed=3)
    (tmp_path / "generator" / WEIGHTS).unlink()
    program = medgan_tf.load_generator(tmp_path / "generator", trust=True)
    np.testing.assert_array_equal(images, program.generate(z, labels))
    np.testing.assert_array_equal(pixels, program.sample(labels, seed=3))
