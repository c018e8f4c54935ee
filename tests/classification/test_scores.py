"""Numbers of one classifier: the interval of its mean AUC, and what is not in it."""

import math

import numpy as np
import pytest

from medgan_tf.classification.condition_table import condition_table
from medgan_tf.classification.predictions import Predictions
from medgan_tf.classification.scores import mean_interval, score_predictions
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.metrics.clustered_auc import auc_interval, clustered_aucs

NAMES = ("Common", "Rare", "Other")


def predictions(rare):
    """60 patients of one image: 30 have the first, `rare` the second, 20 the third."""
    random = np.random.default_rng(8)
    truth = np.stack([np.arange(60) < count for count in (30, rare, 20)], axis=1).astype(float)
    scores = 1 / (1 + np.exp(-(truth + random.normal(size=truth.shape))))
    ids = np.arange(60).astype(str)
    return Predictions(NAMES, ids, ids, truth, scores)


def test_a_rare_label_is_not_in_the_interval_and_named():
    few = predictions(4)
    found = score_predictions(few)
    values = auc_per_label(few.truth, few.scores)
    assert found["mean_auc"] == pytest.approx(values.mean())
    assert found["not_in_interval"] == ["Rare"] and found["undefined"] == []
    interval = found["mean_auc_interval"]
    assert (interval["value"], interval["labels"]) == (pytest.approx(values[[0, 2]].mean()), 2)
    assert interval["low"] < interval["value"] < interval["high"]
    # Where the interval is over fewer labels than the mean, its own mean stands above it.
    table = condition_table({"real": {"condition": "real", "label_names": NAMES, "test": found}}).splitlines()
    rows = {" ".join(line.split()[:-1]): line.split()[-1] for line in table}
    assert rows["mean of labels in the interval"] == f"{interval['value']:.4f}"
    assert rows["Rare 4"] == f"{values[1]:.4f}" and "Common 30" in rows
    assert table[-1].endswith("not in that of the mean: Rare")
    enough = score_predictions(predictions(5))
    assert enough["not_in_interval"] == [] and enough["mean_auc_interval"]["labels"] == 3


def test_only_rare_labels_have_no_interval():
    few = predictions(3)
    aucs = clustered_aucs(few.truth[:, 1:2], few.scores[:, 1:2], few.patients)
    found = mean_interval(aucs)
    assert math.isnan(found["low"]) and found["labels"] == 0


def test_the_mean_of_one_label_has_that_labels_interval():
    some = predictions(4)
    aucs = clustered_aucs(some.truth[:, :1], some.scores[:, :1], some.patients)
    single, mean = auc_interval(aucs, 0), mean_interval(aucs)
    assert (mean["low"], mean["high"]) == (single.low, single.high)
