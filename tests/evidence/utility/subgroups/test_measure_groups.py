"""Gaps by group and changes of differences: against the same measure on a group alone, and limits by hand."""

import numpy as np
import pytest
from scipy import stats

from medgan_tf.classification.predictions import Predictions
from medgan_tf.evidence.utility.estimates.joint_aucs import joint_aucs
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.subgroups.group_aucs import group_aucs
from medgan_tf.evidence.utility.subgroups.measure_groups import CHANGE, measure_groups
from medgan_tf.metrics.auc import auc_per_label
from medgan_tf.metrics.clustered_auc import clustered_aucs

NAMES = ("A", "B")
PATIENTS = 240
OWNER = np.repeat(np.arange(PATIENTS), 2)
TRUTH = np.stack([OWNER % 3 == 0, OWNER % 40 == 1], axis=1).astype(float)
SEX = np.where(OWNER % 2, "F", "M").astype(object)
AGE = np.where(OWNER < 12, "0-17", np.where(OWNER < 20, "unknown", "18-39")).astype(object)
VIEW = np.where(np.arange(2 * PATIENTS) % 2, "PA", "AP").astype(object)


def scored(seed, female=1.0):
    """The synthetic-trained classifier is noisier, by `female` for women."""
    random = np.random.default_rng(seed)
    seen = 2 * TRUTH + np.random.default_rng(99).normal(0, 1, (PATIENTS, 2))[OWNER]
    noise = {"real": 0.3, "synthetic": np.where(SEX == "F", female, 0.4)[:, None]}
    ids = np.arange(len(OWNER)).astype(str)
    made = {
        name: Predictions(NAMES, ids, OWNER.astype(str), TRUTH, seen + random.normal(0, 1, TRUTH.shape) * one)
        for name, one in noise.items()
    }
    return SeedScores(seed, made, {})


def part_of(entry, rows):
    made = {
        name: Predictions(NAMES, one.image_ids[rows], one.patients[rows], one.truth[rows], one.scores[rows])
        for name, one in entry.predictions.items()
    }
    return SeedScores(entry.seed, made, {})


@pytest.fixture(scope="module")
def seeds():
    return [scored(seed, female=2.5) for seed in range(5)]


@pytest.fixture(scope="module")
def found(seeds):
    return measure_groups(seeds, {"sex": SEX, "age": AGE, "view": VIEW}, 0.05, ())


def test_a_group_is_measured_as_if_it_were_all(seeds, found):
    for covariate, group, rows in (("sex", "F", SEX == "F"), ("view", "AP", VIEW == "AP")):
        entry = found["covariates"][covariate]["groups"][group]
        alone = joint_aucs([part_of(one, rows) for one in seeds], ("real", "synthetic"), ())
        gap = alone.contrast((1, -1), np.array([True, False]))
        assert entry["gap"]["values"] == pytest.approx(gap.values)
        assert entry["gap"]["interval"] == pytest.approx(gap.interval(0.95))
        assert (entry["images"], entry["patients"]) == (rows.sum(), len(set(OWNER[rows])))
        real = [auc_per_label(TRUTH[rows], one.predictions["real"].scores[rows]) for one in seeds]
        assert entry["labels"]["A"]["real"] == pytest.approx(np.mean(real, axis=0)[0])


def test_a_change_of_the_difference_by_hand(seeds, found):
    """Sexes share no patient: four AUCs of label A, limits of each on the logit scale, joined in squares."""
    (pair,) = measure_groups([only_a(one) for one in seeds], {"sex": SEX}, 0.05, ())["covariates"]["sex"]["pairs"]
    values, limits, alike = [], [], []
    for rows in (SEX == "F", SEX == "M"):
        scores = [one.predictions[kind].scores[rows, :1] for kind in ("real", "synthetic") for one in seeds]
        aucs = clustered_aucs(np.tile(TRUTH[rows, :1], 10), np.hstack(scores), OWNER[rows].astype(str))
        values.append(aucs.values.reshape(2, 5))
        pairs = [(s, t) for s in range(5) for t in range(5) if s != t]

        def covariance(one, other, aucs=aucs, pairs=pairs):
            return np.mean([aucs.covariance[5 * one + s, 5 * other + t] for s, t in pairs])

        for kind in (0, 1):
            value = values[-1][kind].mean()
            half = stats.t.isf(0.025, 40 - 1) * np.sqrt(covariance(kind, kind)) / (value * (1 - value))
            ends = [1 / (1 + np.exp(-(np.log(value / (1 - value)) + side * half))) for side in (-1, 1)]
            limits.append((value - ends[0], ends[1] - value))
        # Means over pairs of seeds may give a little more than 1.
        alike.append(min(covariance(0, 1) / np.sqrt(covariance(0, 0) * covariance(1, 1)), 1.0))
    changes = (values[0][1] - values[1][1]) - (values[0][0] - values[1][0])
    assert pair["change"]["values"] == pytest.approx(changes)
    spread = stats.t.isf(0.025, 4) ** 2 * changes.var(ddof=1) / 5
    (fr, fs, mr, ms) = limits
    # Down: what is taken off goes up. F real and M synthetic are taken off, F synthetic and M real added.
    down = (
        fs[0] ** 2 + fr[1] ** 2 - 2 * alike[0] * fs[0] * fr[1] + mr[0] ** 2 + ms[1] ** 2 - 2 * alike[1] * mr[0] * ms[1]
    )
    up = fs[1] ** 2 + fr[0] ** 2 - 2 * alike[0] * fs[1] * fr[0] + mr[1] ** 2 + ms[0] ** 2 - 2 * alike[1] * mr[1] * ms[0]
    mean, interval = changes.mean(), pair["change"]["interval"]
    assert [interval["low"], interval["high"]] == pytest.approx(
        [mean - (spread + down) ** 0.5, mean + (spread + up) ** 0.5]
    )
    gaps = measure_groups([only_a(one) for one in seeds], {"sex": SEX}, 0.05, ())["covariates"]["sex"]["groups"]
    assert pair["change"]["mean"] == pytest.approx(gaps["M"]["gap"]["mean"] - gaps["F"]["gap"]["mean"])


