"""Trivial classifiers, permuted labels and halves in `gap.json`, by hand, and the sentences on them."""

import json
import math

import numpy as np
import pytest
from scipy import stats
from tiny_classifier import tiny_experiment

from medgan_tf.classification.predictions import Predictions
from medgan_tf.evidence.utility.baselines.words import permutation_sentences, trivial_sentences
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.figures import conditions_figure
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.evidence.utility.table import gap_table, write_gap_csv
from medgan_tf.files.result_files import plain
from medgan_tf.metrics.auc import auc_per_label

NAMES = ("A", "B")
TRUTH = np.random.default_rng(0).integers(0, 2, (60, 2)).astype(np.float64)
PATIENTS = np.array([f"p{number // 2}" for number in range(60)])
IDS = np.array([f"i{number}" for number in range(60)])


def predicted(strength, seed):
    noise = np.random.default_rng(seed).normal(0, 1, TRUTH.shape)
    return Predictions(NAMES, IDS, PATIENTS, TRUTH, 1 / (1 + np.exp(-strength * (TRUTH - 0.5) - noise)))


def seed_scores(seed):
    """Permutations go along with the labels, against them, or neither."""
    predictions = {
        "real": predicted(5, seed),
        "synthetic": predicted(4, seed + 20),
        "intensity_real": predicted(2, 1),
        "intensity_synthetic": predicted(2, 1),
        "pixels_real": predicted(3, 2),
        "pixels_synthetic": predicted(2, seed + 40),
        **{f"permuted_{k}": predicted(strength, seed + 10 * k) for k, strength in ((1, 2), (2, -2), (3, 0))},
    }
    return SeedScores(seed, predictions, dict.fromkeys(predictions, "0" * 64))


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    settings = {"baselines": ("trivial", "permutations"), "permutations": 3}
    return tiny_experiment(tmp_path_factory.mktemp("gap"), seed=1, **settings)


@pytest.fixture(scope="module")
def entries():
    return [seed_scores(seed) for seed in (1, 2)]


@pytest.fixture(scope="module")
def gap(experiment, entries):
    return plain(measure_gap(experiment, entries))


def aucs(entry, name):
    return auc_per_label(TRUTH, entry.predictions[name].scores)


def test_the_gap_of_trivial_classifiers(gap, entries):
    found = gap["trivial"]["pixels"]
    values = [(aucs(one, "pixels_real") - aucs(one, "pixels_synthetic")).mean() for one in entries]
    assert found["values"] == pytest.approx(values) and found["mean"] == pytest.approx(np.mean(values))
    low, high = found["interval"]["low"], found["interval"]["high"]
    # Two seeds: at least the spread over them, with one degree of freedom.
    assert (high - low) / 2 > stats.t.ppf(0.975, 1) * np.std(values, ddof=1) / math.sqrt(2) * 0.999
    assert list(gap["conditions"]) == ["real", "synthetic", "intensity_real", "intensity_synthetic", "pixels_real",
                                       "pixels_synthetic"]  # fmt: skip
    (sentence,) = trivial_sentences(gap)
    assert (
        "on the image at 8 x 8 pixels: AUC" in sentence
        and f"gap {np.mean(values):.3f} (95 % over seeds and patients" in sentence
    )
    # Of one seed: its own values, over patients.
    (one,) = trivial_sentences(gap, 1)
    assert f"gap {values[1]:.3f} (95 % over patients" in one
    assert sentence in gap_table(gap)


def test_equal_orders_have_a_gap_of_0_and_no_interval(gap):
    """An interval of width 0 would say that other images give a gap of exactly 0 too."""
    found = gap["trivial"]["intensity"]
    assert found["values"] == [0, 0]
    assert [found["interval"]["low"], found["each_seed"][0]["high"]] == [None, None]
    assert "gap 0.000 (no interval: the order is the same)" in trivial_sentences(gap)[0]


