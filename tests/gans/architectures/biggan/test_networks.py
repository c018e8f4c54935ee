"""BigGAN: widths by hand, the networks written out in plain operations, normalised kernels, standing statistics."""

import numpy as np
import pytest
import tensorflow as tf
from private_networks import LABELS, small_gan

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans import build_gan
from medgan_tf.gans.architectures.biggan.generator import latent_parts
from medgan_tf.gans.resolve import resolve_training
from medgan_tf.gans.steps import generator_step
from medgan_tf.layers.batch_norm import batch_norms
from medgan_tf.layers.spectral import orthogonality, spectral_layers

OPTIONS = {"resolution": 32, "label_count": 3, "latent_size": 11, "max_channels": 16, "base_channels": 256}


@pytest.fixture(scope="module")
def gan():
    """With weights away from their start, and spectral norms that have converged."""
    gan = build_gan("biggan", **OPTIONS)
    random = np.random.default_rng(6)
    for network in (gan.generator, gan.discriminator):
        for variable in network.trainable_variables:
            variable.assign(variable + 0.1 * random.standard_normal(variable.shape))
    for layer in spectral_layers(gan.generator) + spectral_layers(gan.discriminator):
        right = np.linalg.svd(layer.matrix().numpy())[2][0]
        layer.singular_vector.assign(right)
    return gan


def parameters_by_hand(widths, labels, latent_parts):
    """Both networks at 32x32, counted from the description. widths: channels at 4, 8, 16 and 32 pixels."""
    w4, w8, w16, w32 = widths
    first, second, third = (part + labels for part in latent_parts)

    def conv(size, inputs, outputs, bias=True):
        return size * size * inputs * outputs + bias * outputs

    def attention(channels):
        # query and key C/8, values C/2, output, gate
        return 2 * channels * (channels // 8) + 2 * channels * (channels // 2) + 1

    def up(inputs, outputs, condition):
        norms = 2 * condition * (inputs + outputs)
        return norms + conv(3, inputs, outputs) + conv(3, outputs, outputs) + conv(1, inputs, outputs)

    def down(inputs, inner, outputs):
        return conv(3, inputs, inner) + conv(3, inner, outputs) + conv(1, inputs, outputs)

    generator = conv(1, first, 16 * w4) + up(w4, w8, second) + conv(1, w8, w16) + attention(w16) + up(w16, w32, third)
    generator += 2 * w32 + conv(3, w32, 1)
    discriminator = down(1, w32, w16) + attention(w16) + conv(1, w16, w8) + down(w8, w8, w4)
    return generator, discriminator + conv(1, w4, 1) + labels * w4


def test_parameters_at_the_papers_widths():
    gan = build_gan("biggan", resolution=32, label_count=14)
    counts = [
        sum(np.prod(v.shape) for v in network.trainable_variables) for network in (gan.generator, gan.discriminator)
    ]
    assert tuple(counts) == parameters_by_hand((256, 128, 64, 32), 14, (40, 40, 40)) == (796_162, 512_002)


def test_paper_settings():
    config = build_gan("biggan", resolution=32, label_count=2).config
    assert (config.latent_size, config.max_channels, config.n_critic, config.loss) == (120, 256, 2, "hinge")
    assert (config.gradient_penalty, config.drift, config.orthogonal_weight) == (0.0, 0.0, 1e-4)


def test_parts_of_the_noise():
    assert latent_parts(120, 3) == [40, 40, 40]
    assert latent_parts(11, 3) == [4, 4, 3]
    assert sum(latent_parts(120, 7)) == 120


# --- plain operations -------------------------------------------------------------------------------------------------


def unit_kernel(layer):
    kernel = layer.kernel.numpy()
    return kernel / np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def conv(layer, features):
    result = tf.nn.conv2d(features, unit_kernel(layer), 1, "SAME")
    return result if layer.bias is None else result + layer.bias.numpy()


def dense(layer, features):
    result = features @ unit_kernel(layer)
    return result if layer.bias is None else result + layer.bias.numpy()


def grow(features):
    return tf.repeat(tf.repeat(features, 2, axis=1), 2, axis=2)


def shrink(features):
    return tf.nn.avg_pool2d(features, 2, 2, "VALID")


def batch_normalised(features):
    mean, variance = tf.nn.moments(features, [0, 1, 2])
    return (features - mean) / tf.sqrt(variance + 1e-5)


def conditional_norm(layer, features, condition):
    gamma, beta = 1 + dense(layer.gamma, condition), dense(layer.beta, condition)
    return batch_normalised(features) * gamma[:, None, None] + beta[:, None, None]


def up_block(block, features, condition):
    hidden = conv(block.conv_up, grow(tf.nn.relu(conditional_norm(block.norm_in, features, condition))))
    hidden = conv(block.conv, tf.nn.relu(conditional_norm(block.norm_out, hidden, condition)))
    return hidden + conv(block.skip, grow(features))


def down_block(block, features, on_images):
    hidden = conv(block.conv, features if on_images else tf.nn.relu(features))
    return shrink(conv(block.conv_down, tf.nn.relu(hidden))) + conv(block.skip, shrink(features))


def attended(layer, features):
    count, channels = features.shape[1] * features.shape[2], features.shape[3]
    query, key, values = (conv(part, features) for part in (layer.query, layer.key, layer.values))
    key, values = (tf.nn.max_pool2d(part, 2, 2, "VALID") for part in (key, values))
    query, key, values = (tf.reshape(part, [len(part), -1, part.shape[-1]]) for part in (query, key, values))
    weights = tf.nn.softmax(query @ tf.transpose(key, [0, 2, 1]))
    mixed = tf.reshape(weights @ values, [len(features), *features.shape[1:3], channels // 2])
    assert weights.shape[1:] == (count, count // 4)
    return features + layer.gate.numpy() * conv(layer.output_conv, mixed)


def test_generator_in_plain_operations(gan):
    random = np.random.default_rng(1)
    z, labels = random.standard_normal((6, 11)).astype(np.float32), np.eye(3, dtype=np.float32)[[0, 1, 2, 0, 1, 1]]
    network = gan.generator
    condition = [np.concatenate([part, labels], axis=1) for part in (z[:, :4], z[:, 4:8], z[:, 8:])]
    features = tf.reshape(dense(network.first_dense, condition[0]), [6, 4, 4, 16])
    (first,), (conv_16, attention), (last,) = network.blocks
    features = up_block(first, features, condition[1])
    features = attended(attention, conv(conv_16, grow(features)))
    features = up_block(last, features, condition[2])
    scaled = batch_normalised(features) * network.last_norm.gamma.numpy() + network.last_norm.beta.numpy()
    expected = tf.tanh(conv(network.to_image, tf.nn.relu(scaled)))
    actual = network([z, labels], training=True)
    assert actual.shape == (6, 32, 32, 1)
    assert np.abs(expected).std() > 0.05
    np.testing.assert_allclose(actual, expected, atol=1e-4)


def test_discriminator_in_plain_operations(gan):
    random = np.random.default_rng(2)
    images = random.uniform(-1, 1, (5, 32, 32, 1)).astype(np.float32)
    labels = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 1], [0, 0, 0], [0, 0, 1]], np.float32)
    network = gan.discriminator
    (first,), (attention, conv_16), (last,) = network.blocks
    features = down_block(first, images, on_images=True)
    features = conv(conv_16, shrink(attended(attention, features)))
    features = down_block(last, features, on_images=False)
    pooled = tf.reduce_sum(tf.nn.relu(features), axis=[1, 2]).numpy()
    assert pooled.shape == (5, 16)
    expected = dense(network.output_dense, pooled)[:, 0] + (pooled * (labels @ unit_kernel(network.embedding))).sum(1)
    np.testing.assert_allclose(network([images, labels]), expected, rtol=1e-4, atol=1e-4)


# --- training ---------------------------------------------------------------------------------------------------------


def trained(steps=3, **options):
    gan = build_gan("biggan", **{**OPTIONS, **options})
    training = TrainingConfig(batch=8, total_images=1000, generator_learning_rate=0.002, ema_decay=0.5)
    gan.prepare_training(resolve_training(training, "biggan", 32), 1, np.eye(3, dtype=np.float32))
    random = np.random.default_rng(0)
    images = tf.constant(random.integers(0, 256, (16, 32, 32, 1), dtype=np.uint8))
    labels = tf.constant(np.eye(3, dtype=np.float32)[random.integers(0, 3, 16)])
    for _ in range(steps):
        gan.train_step((images, labels))
    return gan


def largest_singular_values(network):
    """Of each normalised kernel."""
    for layer in spectral_layers(network):
        kernel = layer.normalised_kernel().numpy()
        yield np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]


