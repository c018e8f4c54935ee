"""The gap from given predictions: by hand, with undefined labels, one and several seeds, against another setting."""

import csv
import json
import math

import numpy as np
import pytest
from scipy import stats
from tiny_classifier import tiny_experiment

from medgan_tf.classification.conditions import REAL, SYNTHETIC, baseline_conditions
from medgan_tf.classification.predictions import Predictions, write_predictions
from medgan_tf.config.seeds import parse_seeds
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.job import gap_over_seeds
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.evidence.utility.measure_comparison import compare_gaps
from medgan_tf.evidence.utility.read_seeds import read_seed
from medgan_tf.evidence.utility.table import gap_table
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.metrics.clustered_auc import clustered_aucs

NAMES = ("A", "B", "Never")
TRUTH = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]] * 20, np.float64)
PATIENTS = np.array([f"p{number // 2}" for number in range(80)])


PATIENTS_OF = (20, 40)
"""Patients of the rarer class: A is in one patient of two, B in all, and every patient has an image without A or B."""


def predicted(noise, seed):
    """Scores that tell the classes apart the less, the more noise there is."""
    random = np.random.default_rng(seed)
    scores = 1 / (1 + np.exp(-(2 * TRUTH - 1 + random.normal(0, noise, TRUTH.shape))))
    return Predictions(NAMES, np.array([f"i{n}" for n in range(80)]), PATIENTS, TRUTH, scores)


def scored(seed, noise=3.0, **more):
    predictions = {"real": predicted(1.0, seed), "synthetic": predicted(noise, seed + 100)}
    return SeedScores(seed, {**predictions, **more}, {name: "0" * 64 for name in ("real", "synthetic", *more)})


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    settings = {"baselines": ("halves",), "mixtures": ({"real": 1.0, "synthetic": 1.0},)}
    return tiny_experiment(tmp_path_factory.mktemp("gap"), seed=1, **settings)


def test_one_seed_by_hand(experiment):
    entry = scored(1)
    gap = measure_gap(experiment, [entry])
    real, synthetic = (auc_per_label(TRUTH, entry.predictions[kind].scores) for kind in ("real", "synthetic"))
    assert gap["gap"]["labels"]["A"]["values"][0] == pytest.approx(real[0] - synthetic[0])
    # The label that never occurs is in no mean, and named.
    assert gap["undefined"] == ["Never"]
    assert math.isnan(gap["gap"]["labels"]["Never"]["values"][0])
    assert gap["gap"]["mean"]["values"][0] == pytest.approx((real[:2] - synthetic[:2]).mean())
    assert gap["conditions"]["real"]["mean_auc"]["values"][0] == pytest.approx(real[:2].mean())
    (interval,) = gap["gap"]["mean"]["each_seed"]
    assert interval["low"] < gap["gap"]["mean"]["values"][0] < interval["high"]
    # One training has no interval that speaks for others.
    assert math.isnan(gap["gap"]["mean"]["interval"]["low"]) and math.isnan(gap["gap"]["mean"]["p"])
    assert (gap["verdict"]["finding"], gap["verdict"]["against"]) == ("one training", "open")
    assert gap["left_out_of_mean"] == ["Never"]
    assert gap["gap"]["labels"]["A"]["positive_patients"] == 20
    assert math.isnan(gap["gap"]["mean"]["paired_t"]["p"])
    assert math.isnan(gap["detectable_gap"]["gap"])
    assert (gap["test"], gap["floor"]) == ({"images": 80, "patients": 40}, None)
    table = gap_table(gap)
    assert "undefined, one class in the test fold, not in the means: Never" in table
    assert "not decided against the margin of 0.05: one training; give --seeds 1000..1004" in table


