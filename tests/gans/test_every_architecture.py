"""What holds for every registered architecture: a new one is tested by being registered."""

import functools
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from small_settings import PARAMETERS, PROOF, SMALL

from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.config.schema import Experiment, TrainingConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans import build_gan
from medgan_tf.gans.losses import LOSSES
from medgan_tf.gans.optimisation import gradients_of
from medgan_tf.gans.resolve import plan_phases, resolve_training
from medgan_tf.registry import GANS

BATCH, LABELS = 8, 3
each_architecture = pytest.mark.parametrize("name", GANS.names())


def small_gan(name, **options):
    return build_gan(name, resolution=16, label_count=LABELS, **{**SMALL[name], **options})


def ready(name, seed=3, **options):
    gan = small_gan(name, **options)
    training = TrainingConfig(batch=BATCH, total_images=1000, generator_learning_rate=0.01)
    gan.prepare_training(resolve_training(training, name, 16), seed, np.eye(LABELS, dtype=np.float32))
    return gan


def real_batch(gan):
    random = np.random.default_rng(0)
    count = BATCH * gan.config.n_critic
    images = random.integers(0, 256, (count, 16, 16, 1), dtype=np.uint8)
    return tf.constant(images), tf.constant(np.eye(LABELS, dtype=np.float32)[random.integers(0, LABELS, count)])


def step_of(gan):
    """Operation by operation: for a few steps that is faster than making a graph."""
    return lambda images, labels: gan.train_step((images, labels))


def values_of(network):
    return {variable.path: variable.numpy() for variable in network.variables}


def test_every_architecture_is_pinned():
    for table in (SMALL, PARAMETERS, PROOF):
        assert sorted(table) == GANS.names(), "add the new architecture to small_settings.py"
    for module in PROOF.values():
        assert (Path(__file__).parent / module).is_file()


@pytest.fixture
def all_zeros(monkeypatch):
    """Weights that start as zeros: to draw a hundred million of them takes seconds, and only their number is asked."""
    for kind in (tf.keras.initializers.RandomNormal, tf.keras.initializers.Orthogonal):
        monkeypatch.setattr(kind, "__call__", lambda self, shape, dtype=None: tf.zeros(shape, dtype or "float32"))


@pytest.mark.parametrize(
    ("name", "resolution", "labels"), [(name, *size) for name in PARAMETERS for size in PARAMETERS[name]]
)
def test_parameter_counts_at_the_papers_widths(name, resolution, labels, all_zeros):
    gan = build_gan(name, resolution=resolution, label_count=labels)
    networks = (gan.generator, gan.discriminator)
    counts = tuple(sum(int(np.prod(v.shape)) for v in network.trainable_variables) for network in networks)
    assert counts == PARAMETERS[name][resolution, labels]
    assert not gan.ema_generator.trainable_variables


@each_architecture
def test_resolved_experiment_round_trips(name, tmp_path):
    resolved = Experiment(name="x", gan={"architecture": name})
    still_open = [key for key, value in resolved.gan if value is None]
    assert set(still_open) <= {"auxiliary_weight", "growth", "augmentation", "orthogonal_weight"}
    training = resolved.training
    assert None not in (training.batch, training.generator_learning_rate, training.discriminator_learning_rate)
    (tmp_path / "x.yaml").write_text(dump_experiment(resolved), encoding="utf-8")
    loaded = load_experiment(tmp_path / "x.yaml")
    assert (loaded.gan, loaded.training) == (resolved.gan, resolved.training)
    # What the user says is never replaced.
    mine = Experiment(name="x", gan={"architecture": name, "max_channels": 7}, training={"batch": 12})
    assert (mine.gan.max_channels, mine.training.batch) == (7, 12)


@each_architecture
def test_one_step_moves_what_it_should(name):
    """In each phase the step reaches exactly the variables that score and images depend on."""
    gan = ready(name)
    for variable in gan.generator.trainable_variables + gan.discriminator.trainable_variables:
        if len(variable.shape) == 0:
            # A gate that is closed at first.
            variable.assign(0.5)
    for number, phase in enumerate(plan_phases(gan.config, 16, gan.training_config)):
        gan.images_seen.assign(phase.start + BATCH * gan.config.n_critic)
        gan.enter_phase(phase, begins=False)
        before = {id(network): values_of(network) for network in (gan.generator, gan.discriminator)}
        z, labels = tf.random.stateless_normal([4, gan.config.latent_size], [number, 1]), tf.ones([4, LABELS])
        reached = {}
        for network in (gan.generator, gan.discriminator):
            inputs = [z, labels] if network is gan.generator else [tf.ones([4, 16, 16, 1]) * 0.1, labels]
            with tf.GradientTape() as tape:
                total = tf.add_n([tf.reduce_sum(o) for o in tf.nest.flatten(network(inputs, training=True))])
            variables = network.trainable_variables
            gradients = tape.gradient(total, [variable.value for variable in variables])
            reached[id(network)] = {v.path for v, g in zip(variables, gradients, strict=True) if g is not None}
        means = step_of(gan)(*real_batch(gan))
        assert all(np.isfinite(value.numpy()).all() for value in means.values())
        for network in (gan.generator, gan.discriminator):
            after = values_of(network)
            trainable = {variable.path for variable in network.trainable_variables}
            moved = {path for path in trainable if not np.array_equal(after[path], before[id(network)][path])}
            assert moved == reached[id(network)], phase
            assert moved, phase


