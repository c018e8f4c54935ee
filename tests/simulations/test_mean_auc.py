"""The interval of a mean AUC over labels, with rare ones."""

from medgan_tf.simulations.mean_auc import simulate
from medgan_tf.simulations.row import SUITE
from medgan_tf.simulations.studies import Study


def test_coverage():
    rows = simulate(200, 3, [Study((5, 5, 30), 80, images=1, seeds=1, seed_sd=0.0, auc=0.8)])
    assert rows[0].setting == "2 labels of 5, 1 label of 30 positive patients, of 80"
    assert rows[0].holds(SUITE), rows[0].rate