def _limits_by_hand(entries, tail):
    """The gap's limits from sums over pairs of seeds, one after the other."""
    seeds = range(len(entries))
    scores = [entry.predictions[kind].scores[:, :2] for kind in ("real", "synthetic") for entry in entries]
    found = clustered_aucs(np.tile(TRUTH[:, :2], 10), np.hstack(scores), PATIENTS)
    aucs = found.values.reshape(2, 5, 2).mean(axis=2)

    def covariance(one, other):
        """Mean over pairs of two different seeds; labels count one half each."""
        rows = [[2 * (5 * kind + seed), 2 * (5 * kind + seed) + 1] for kind in (0, 1) for seed in seeds]
        pairs = [(s, t) for s in seeds for t in seeds if s != t]
        return np.mean([found.covariance[np.ix_(rows[5 * one + s], rows[5 * other + t])].mean() for s, t in pairs])

    limits, own = [], [max(covariance(kind, kind), 0.0) for kind in (0, 1)]
    for kind in (0, 1):
        value = aucs[kind].mean()
        parts = [found.covariance[10 * kind + k, 10 * kind + k] for k in (0, 1)]
        # Satterthwaite's degrees of freedom.
        squares = [part**2 / (n - 1) for part, n in zip(parts, PATIENTS_OF, strict=True)]
        half = stats.t.isf(tail, sum(parts) ** 2 / sum(squares))
        half *= np.sqrt(own[kind]) / (value * (1 - value))
        ends = [1 / (1 + np.exp(-(np.log(value / (1 - value)) + side * half))) for side in (-1, 1)]
        limits.append((value - ends[0], ends[1] - value))
    gaps = aucs[0] - aucs[1]
    alike = covariance(0, 1) / np.sqrt(own[0] * own[1]) if min(own) else 0.0
    (down, up), (other_down, other_up) = limits
    spread = stats.t.isf(tail, 4) ** 2 * gaps.var(ddof=1) / 5
    below = np.sqrt(spread + down**2 + other_up**2 - 2 * alike * down * other_up)
    above = np.sqrt(spread + up**2 + other_down**2 - 2 * alike * up * other_down)
    return gaps.mean() - below, gaps.mean() + above


def test_several_seeds(experiment):
    entries = [scored(seed, half_a=predicted(1.0, 50 + seed), half_b=predicted(1.0, 70 + seed)) for seed in range(5)]
    gap = measure_gap(experiment, entries)
    values = np.array(gap["gap"]["mean"]["values"])
    summary = gap["gap"]["mean"]["over_seeds"]
    assert (summary["mean"], summary["sd"], summary["n"]) == (
        pytest.approx(values.mean()),
        pytest.approx(values.std(ddof=1)),
        5,
    )
    assert gap["gap"]["mean"]["wilcoxon"]["p"] == pytest.approx(1 / 2**5)
    assert gap["gap"]["mean"]["paired_t"]["p"] < 0.01
    for two in (
        [gap["gap"]["labels"][name]["paired_t"] for name in "AB"],
        [gap["gap"]["labels"][name] for name in "AB"],
    ):
        assert min(test["p_holm"] for test in two) == pytest.approx(2 * min(test["p"] for test in two))
    interval, mean = gap["gap"]["mean"]["interval"], gap["gap"]["mean"]
    assert [interval["low"], interval["high"]] == pytest.approx(_limits_by_hand(entries, 0.025))
    assert [gap["verdict"]["low"], gap["verdict"]["high"]] == pytest.approx(_limits_by_hand(entries, 0.05))
    assert mean["enough_patients"] and mean["labels"] == 2
    verdict = gap["verdict"]
    assert verdict["finding"] == "worse" and verdict["low"] > 0.05 and verdict["p_above"] < 0.05 < verdict["p_below"]
    assert 0 < gap["detectable_gap"]["gap"] < values.mean()
    halves = [auc_per_label(TRUTH, entry.predictions["half_a"].scores)[:2].mean() for entry in entries]
    assert gap["conditions"]["half_a"]["mean_auc"]["values"] == pytest.approx(halves)
    assert gap["floor"]["absolute_mean"] == pytest.approx(np.abs(gap["floor"]["values"]).mean())
    table = gap_table(gap)
    assert "for comparison: classifiers of two halves of the real patients differ by" in table
    assert "a study with 5 seeds and as many patients detects a gap of" in table
    assert "the gap is above the margin of 0.05" in table and "for this one split of the patients" in table


