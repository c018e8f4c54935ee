"""Made-up studies have the AUCs, the gap and the spread that they say."""

import numpy as np
import pytest

from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.simulations.studies import Study, drawn


def test_the_truth_is_the_truth():
    found = drawn(Study((2000, 1500), 4000, images=2, gap=0.1, seeds=2, seed_sd=0.0, auc=0.9), np.random.default_rng(0))
    for entry in found:
        for name, auc in (("real", 0.9), ("synthetic", 0.8)):
            predictions = entry.predictions[name]
            assert auc_per_label(predictions.truth, predictions.scores) == pytest.approx([auc, auc], abs=0.015)
    assert found[0].predictions["real"].truth.sum(axis=0).tolist() == [4000, 3000]
    # All networks were tested on the same images.
    assert np.array_equal(found[0].predictions["real"].truth, found[1].predictions["synthetic"].truth)


def test_the_gap_varies_over_seeds():
    study = Study((400,), 800, images=1, gap=0.1, seeds=300, seed_sd=0.05, auc=0.8)
    gaps = [
        np.subtract(*(auc_per_label(e.predictions[n].truth, e.predictions[n].scores)[0] for n in ("real", "synthetic")))
        for e in drawn(study, np.random.default_rng(1))
    ]
    # A little more than the trainings' own spread, because each network also has its own chance.
    assert 0.045 < np.std(gaps) < 0.06