def only_a(entry):
    made = {
        name: Predictions(("A",), one.image_ids, one.patients, one.truth[:, :1], one.scores[:, :1])
        for name, one in entry.predictions.items()
    }
    return SeedScores(entry.seed, made, {})


def test_the_error_of_a_change_between_views_is_that_of_a_bootstrap():
    """Both views are of the same patients. One seed, label A, 800 resamples of patients."""
    entry = scored(3)
    joint = group_aucs([entry], VIEW, ()).of("AP", "PA")
    error = joint.contrast(CHANGE, np.array([True, False])).covariance[0, 0] ** 0.5
    random, draws = np.random.default_rng(1), []
    for _ in range(800):
        rows = (2 * random.integers(0, PATIENTS, PATIENTS)[:, None] + [0, 1]).ravel()
        aucs = {
            (kind, view): auc_per_label(TRUTH[rows[view::2]], one.scores[rows[view::2]])[0]
            for kind, one in entry.predictions.items()
            for view in (0, 1)
        }
        change = [aucs["synthetic", view] - aucs["real", view] for view in (0, 1)]
        draws.append(change[0] - change[1])
    assert error == pytest.approx(np.std(draws), rel=0.1)


def test_too_few_patients_are_not_shown_with_the_missing_number(found):
    age = found["covariates"]["age"]["groups"]
    # Of 12 patients every third has A: 4 with, 8 without; 15 are needed.
    assert {key: age["0-17"][key] for key in ("shown", "counts_as", "missing_patients", "patients")} == {
        "shown": False, "counts_as": 4, "missing_patients": 11, "patients": 12}  # fmt: skip
    assert "gap" not in age["0-17"] and age["0-17"]["labels_in_mean"] == 0
    assert age["18-39"]["shown"] and list(age) == ["0-17", "18-39", "unknown"]
    # B, which 6 women have, would be most of the error of a mean, and leave none: A alone has an interval.
    women = found["covariates"]["sex"]["groups"]["F"]
    assert (women["labels_in_mean"], women["left_out"], women["counts_as"]) == (1, ["B"], 40)
    assert (women["labels"]["B"]["missing_patients"], women["labels"]["A"]["missing_patients"]) == (9, 0)
    assert [one["groups"] for one in found["covariates"]["age"]["pairs"]] == [["0-17", "18-39"]]
    (pair,) = found["covariates"]["age"]["pairs"]
    assert not pair["shown"] and pair["missing_patients"] == 11 and "change" not in pair


def test_a_difference_that_synthetic_training_makes(found):
    """The noise of the synthetic-trained classifier is for women."""
    groups = found["covariates"]["sex"]["groups"]
    (pair,) = found["covariates"]["sex"]["pairs"]
    assert groups["F"]["verdict"]["finding"] == "worse" and groups["M"]["verdict"]["finding"] != "worse"
    assert pair["change"]["mean"] < -0.1 and pair["verdict"]["loses_more"] == "F"
    assert (pair["labels_in_mean"], pair["left_out"]) == (1, ["B"])
    assert pair["verdict"]["p_holm"]["unequal"] == pytest.approx(2 * pair["verdict"]["p"]["unequal"])
    # Views do not differ.
    (views,) = found["covariates"]["view"]["pairs"]
    assert views["verdict"]["loses_more"] is None and views["verdict"]["answer"] != "shown"


def test_one_training_decides_nothing(seeds):
    one = measure_groups(seeds[:1], {"sex": SEX}, 0.05, ())["covariates"]["sex"]
    assert one["groups"]["F"]["verdict"]["finding"] == "one training"
    assert (one["pairs"][0]["verdict"]["finding"], one["pairs"][0]["verdict"]["answer"]) == (
        "one training",
        "undecided",
    )
    assert one["groups"]["F"]["gap"]["interval"]["low"] < one["groups"]["F"]["gap"]["mean"]


def test_a_group_with_one_class():
    """No woman has the finding: nothing to measure in her group, and the other group stays."""
    entry = only_a(scored(1))
    truth = np.where((SEX == "F")[:, None], 0.0, TRUTH[:, :1])
    made = {
        name: Predictions(("A",), one.image_ids, one.patients, truth, one.scores)
        for name, one in entry.predictions.items()
    }
    found = measure_groups([SeedScores(1, made, {})], {"sex": SEX}, 0.05, ())["covariates"]["sex"]
    assert (found["groups"]["F"]["shown"], found["groups"]["F"]["missing_patients"]) == (False, 15)
    assert found["groups"]["M"]["shown"] and not found["pairs"][0]["shown"]


def test_flipped_aucs_are_flipped_in_each_group(seeds):
    turned = [
        SeedScores(
            one.seed,
            {
                name: Predictions(NAMES, p.image_ids, p.patients, p.truth, -p.scores if name == "real" else p.scores)
                for name, p in one.predictions.items()
            },
            {},
        )
        for one in seeds
    ]
    plain = measure_groups(seeds, {"sex": SEX}, 0.05, ())["covariates"]["sex"]["groups"]["M"]
    flipped = measure_groups(turned, {"sex": SEX}, 0.05, ("auc_flipped",))["covariates"]["sex"]["groups"]["M"]
    assert flipped["real"] == pytest.approx(plain["real"])
    assert flipped["gap"]["interval"] == pytest.approx(plain["gap"]["interval"])