def test_two_settings(experiment):
    good = measure_gap(experiment, [scored(seed, noise=1.2) for seed in range(4)])
    bad = measure_gap(experiment, [scored(seed, noise=8.0) for seed in range(1, 6)])
    comparison = compare_gaps(good, bad)
    assert comparison["shared_seeds"] == [1, 2, 3]
    assert max(good["gap"]["mean"]["values"]) < min(bad["gap"]["mean"]["values"])
    # All 4 below all 5: one of C(9, 4) = 126 orders.
    assert comparison["mean"]["mann_whitney"] == {"statistic": 0.0, "p": pytest.approx(1 / 126), "how": "exact"}
    assert comparison["mean"]["wilcoxon"]["p"] == pytest.approx(1 / 8)
    assert comparison["mean"]["difference"] == pytest.approx(
        np.mean(good["gap"]["mean"]["values"]) - np.mean(bad["gap"]["mean"]["values"])
    )
    assert math.isnan(comparison["labels"]["Never"]["mann_whitney"]["p"])
    assert compare_gaps(bad, good)["mean"]["mann_whitney"]["p"] == 1.0
    assert "U test p" in gap_table(good, comparison) and "U test: exact" in gap_table(good, comparison).splitlines()


def write_all(experiment, **changed):
    for condition in (REAL, SYNTHETIC, *baseline_conditions(experiment.classifier)):
        path = condition.folder(experiment).classifier / "predictions.csv"
        write_predictions(path, changed.get(condition.name, predicted(1.0, experiment.seed)))


def test_files(experiment):
    for seed in (1, 2):
        write_all(experiment.model_copy(update={"seed": seed}), synthetic=predicted(3.0, 10 + seed))
    result = gap_over_seeds(experiment, [1, 2], experiment)
    folder = result.files[0].parent
    assert folder.name == "cpd-gap"
    names = {"gap.json", "gap.csv", "gap.png", "conditions.png", "roc.png", "mixing.png", "against-drawings-cpd.json"}
    assert {path.name for path in folder.iterdir()} == {path.name for path in result.files} == names
    stored = json.loads((folder / "gap.json").read_text(), parse_constant=pytest.fail)
    assert stored == result.gap
    assert stored["gap"]["labels"]["Never"]["values"] == [None, None]
    with open(folder / "gap.csv", newline="") as file:
        rows = {(row["quantity"], row["seed"], row["label"]): row["value"] for row in csv.DictReader(file)}
    assert float(rows["gap", "2", "mean"]) == pytest.approx(stored["gap"]["mean"]["values"][1])
    assert rows["auc_real", "1", "Never"] == ""
    assert result.comparison["mean"]["difference"] == 0


def test_predictions_of_other_images_are_refused(experiment):
    seeded = experiment.model_copy(update={"seed": 5})
    wrong = predicted(1.0, 0)
    write_all(seeded, synthetic=Predictions(NAMES, wrong.image_ids[::-1], PATIENTS, TRUTH, wrong.scores))
    with pytest.raises(DataError, match="was tested on other images than the real classifier"):
        read_seed(seeded)
    write_all(seeded, synthetic=Predictions(("A", "B", "C"), wrong.image_ids, PATIENTS, TRUTH, wrong.scores))
    with pytest.raises(DataError, match="has the labels A, B, C; the real classifier has A, B, Never"):
        read_seed(seeded)
    with pytest.raises(DataError, match="at least one seed"):
        measure_gap(experiment, [])


def test_seeds():
    assert parse_seeds("1000..1003", 7) == [1000, 1001, 1002, 1003]
    assert parse_seeds("5, 3..4,5", 7) == [5, 3, 4]
    assert parse_seeds(None, 7) == [7]
    for text in ("", "a", "5..3", "1..", "-1"):
        with pytest.raises(ConfigError, match="expected e.g. 1000..1003"):
            parse_seeds(text, 7)
    with pytest.raises(ConfigError, match="at most 1000"):
        parse_seeds("0..999999", 7)
