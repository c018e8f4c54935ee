"""Blocks of draws, and the seeds as a dataset, for one and for several replicas."""

import numpy as np
import pytest
import tensorflow as tf
from private_shapes import private_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.gans.private.terms import SECRET_STREAMS
from medgan_tf.training.private.opening import opened_training
from medgan_tf.training.private.session import BLOCK, PrivateSession, blocks


@pytest.mark.parametrize(
    ("step", "last", "per_tick", "expected"),
    [
        (0, 12, 5, [(0, 5), (5, 10), (10, 12)]),
        (3, 12, 5, [(3, 8), (8, 12)]),
        (0, 200, 150, [(0, BLOCK), (BLOCK, 2 * BLOCK), (2 * BLOCK, 150), (150, 200)]),
        (12, 12, 5, []),
    ],
)
def test_blocks_end_with_a_tick(step, last, per_tick, expected):
    assert list(blocks(step, last, per_tick)) == expected


@pytest.fixture
def private(shapes, tmp_path):
    """The private part of a run that is about to begin: 20 steps."""
    experiment = private_experiment(tmp_path)
    run_folder(experiment).path.mkdir(parents=True)
    with opened_training(experiment, shapes, shapes.read_fold("train"), Conditions(), True) as opened:
        session = PrivateSession(opened, run_folder(experiment), {"machine": "this"}, True)
        assert not session.go_on(0, checkpointed=False)
        yield session


def test_seeds_are_reserved_before_they_are_handed_out_and_not_earlier(private):
    batches, reserved = iter(private.seed_batches(0, 5, 1)), []
    for number in range(20):
        seeds = next(batches).numpy()
        reserved.append(private.ledger.entries.reserved)
        np.testing.assert_array_equal(seeds[0], private.opened.key.seeds(private.ledger.entries.salt, number))
    # At the end of a tick of five steps, as many are charged as were used.
    assert reserved == [5] * 5 + [10] * 5 + [15] * 5 + [20] * 5
    with pytest.raises(StopIteration):
        next(batches)


def test_two_replicas_get_the_same_seeds(private, two_replicas):
    batches = two_replicas.experimental_distribute_dataset(private.seed_batches(0, 5, 2))
    used = []
    for seeds in batches:
        local = [one.numpy() for one in two_replicas.experimental_local_results(seeds)]
        assert [one.shape for one in local] == [(1, len(SECRET_STREAMS), 2)] * 2
        np.testing.assert_array_equal(*local)
        used.append(local[0].tobytes())
        # Also what TensorFlow fetches ahead is reserved.
        assert private.ledger.entries.reserved >= len(used)
    assert len(set(used)) == len(used) == 20 == private.ledger.entries.reserved


def test_a_dataset_from_before_a_fork_hands_out_nothing_more(private):
    batches = iter(private.seed_batches(0, 5, 1))
    for _ in range(5):
        next(batches)
    private.fork(0, "test")
    with pytest.raises(StopIteration):
        next(batches)
    fresh = next(iter(private.seed_batches(0, 5, 1))).numpy()[0]
    np.testing.assert_array_equal(fresh, private.opened.key.seeds(private.ledger.entries.salt, 5))
    assert private.ledger.entries.reserved == 10


def test_seeds_go_on_at_any_step(private):
    first = next(iter(private.seed_batches(7, 5, 1))).numpy()[0]
    np.testing.assert_array_equal(first, private.opened.key.seeds(private.ledger.entries.salt, 7))


def test_seeds_reach_a_graph(private):
    """As the function of several steps takes them."""
    iterator = iter(private.seed_batches(0, 5, 1))

    @tf.function
    def total(iterator):
        return tf.foldl(lambda sum, _: sum + iterator.get_next(), tf.range(6), tf.zeros([1, 6, 2], tf.int64))

    expected = sum(private.opened.key.seeds(private.ledger.entries.salt, number) for number in range(6))
    np.testing.assert_array_equal(total(iterator).numpy()[0], expected)
