"""Adam in one operation: the values of Keras's Adam, of the formula, and far fewer operations."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.layers.fused_adam import FusedAdam

SHAPES = ((3, 4), (5,), ())


def moved(make, steps, compiled=True, strategy=None, rates=None, **options):
    """Variables and state after some steps with fixed gradients."""
    strategy = strategy or tf.distribute.get_strategy()
    with strategy.scope():
        variables = [keras.Variable(np.full(shape, 0.5, np.float32)) for shape in SHAPES]
        optimizer = make(0.01, **options)
        optimizer.build(variables)

    def step(scale):
        replicas = tf.distribute.get_replica_context().num_replicas_in_sync
        gradients = [
            tf.reshape(tf.sin(scale * (1.0 + tf.range(np.prod(shape), dtype=tf.float32))), shape) / replicas
            for shape in SHAPES
        ]
        optimizer.apply_gradients(list(zip(gradients, variables, strict=True)))

    def everywhere(scale):
        strategy.run(step, (scale,))

    call = tf.function(everywhere, autograph=False) if compiled else everywhere
    for number in range(steps):
        if rates:
            optimizer.learning_rate = rates[number]
        call(tf.constant(1.0 + number))
    return [np.asarray(variable) for variable in variables + optimizer.variables]


@pytest.mark.parametrize("options", [{}, {"beta_1": 0.0, "beta_2": 0.99, "epsilon": 1e-8}, {"amsgrad": True}])
@pytest.mark.parametrize("compiled", [True, False])
def test_moves_as_kerass_adam_does(options, compiled):
    rates = [0.01, 0.01, 0.003, 0.003, 0.1, 0.1]
    expected = moved(keras.optimizers.Adam, 6, rates=rates, **options)
    found = moved(FusedAdam, 6, compiled, rates=rates, **options)
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6, atol=1e-7)
    assert abs(found[0] - 0.5).min() > 1e-3


def test_first_step_by_hand():
    """Both moments are corrected, so that the first step is the rate itself: g / (|g| + eps / sqrt(1 - beta_2))."""
    variable = keras.Variable(np.array([1.0, 1.0], np.float32))
    optimizer = FusedAdam(0.1, beta_1=0.9, beta_2=0.99, epsilon=0.01)
    optimizer.apply_gradients([(tf.constant([2.0, -0.5]), variable)])
    np.testing.assert_allclose(variable, [1 - 0.1 * 2 / 2.1, 1 + 0.1 * 0.5 / 0.6], rtol=1e-6)
    np.testing.assert_allclose(optimizer.variables[2], [0.2, -0.05], rtol=1e-6)
    np.testing.assert_allclose(optimizer.variables[3], [0.04, 0.0025], rtol=1e-5)


def test_two_replicas_move_as_one(two_replicas):
    one, two = (moved(FusedAdam, 4, strategy=strategy) for strategy in (None, two_replicas))
    for first, second in zip(one, two, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-6)


def test_compiled_by_xla():
    def after_two_steps(make):
        variable = keras.Variable(np.ones(4, np.float32))
        optimizer = make(0.1)
        optimizer.build([variable])

        @tf.function(jit_compile=True, autograph=False)
        def step(gradient):
            optimizer.apply_gradients([(gradient, variable)])

        for scale in (1.0, 2.0):
            step(tf.constant([1.0, -2.0, 3.0, 0.5]) * scale)
        return np.asarray(variable)

    # 1 - 0.999**2 loses digits in float32, others in XLA than elsewhere.
    np.testing.assert_allclose(after_two_steps(FusedAdam), after_two_steps(keras.optimizers.Adam), rtol=1e-5)


def test_rows_of_a_table_move_as_with_keras():
    def table(make):
        variable = keras.Variable(np.ones((4, 2), np.float32))
        rows = tf.IndexedSlices(tf.constant([[1.0, 2.0]]), tf.constant([2]), tf.constant([4, 2]))
        make(0.1).apply_gradients([(rows, variable)])
        return np.asarray(variable)

    np.testing.assert_allclose(table(FusedAdam), table(keras.optimizers.Adam), rtol=1e-6)


def test_operations_of_a_step():
    def operations(make):
        variables = [keras.Variable(np.ones(3, np.float32)) for _ in range(20)]
        optimizer = make(0.1)
        optimizer.build(variables)

        @tf.function(autograph=False)
        def step():
            optimizer.apply_gradients([(tf.ones(3), variable) for variable in variables])

        return len(step.get_concrete_function().graph.get_operations())

    assert operations(FusedAdam) < operations(keras.optimizers.Adam) / 2