def test_permutations_are_a_range_over_all_of_them(gap, entries):
    found = gap["permutations"]
    means = np.array([[aucs(entry, f"permuted_{k}").mean() for entry in entries] for k in (1, 2, 3)])
    assert (found["low"], found["high"]) == (pytest.approx(means.min()), pytest.approx(means.max()))
    assert found["low"] < 0.3 < 0.7 < found["high"]
    assert [one["values"] for one in found["classifiers"].values()] == [pytest.approx(row) for row in means]
    assert (found["count"], found["contains_another"]) == (6, pytest.approx(5 / 7))
    ends = [aucs(entry, f"permuted_{k}")[0] for k in (1, 2, 3) for entry in entries]
    assert found["labels"]["A"] == {"low": pytest.approx(min(ends)), "high": pytest.approx(max(ends))}
    (sentence,) = permutation_sentences(gap)
    reach = f"{means.min():.3f} to {means.max():.3f}"
    assert sentence.startswith(f"6 classifiers of permuted labels reach mean AUCs of {reach}; of single labels ")
    assert "with a probability of 71%" in sentence
    own = means[:, 1]
    assert (
        f"3 classifiers of permuted labels reach mean AUCs of {own.min():.3f} to {own.max():.3f}."
        in (permutation_sentences(gap, 1)[0])
    )
    row = next(line for line in gap_table(gap).splitlines() if line.startswith("labels permuted (6)"))
    assert f"all: {means.min():.3f}..{means.max():.3f}" in row


def test_the_range_contains_another_permutation_as_often_as_it_says():
    """For exchangeable values: (n - 1) / (n + 1), here 4/6 of 20,000 draws."""
    draws = np.random.default_rng(5).normal(size=(20_000, 6))
    inside = (draws[:, :5].min(1) < draws[:, 5]) & (draws[:, 5] < draws[:, :5].max(1))
    assert inside.mean() == pytest.approx(4 / 6, abs=0.01)


def test_files_and_figure_hold_every_permutation(gap, tmp_path):
    write_gap_csv(tmp_path / "gap.csv", gap)
    lines = (tmp_path / "gap.csv").read_text().splitlines()
    assert sum(line.startswith("auc_permuted_2,2,") for line in lines) == 3
    axes = conditions_figure(gap).axes[0]
    assert axes.get_yticklabels()[0].get_text() == "real, labels permuted (6)"
    (dots,) = [line for line in axes.get_lines() if len(line.get_xdata()) == 6]
    assert max(dots.get_xdata()) == gap["permutations"]["high"]


def test_a_result_of_version_0_1_has_one_permutation_a_seed(gap):
    older = json.loads(json.dumps(gap))
    del older["permutations"], older["trivial"]
    older["conditions"]["shuffled"] = {"mean_auc": {"values": [0.828, 0.3]}}
    assert trivial_sentences(older) == []
    both, one = permutation_sentences(older)[0], permutation_sentences(older, 0)[0]
    assert both.startswith("2 classifiers of permuted labels reach mean AUCs of 0.300 to 0.828.")
    assert one.startswith("One classifier of permuted labels reaches a mean AUC of 0.828.")
    assert "One value does not show how far from 0.5 chance can lie." in one
    del older["conditions"]["shuffled"]
    assert permutation_sentences(older) == []


def test_without_baselines_nothing_is_said(experiment, entries):
    bare = [SeedScores(1, {name: entries[0].predictions[name] for name in ("real", "synthetic")}, {})]
    found = plain(measure_gap(experiment, bare))
    assert (found["trivial"], found["permutations"]) == ({}, None)
    assert trivial_sentences(found) + permutation_sentences(found) == []


def test_a_mean_auc_that_is_undefined_is_a_word_in_the_table(gap):
    """With a handful of test images no label may have both classes. Files have null for it."""
    few = plain(gap)
    for condition in few["conditions"].values():
        condition["mean_auc"]["over_seeds"]["mean"] = None
    few["conditions"]["synthetic"]["mean_auc"]["over_seeds"]["mean"] = 0.5
    rows = [line for line in gap_table(few).splitlines() if line.endswith(" undefined")]
    assert len(rows) == len(few["conditions"])