def test_every_kernel_is_normalised(gan):
    """Random kernels, power iteration from random vectors."""
    for network in (gan.generator, gan.discriminator):
        for layer in spectral_layers(network):
            before = layer.singular_vector.numpy(), layer.kernel.numpy()
            random = np.random.default_rng(9)
            layer.kernel.assign(random.standard_normal(layer.kernel.shape))
            layer.singular_vector.assign(random.standard_normal(layer.singular_vector.shape))
            for _ in range(40):
                layer.iterate()
            kernel = layer.normalised_kernel().numpy()
            largest = np.linalg.svd(kernel.reshape(-1, kernel.shape[-1]), compute_uv=False)[0]
            assert largest == pytest.approx(1.0, abs=1e-3), layer.path
            layer.singular_vector.assign(before[0])
            layer.kernel.assign(before[1])


def test_every_kernel_stays_normalised_in_training():
    """One iteration per step follows the kernels; orthogonal at first, their singular values part slowly."""
    gan = trained(steps=4)
    gan.refresh_average()
    # 4x4; two blocks of 3 convolutions and 2 norms with 2 dense layers each; 1x1 and 4 of attention; image.
    # Two blocks of 3 convolutions; 4 of attention and 1x1; score and label embedding.
    for network, count in ((gan.generator, 1 + 2 * 7 + 5 + 1), (gan.discriminator, 13), (gan.ema_generator, 21)):
        largest = list(largest_singular_values(network))
        assert len(largest) == count
        np.testing.assert_allclose(largest, 1.0, atol=0.05)


