"""A GAN as a user of Keras meets it: compile, fit, and a training step that is short to read."""

import inspect

import keras
import numpy as np
import pytest
import tensorflow as tf

import medgan_tf
from medgan_tf.config.schema import TrainingConfig
from medgan_tf.gans import build_gan
from medgan_tf.gans.resolve import resolve_training

PACKAGE = medgan_tf.__path__[0]
LABELS = np.eye(3, dtype=np.float32)[np.arange(20) % 3]
IMAGES = np.random.default_rng(1).integers(0, 256, (20, 16, 16, 1), dtype=np.uint8)


def small_gan(name="cpd", **options):
    keras.utils.set_random_seed(4)
    return build_gan(name, resolution=16, label_count=3, **{"max_channels": 4, "latent_size": 4, **options})


def weights(gan):
    networks = (gan.generator, gan.discriminator, gan.ema_generator)
    return [variable.numpy() for network in networks for variable in network.variables]


def assert_equal(first, second):
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


class Watched:
    """Stands for a discriminator: notes the functions of the package that lead to each call of it."""

    def __init__(self, network):
        self.network, self.paths = network, []

    def __getattr__(self, name):
        return getattr(self.network, name)

    def __call__(self, inputs, training):
        frames = [frame for frame in inspect.stack() if frame.filename.startswith(PACKAGE)]
        self.paths.append([frame.function for frame in reversed(frames)])
        return self.network(inputs, training=training)


@pytest.mark.parametrize("options", [{}, {"loss": "logistic", "r1": 1.0, "r2": 1.0}], ids=["default", "all penalties"])
def test_few_frames_from_the_step_to_the_discriminator(options):
    gan = small_gan(**options)
    gan.compile(labels=LABELS)
    watched = Watched(gan.discriminator)
    gan.__dict__["discriminator"] = watched
    gan.train_step((IMAGES[:8], LABELS[:8]))
    # Of the discriminator's step once for its loss and once for each penalty, then of the generator's step.
    assert len(watched.paths) == 2 + (3 if options else 1)
    for path in watched.paths:
        assert path[0] == "train_step"
        assert len(path) <= 5, path
        assert "<lambda>" not in path
    assert watched.paths[0] == ["train_step", "discriminator_step", "gradients_of", "discriminator"]


def test_fit_takes_arrays_and_datasets_alike():
    results = []
    # The last, incomplete batch of 20 images is left out.
    for data in ((IMAGES, LABELS), (tf.data.Dataset.from_tensor_slices((IMAGES[:16], LABELS[:16])).batch(8),)):
        gan = small_gan("dcgan")
        gan.compile(seed=2)
        options = {"batch_size": 8, "shuffle": False} if len(data) == 2 else {}
        history = gan.fit(*data, epochs=1, verbose=0, **options)
        assert int(gan.images_seen.numpy()) == 16
        (loss_d,), (loss_g,) = history.history["loss_d"], history.history["loss_g"]
        assert isinstance(loss_d, float)
        assert isinstance(loss_g, float)
        assert np.isfinite([loss_d, loss_g]).all()
        results.append(weights(gan))
    assert_equal(*results)


def test_fit_is_the_training_that_the_paper_describes():
    """`compile` with nothing but seed and labels does what the training loop does with the paper's settings."""
    gan, loop = small_gan(), small_gan()
    gan.compile(seed=2, labels=LABELS)
    loop.prepare_training(resolve_training(TrainingConfig(), "cpd", 16), 2, LABELS)
    assert float(gan.generator_optimizer.learning_rate.numpy()) == pytest.approx(0.005)
    for one in (gan, loop):
        one.train_step((IMAGES[:8], LABELS[:8]))
        assert int(one.images_seen.numpy()) == 8
    assert_equal(weights(gan), weights(loop))


def test_options_of_compile_are_used():
    gan = small_gan()
    gan.compile(labels=LABELS, ema_decay=0.5, discriminator_learning_rate=0.25, beta_2=0.9)
    assert float(gan.discriminator_optimizer.learning_rate.numpy()) == 0.25
    assert gan.discriminator_optimizer.beta_2 == 0.9
    before = gan.ema_generator.variables[0].numpy()
    gan.generator.variables[0].assign(before + 1.0)
    gan.update_average()
    np.testing.assert_allclose(gan.ema_generator.variables[0].numpy(), before + 0.5, rtol=1e-6)
    # The training loop alone can do what is in the other fields of the section.
    for option in ({"learning_rate": 0.1}, {"learning_rate_half_life": 100}):
        with pytest.raises(ValueError, match=f"compile takes seed, .*Received: {next(iter(option))}"):
            gan.compile(**option)
    gan.compile(run_eagerly=True)
    assert gan.run_eagerly


def test_labels_of_the_generator_step(monkeypatch):
    """Those of the real images, unless label vectors are given to draw from."""
    only, seen = np.array([[1, 1, 1]], np.float32), []
    gan = small_gan()
    original = type(gan).generator_loss
    monkeypatch.setattr(
        type(gan), "generator_loss", lambda self, z, labels: seen.append(labels) or original(self, z, labels)
    )
    gan.compile()
    gan.train_step((IMAGES[:8], LABELS[:8]))
    gan.compile(labels=only)
    gan.train_step((IMAGES[:8], LABELS[:8]))
    np.testing.assert_array_equal(seen[0], LABELS[:8])
    np.testing.assert_array_equal(seen[1], np.repeat(only, 8, axis=0))


def test_batches_that_break_groups_are_explained():
    gan = small_gan()
    gan.compile()
    with pytest.raises(ValueError, match="a batch must be a multiple of 4, .*Received: 6"):
        gan.fit(IMAGES, LABELS, batch_size=6, verbose=0)
    with pytest.raises(ValueError, match="must call `compile\\(\\)` before"):
        small_gan().fit(IMAGES, LABELS)
    with pytest.raises(ValueError, match=r"needs label vectors \[N, 3\]"):
        gan.compile(labels=LABELS[:, :2])


@pytest.mark.parametrize("name", ["gan", "generator", "discriminator"])
def test_summary_shows_shapes(name):
    gan, lines = small_gan(), []
    network = gan if name == "gan" else getattr(gan, name)
    network.summary(print_fn=lines.append, line_length=120)
    text = "\n".join(lines)
    assert "?" not in text
    assert "unbuilt" not in text
    expected = {
        "gan": ("(None, 16, 16, 1)", "(None)"),
        "generator": ("(None, 4, 4, 4)", "(None, 16, 16, 1)"),
        "discriminator": ("(None, 4, 4, 5)", "(None, 3)"),
    }
    for shape in expected[name]:
        assert shape in text
