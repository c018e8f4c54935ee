"""Batch normalisation against NumPy, on one replica and on two."""

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers.batch_norm import BatchNorm, ConditionalBatchNorm, batch_norms

RANDOM = np.random.default_rng(4)
FEATURES = (RANDOM.standard_normal((8, 3, 3, 4)) * [1, 2, 3, 4] + [5, 0, -5, 1]).astype(np.float32)
CONDITION = RANDOM.standard_normal((8, 5)).astype(np.float32)


def normal(features):
    mean, variance = features.mean(axis=(0, 1, 2)), features.var(axis=(0, 1, 2))
    return (features - mean) / np.sqrt(variance + 1e-5)


def conditional():
    layer = ConditionalBatchNorm()
    layer.build(FEATURES.shape, CONDITION.shape)
    return layer


def test_training_and_inference_by_numpy():
    layer = BatchNorm()
    layer.build(FEATURES.shape)
    layer.gamma.assign([1.0, 2.0, 3.0, 4.0])
    layer.beta.assign([0.0, 0.0, 1.0, 1.0])
    expected = normal(FEATURES) * [1, 2, 3, 4] + [0, 0, 1, 1]
    np.testing.assert_allclose(layer(FEATURES, training=True), expected, rtol=1e-4, atol=1e-5)
    # A tenth of the way from mean 0 and variance 1.
    mean, variance = 0.1 * FEATURES.mean(axis=(0, 1, 2)), 0.9 + 0.1 * FEATURES.var(axis=(0, 1, 2))
    np.testing.assert_allclose(layer.moments, [mean, variance], rtol=1e-4)
    expected = (FEATURES - mean) / np.sqrt(variance + 1e-5) * [1, 2, 3, 4] + [0, 0, 1, 1]
    np.testing.assert_allclose(layer(FEATURES, training=False), expected, rtol=1e-4, atol=1e-5)


def test_condition_scales_and_shifts():
    layer = conditional()
    gamma = 1 + CONDITION @ layer.gamma.normalised_kernel().numpy()
    beta = CONDITION @ layer.beta.normalised_kernel().numpy()
    expected = normal(FEATURES) * gamma[:, None, None] + beta[:, None, None]
    np.testing.assert_allclose(layer(FEATURES, CONDITION, training=True), expected, rtol=1e-4, atol=1e-5)
    assert {variable.path.split("/")[-2] for variable in layer.trainable_variables} == {"gamma", "beta"}


def test_averages_of_batches_with_shares_of_one_over_k():
    layer = BatchNorm()
    layer.build(FEATURES.shape)
    batches = [FEATURES, 3 * FEATURES + 1, FEATURES - 7]
    for number, batch in enumerate(batches):
        layer.moving_share.assign(1 / (number + 1))
        layer(batch, training=True)
    means = np.mean([batch.mean(axis=(0, 1, 2)) for batch in batches], axis=0)
    variances = np.mean([batch.var(axis=(0, 1, 2)) for batch in batches], axis=0)
    np.testing.assert_allclose(layer.moments, [means, variances], rtol=1e-4, atol=1e-5)


def test_two_replicas_equal_one_on_the_joint_batch(two_replicas):
    """Outputs, stored moments, and the gradient of the features, which flows through both replicas' moments."""
    upstream = RANDOM.standard_normal(FEATURES.shape).astype(np.float32)

    def step(layer, features, condition, weights):
        with tf.GradientTape() as tape:
            tape.watch(features)
            output = layer(features, condition, training=True)
            loss = tf.reduce_sum(weights * output)
        return output, tape.gradient(loss, features)

    one = conditional()
    kernels = [one.gamma.kernel.numpy(), one.beta.kernel.numpy()]
    expected = step(one, *(tf.constant(array) for array in (FEATURES, CONDITION, upstream)))
    with two_replicas.scope():
        two = conditional()
        for layer, kernel in zip((two.gamma, two.beta), kernels, strict=True):
            layer.kernel.assign(kernel)
            for _ in range(20):
                layer.iterate()
    for layer in (one.gamma, one.beta):
        for _ in range(20):
            layer.iterate()
    expected = step(one, *(tf.constant(array) for array in (FEATURES, CONDITION, upstream)))

    def rows(array):
        return two_replicas.experimental_distribute_values_from_function(
            lambda context: tf.constant(np.split(array, 2)[context.replica_id_in_sync_group])
        )

    @tf.function(autograph=False)
    def on_replicas(*arrays):
        return two_replicas.run(lambda *parts: step(two, *parts), arrays)

    results = on_replicas(rows(FEATURES), rows(CONDITION), rows(upstream))
    for result, wanted in zip(results, expected, strict=True):
        joint = np.concatenate([part.numpy() for part in two_replicas.experimental_local_results(result)])
        np.testing.assert_allclose(joint, wanted, rtol=1e-3, atol=1e-4)
    # The second call of `one` moved its moments once more.
    fresh = conditional()
    fresh(FEATURES, CONDITION, training=True)
    np.testing.assert_allclose(two.moments.numpy(), fresh.moments.numpy(), rtol=1e-5)


@pytest.mark.parametrize("count", [3])
def test_all_norms_of_a_network_are_found(count):
    import keras

    network = keras.Sequential([BatchNorm() for _ in range(count)])
    network.build(FEATURES.shape)
    assert len(batch_norms(network)) == count


def test_moments_stay_float32_in_mixed_precision():
    layer = BatchNorm(dtype="mixed_bfloat16")
    layer.build(FEATURES.shape)
    output = layer(tf.constant(FEATURES, tf.bfloat16), training=True)
    assert (output.dtype, layer.moments.dtype) == (tf.bfloat16, "float32")
    rounded = tf.cast(tf.constant(FEATURES, tf.bfloat16), tf.float32).numpy()
    np.testing.assert_allclose(layer.moments[0], 0.1 * rounded.mean(axis=(0, 1, 2)), rtol=1e-4)
