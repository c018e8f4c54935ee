"""The worked table of validation AUCs: learning rates and the last epoch."""

import math

import pytest

from medgan_tf.classification.plateau import plateau_state
from medgan_tf.config.schema import ClassifierConfig

NAN = math.nan
# AUC after each epoch, rate of the next epoch, whether training stops. Paper S.4: patience 2 and 3.
TABLE = [
    (0.700, 1e-4, False),
    (0.750, 1e-4, False),
    (0.740, 1e-4, False),  # one without
    (0.760, 1e-4, False),  # better: counted anew
    (0.760, 1e-4, False),  # equal is not better: one without
    (0.755, 1e-5, False),  # two without: rate / 10
    (0.761, 1e-5, False),  # better
    (0.760, 1e-5, False),
    (0.759, 1e-6, False),  # two without: rate / 10
    (0.760, 1e-6, True),  # three without: stop
]


def test_worked_table():
    config = ClassifierConfig()
    aucs = [row[0] for row in TABLE]
    for epochs, (_, rate, stop) in enumerate(TABLE, start=1):
        state = plateau_state(aucs[:epochs], config)
        assert state.learning_rate == pytest.approx(rate), epochs
        assert state.stop is stop, epochs
    assert (state.best_epoch, state.best) == (7, 0.761)
    assert state.reason == "no better validation AUC for 3 epochs"


def test_rate_has_a_floor_and_counts_anew_after_each_reduction():
    config = ClassifierConfig(stop_patience=100, minimum_learning_rate=1e-6)
    rates = [plateau_state([0.9] + [0.8] * waited, config).learning_rate for waited in range(9)]
    assert rates == pytest.approx([1e-4, 1e-4, 1e-5, 1e-5, 1e-6, 1e-6, 1e-6, 1e-6, 1e-6])


def test_undefined_is_never_better():
    state = plateau_state([NAN, 0.2, NAN, NAN, NAN], ClassifierConfig())
    assert (state.best_epoch, state.best, state.stop) == (2, 0.2, True)
    assert plateau_state([NAN, NAN, NAN], ClassifierConfig()).best_epoch == 0


def test_epochs_have_a_limit():
    state = plateau_state([0.1, 0.2], ClassifierConfig(max_epochs=2))
    assert (state.stop, state.reason) == (True, "2 epochs are the limit")
    assert not plateau_state([], ClassifierConfig()).stop