def test_every_weight_matrix_is_spectral():
    gan = build_gan("biggan", **OPTIONS)
    for network in (gan.generator, gan.discriminator):
        kernels = {id(layer.kernel) for layer in spectral_layers(network)}
        matrices = [variable for variable in network.trainable_variables if len(variable.shape) > 1]
        assert {id(variable) for variable in matrices} == kernels


def test_orthogonal_regularisation_is_in_the_loss():
    gan, free = (build_gan("biggan", **OPTIONS, orthogonal_weight=weight) for weight in (0.5, 0.0))
    for layer in spectral_layers(gan.discriminator):
        layer.kernel.assign(np.random.default_rng(3).standard_normal(layer.kernel.shape))
    expected = 0.5 * float(orthogonality(spectral_layers(gan.discriminator)))
    assert expected > 1
    assert float(gan.weight_penalty(gan.discriminator)) == pytest.approx(expected)
    assert free.weight_penalty(free.discriminator) == 0.0


def test_two_replicas_have_the_gradient_of_one(two_replicas):
    """Gradients, and no steps of Adam. A normalisation takes away a constant, so what a bias before it does is nothing,
    and its gradient is rounding alone: other rounding on two replicas, of which Adam makes steps of full size.
    """
    labels = tf.one_hot(np.arange(4) % LABELS, LABELS)
    found = {}
    for strategy in (tf.distribute.get_strategy(), two_replicas):
        count = strategy.num_replicas_in_sync
        with strategy.scope():
            gan = small_gan("biggan")
        rows = tf.split(labels, count)
        parts = strategy.experimental_distribute_values_from_function(
            lambda context, rows=rows: rows[context.replica_id_in_sync_group]
        )
        recorders = gan.generator_optimizer = Recorders()
        strategy.run(generator_step, (gan, parts))
        names = [variable.path for variable in gan.generator.trainable_variables]
        # Each replica hands over its share of the sum, for the optimizer to add up.
        found[count] = dict(zip(names, recorders.sums(), strict=True))
    one, two = found[1], found[2]
    largest = max(abs(value).max() for value in one.values())
    assert largest > 0.1
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, rtol=1e-4, atol=1e-6 * largest, err_msg=name)
    for name in ("8x8_conv/bias", "16x16/conv_up/bias", "16x16/conv/bias", "16x16/skip/bias"):
        assert abs(one[name]).max() < 1e-6 * largest, name


class Recorders:
    """In place of an optimizer: keeps the gradients of each replica, and nothing moves."""

    def __init__(self):
        self.given = []

    def apply_gradients(self, pairs):
        self.given.append([gradient.numpy() for gradient, _ in pairs])

    def sums(self):
        return [sum(parts) for parts in zip(*self.given, strict=True)]


def test_standing_statistics_are_those_of_the_average_itself():
    gan = trained()
    gan.refresh_average()
    norms = batch_norms(gan.ema_generator)
    assert len(norms) == 5
    stored = {norm.path: norm.moments.numpy() for norm in norms}
    # With the stored moments the averaged generator makes what it makes from a large batch of its own.
    z = tf.random.stateless_normal([1024, 11], [7, 7])
    labels = tf.one_hot(tf.range(1024) % 3, 3)
    inference, batch = (gan.ema_generator([z, labels], training=mode).numpy() for mode in (False, True))
    assert np.abs(inference - batch).mean() < 0.05 * batch.std()
    # Without them it makes something else: the moments that it started with are not its own.
    for norm in norms:
        norm.moments.assign(np.stack([np.zeros(norm.moments.shape[1]), np.ones(norm.moments.shape[1])]))
    stale = gan.ema_generator([z, labels], training=False).numpy()
    assert np.abs(stale - batch).mean() > 0.2 * batch.std()
    gan.refresh_average()
    for norm in norms:
        np.testing.assert_array_equal(norm.moments.numpy(), stored[norm.path])


def test_standing_statistics_need_labels():
    with pytest.raises(ValueError, match=r"labels of the training images: gan.compile\(labels=...\)"):
        build_gan("biggan", **OPTIONS).refresh_average()


def test_the_average_has_singular_vectors_of_its_own():
    gan = trained(steps=2)
    gan.refresh_average()
    ours, its = (spectral_layers(network) for network in (gan.generator, gan.ema_generator))
    differences = [
        np.abs(a.singular_vector.numpy() - b.singular_vector.numpy()).max() for a, b in zip(ours, its, strict=True)
    ]
    assert max(differences) > 0
    for layer in its:
        assert np.linalg.norm(layer.singular_vector.numpy()) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_channels": 12}, "give 12 channels at 16x16, where attention needs a multiple of 8"),
        ({"latent_size": 2}, "gan.latent_size must be at least 3.*32x32 pixels cut it. Received: latent_size=2"),
    ],
)
def test_what_cannot_be_split(options, message):
    with pytest.raises(ConfigError, match=message):
        build_gan("biggan", **{**OPTIONS, **options})
