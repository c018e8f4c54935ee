"""Gains of arms from given predictions: by hand, and every finding with its words, table and figure."""

import math

import numpy as np
import pytest
from tiny_classifier import tiny_experiment

from medgan_tf.classification.predictions import Predictions
from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.utility.arms.figures import curves_figure, has_curves
from medgan_tf.evidence.utility.arms.section import arm_blocks
from medgan_tf.evidence.utility.arms.words import arm_sentences
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.evidence.utility.table import gap_table
from medgan_tf.files.result_files import plain
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.presentation.blocks import Picture, PValue, Table
from medgan_tf.synthesis.external.settings import ExternalConfig

NAMES = ("A", "B")
TRUTH = np.array([[1, 0], [1, 1], [0, 1], [0, 0]] * 40, np.float64)
PATIENTS = np.array([f"p{number // 2}" for number in range(len(TRUTH))])
NOISE = {"real": 1.0, "synthetic": 2.0, "real_0.1": 4.0, "fine_tuned_0.1": 1.2, "fine_tuned_1": 5.0, "rare_50": 1.0,
         "synthetic_2": 1.5}  # fmt: skip
SETTINGS = {"fine_tuning": (0.1, 1.0), "rare_augmentation": 50, "synthetic_multiples": (2,)}


def predicted(noise, seed, rows=slice(None)):
    """Scores that tell the classes apart the less, the more noise there is."""
    scores = 2 * TRUTH - 1 + np.random.default_rng(seed).normal(0, noise, TRUTH.shape)
    ids = np.array([f"i{row}" for row in range(len(TRUTH))])
    return Predictions(NAMES, ids[rows], PATIENTS[rows], TRUTH[rows], 1 / (1 + np.exp(-scores[rows])))


def scored(seed, rows=slice(None), names=tuple(NOISE), missing=0):
    predictions = {name: predicted(NOISE[name], 100 * seed + k, rows) for k, name in enumerate(names)}
    topped_up = {"rare_50": {"combinations": 3, "added": 40, "missing": missing}} if "rare_50" in names else {}
    return SeedScores(seed, predictions, dict.fromkeys(predictions, "0" * 64), topped_up)


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    return tiny_experiment(tmp_path_factory.mktemp("arms"), seed=1, **SETTINGS)


@pytest.fixture(scope="module")
def gap(experiment):
    return plain(measure_gap(experiment, [scored(seed, missing=7) for seed in range(5)]))


def test_gains_by_hand(gap):
    entries = [scored(seed) for seed in range(5)]
    aucs = {name: [auc_per_label(TRUTH, entry.predictions[name].scores).mean() for entry in entries] for name in NOISE}
    controls = {entry["arm"]: entry["control"] for entry in gap["arms"]}
    assert controls == {"fine_tuned_0.1": "real_0.1", "fine_tuned_1": "real", "rare_50": "real",
                        "synthetic_2": "synthetic"}  # fmt: skip
    for entry in gap["arms"]:
        values = np.subtract(aucs[entry["arm"]], aucs[entry["control"]])
        assert entry["values"] == pytest.approx(values)
        assert entry["over_seeds"]["mean"] == pytest.approx(values.mean())
        assert entry["interval"]["low"] < entry["verdict"]["low"] < values.mean() < entry["verdict"]["high"]
    # The seeds' part alone is no wider than the interval: Student's t of 4 degrees of freedom.
    first = gap["arms"][0]
    seeds = 2.776 * np.std(first["values"], ddof=1) / math.sqrt(5)
    assert first["over_seeds"]["mean"] - first["interval"]["low"] > seeds


def test_findings(gap):
    found = {entry["arm"]: entry["verdict"]["finding"] for entry in gap["arms"]}
    assert (found["fine_tuned_0.1"], found["fine_tuned_1"], found["rare_50"]) == ("shown", "refuted", "open")
    p = {entry["arm"]: (entry["p"], entry["p_holm"]) for entry in gap["arms"]}
    assert p["fine_tuned_0.1"][0] < 0.05 < 0.95 < p["fine_tuned_1"][0]
    assert p["fine_tuned_0.1"][1] >= p["fine_tuned_0.1"][0]