@each_architecture
def test_images_seen_and_metrics(name):
    gan = ready(name)
    step = step_of(gan)
    for _ in range(2):
        means = step(*real_batch(gan))
    assert int(gan.images_seen.numpy()) == 2 * BATCH * gan.config.n_critic
    metrics = gan.take_metrics(2)
    assert set(metrics) == set(gan.metric_names)
    assert all(np.isfinite(value) for value in metrics.values())
    assert means["loss_d"].shape == (1,)
    assert gan.take_metrics(1)["loss_d"] == 0.0


@each_architecture
def test_equal_seeds_give_equal_bits(name):
    results = []
    for seed in (3, 3, 4):
        tf.keras.utils.set_random_seed(5)
        gan = ready(name, seed)
        step = step_of(gan)
        for _ in range(2):
            step(*real_batch(gan))
        results.append([variable.numpy() for variable in gan.generator.variables + gan.discriminator.variables])
    assert all(np.array_equal(first, second) for first, second in zip(results[0], results[1], strict=True))
    assert not all(np.array_equal(first, other) for first, other in zip(results[0], results[2], strict=True))


def gradient_norms(gan):
    """Of discriminator and generator, for one batch."""
    # Far from -1..1, so that logits leave the range where hinge and Wasserstein loss have the same slope.
    images, labels = 30.0 * tf.random.stateless_normal([8, 16, 16, 1], [1, 2]), tf.ones([8, LABELS])
    z = tf.random.stateless_normal([8, gan.config.latent_size], [3, 4])
    mix = tf.random.stateless_uniform([8], [5, 6])
    fakes = gan.generator([z, labels], training=True)
    discriminator_loss = functools.partial(gan.objective.discriminator, gan.discriminator)
    for network, loss, inputs in (
        (gan.discriminator, discriminator_loss, [images, fakes, labels, mix]),
        (gan.generator, gan.generator_loss, [z, labels]),
    ):
        gradients = gradients_of(network, loss, inputs, gan.weight_penalty).values
        yield float(tf.linalg.global_norm([gradient for gradient in gradients if gradient is not None]))


@each_architecture
def test_every_loss_reaches_both_networks(name):
    """Losses that differ have gradients that differ."""
    norms = []
    for loss in sorted(LOSSES):
        # With these weights some logits of every architecture are beyond 1, where hinge and Wasserstein differ.
        tf.keras.utils.set_random_seed(7)
        norms.append(list(gradient_norms(small_gan(name, loss=loss))))
    assert np.isfinite(norms).all() and np.min(norms) > 0
    # logistic and non-saturating share the discriminator's loss, hinge and Wasserstein the generator's.
    assert len({round(norm, 4) for norm, _ in norms}) == 3
    assert len({round(norm, 4) for _, norm in norms}) == 3


@each_architecture
def test_penalties_come_lazily(name):
    gan = ready(name, loss="logistic", r1=1.0, r2=1.0, gradient_penalty=1.0, penalty_every=2, n_critic=1)
    step = step_of(gan)
    for number in range(3):
        step(*real_batch(gan))
        metrics = gan.take_metrics(1)
        # Means over the steps that contain them: steps 0 and 2.
        assert [np.isfinite(metrics[key]) for key in ("r1", "r2", "gradient_norm")] == [number != 1] * 3
    assert metrics["r1"] > 0


@each_architecture
def test_mixed_precision(name):
    gan = build_gan(name, resolution=16, label_count=LABELS, precision="mixed_bfloat16", **SMALL[name])
    assert {v.dtype for v in gan.generator.variables + gan.discriminator.variables} == {"float32"}
    images = gan.generator([tf.zeros([4, gan.config.latent_size]), tf.ones([4, LABELS])])
    logits = gan.discriminator([images, tf.ones([4, LABELS])])
    assert images.dtype == tf.nest.flatten(logits)[0].dtype == tf.float32


@each_architecture
def test_augmentation_and_its_state(name):
    options = {"operations": ["brightness", "translation", "mirror"], "strength": 0.5}
    gan = ready(name, loss="non_saturating", augmentation={**options, "target": 0.0, "adaptation_images": 160})
    step = step_of(gan)
    step(*real_batch(gan))
    strength = float(gan.augmentation.strength)
    # One step of 8 of 160 images, up or down, for each discriminator step, unless the mean sign is exactly the target.
    assert abs(strength - 0.5) <= 0.05 * gan.config.n_critic + 1e-6
    assert gan.take_metrics(1)["augmentation_strength"] == pytest.approx(strength, abs=0.06)


@each_architecture
def test_refreshed_average_depends_on_its_weights_alone(name):
    gan = ready(name)
    step_of(gan)(*real_batch(gan))
    gan.refresh_average()
    first = values_of(gan.ema_generator)
    gan.refresh_average()
    for path, value in values_of(gan.ema_generator).items():
        np.testing.assert_array_equal(value, first[path], err_msg=path)


SPECIAL = {"auxiliary_weight": 1.0, "growth": {"images_per_phase": 8}, "orthogonal_weight": 0.1}


@each_architecture
@pytest.mark.parametrize("option", sorted(SPECIAL))
def test_options_of_other_architectures_are_refused(name, option):
    options = {**SMALL[name], option: SPECIAL[option]}
    if option in GANS.settings(name).SPECIAL_OPTIONS:
        assert getattr(build_gan(name, resolution=16, label_count=2, **options).config, option) is not None
    else:
        with pytest.raises(ConfigError, match=f"gan.{option} is not an option of the architecture '{name}'"):
            build_gan(name, resolution=16, label_count=2, **options)