def test_no_finding_without_spread_seeds_or_patients(experiment):
    one = measure_gap(experiment, [scored(1)])["arms"]
    assert {entry["verdict"]["finding"] for entry in one} == {"one training"} and math.isnan(one[0]["interval"]["low"])
    few = measure_gap(experiment, [scored(seed, slice(0, 20)) for seed in range(3)])["arms"]
    assert {entry["verdict"]["finding"] for entry in few} == {"too few patients"}
    assert math.isnan(few[0]["verdict"]["low"])
    same = [scored(seed) for seed in range(3)]
    for entry in same:
        entry.predictions["rare_50"] = entry.predictions["real"]
    copy = next(entry for entry in measure_gap(experiment, same)["arms"] if entry["arm"] == "rare_50")
    assert (copy["values"].tolist(), copy["verdict"]["finding"]) == ([0, 0, 0], "undefined")


def test_an_arm_without_its_control_or_not_of_every_seed_is_no_row(experiment):
    without = [name for name in NOISE if name != "real_0.1"]
    arms = measure_gap(experiment, [scored(1), scored(2, names=tuple(without))])["arms"]
    assert [entry["arm"] for entry in arms] == ["fine_tuned_1", "rare_50", "synthetic_2"]
    none = measure_gap(experiment, [scored(1, names=("real", "synthetic"))])
    assert none["arms"] == [] and arm_sentences(none) == [] and not has_curves(none)
    assert arm_blocks({"conditions": {}}, "stem", "title") == []


def test_words(gap):
    lines = arm_sentences(gap)
    entry = gap["arms"][0]
    auc, control = (
        gap["conditions"][name]["mean_auc"]["over_seeds"]["mean"] for name in ("fine_tuned_0.1", "real_0.1")
    )
    assert lines[0] == (
        f"pretrained on synthetic, fine-tuned on 10% of the real training patients: AUC {auc:.3f}, against 10% of the "
        f"real training patients ({control:.3f}) a gain of {entry['over_seeds']['mean']:.3f} (95 % over seeds and "
        f"patients {entry['interval']['low']:.3f} to {entry['interval']['high']:.3f}): gain shown"
    )
    assert lines[1].endswith("gain refuted: a loss is shown") and lines[2].endswith("undecided")
    assert lines[-1] == (
        "real + synthetic of rare combinations, up to 50: 40 synthetic images were added; 7 more were wanted, which "
        "the synthetic set does not hold"
    )
    assert len(lines) == 5 and all(line in gap_table(gap) for line in lines)


def test_report(gap):
    table, remark, picture = arm_blocks(gap, "drawings-cpd", "cpD-GAN")
    assert isinstance(table, Table) and isinstance(picture, Picture)
    assert [row[0] for row in table.rows] == [entry["title"] for entry in gap["arms"]]
    assert [row[-1] for row in table.rows][:3] == ["gain shown", "gain refuted: a loss is shown", "undecided"]
    assert table.rows[0][6] == PValue(gap["arms"][0]["p"]) and table.name == "arms-drawings-cpd"
    assert "7 more were wanted" in str(remark)


def test_figure_shows_the_values(gap):
    tuned, multiples = curves_figure(gap).axes
    alone, after = (container.lines[0].get_ydata() for container in tuned.containers)
    means = {name: entry["mean_auc"]["over_seeds"]["mean"] for name, entry in gap["conditions"].items()}
    assert alone == pytest.approx([means["real_0.1"], means["real"]])
    assert after == pytest.approx([means["fine_tuned_0.1"], means["fine_tuned_1"]])
    assert [label.get_text() for label in tuned.get_xticklabels()] == ["10%", "100%"]
    (line,) = (container.lines[0] for container in multiples.containers)
    assert (line.get_xdata().tolist(), line.get_ydata()) == ([1, 2], pytest.approx([means["synthetic"],
                                                                                  means["synthetic_2"]]))  # fmt: skip


def test_what_needs_a_generator_is_not_applicable_to_a_stranger(experiment):
    values = experiment.model_dump(mode="json")
    values["external"] = ExternalConfig(name="stranger", folder="elsewhere").model_dump(mode="json")
    gap = measure_gap(Experiment.model_validate(values), [scored(1, names=("real", "synthetic"))])
    line = "not applicable, as no generator is here to make more images: 2 x the synthetic images"
    assert arm_sentences(gap) == [line]
    (remark,) = arm_blocks(plain(gap), "stem", "title")
    assert "Not applicable, as no generator is here" in str(remark)
    assert measure_gap(experiment, [scored(1)])["arms_not_applicable"] == []
