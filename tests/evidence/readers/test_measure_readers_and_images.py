"""Readers and images as samples: from answers to numbers, and the words for what they find."""

from fractions import Fraction

import numpy as np
import pytest
from study_parts import make_study, simulate

from medgan_tf.evidence.readers.answers import Answer, collect_answers
from medgan_tf.evidence.readers.measure import score_answers
from medgan_tf.evidence.readers.measure_chance import against_chance
from medgan_tf.evidence.readers.measure_readers_and_images import against_chance_beyond, area_beyond
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.words import findings
from medgan_tf.metrics.clustered_auc import clustered_aucs
from medgan_tf.metrics.readers_and_cases import mean_over_readers, over_readers


def study(synthetic, images, confidence=None):
    """Answers of readers [J, 2 x images] of whom each sees the images in an order of their own; half are synthetic."""
    truth = {f"{n:03d}": "synthetic" if n >= images else "real" for n in range(2 * images)}
    random, answers = np.random.default_rng(0), []
    for number, called in enumerate(np.asarray(synthetic, bool)):
        for n in random.permutation(2 * images):
            sure = None if confidence is None else int(confidence[number][n])
            answers.append(Answer(f"R{number}", f"{n:03d}", "synthetic" if called[n] else "real", "", sure))
    return answers, truth


def calls(readers, images, right, seed=0):
    """Answers that are right with a chance, independent of each other."""
    random = np.random.default_rng(seed)
    is_right = random.random((readers, 2 * images)) < right
    return np.where(np.arange(2 * images) >= images, is_right, ~is_right)


def scores(synthetic, images):
    right = np.asarray(synthetic, bool) == (np.arange(2 * images) >= images)
    return [Fraction(int(row.sum()), 2 * images) for row in right]


def beyond(synthetic, images, level=0.05, margin=0.1):
    return against_chance_beyond(*study(synthetic, images), level, margin)


def test_answers_are_put_together_by_image():
    """Whatever the order of each reader: the numbers are those of the table of right answers."""
    called = calls(6, 35, 0.6)
    found = beyond(called, 35)
    kinds = np.repeat(["real", "synthetic"], 35)
    expected = mean_over_readers((called == (kinds == "synthetic")) * 1.0, kinds)
    assert (found.readers, found.images) == (6, {"real": 35, "synthetic": 35})
    assert (found.mean, found.covariance) == pytest.approx((expected.mean, expected.covariance))
    assert found.interval == pytest.approx(expected.interval(0.95))
    assert found.above_p == pytest.approx(expected.p_above(0.5))
    assert found.equivalence_p == pytest.approx(expected.p_within(0.4, 0.6))
    assert found.to_json()["method"].startswith("readers and images are both samples")


def test_images_that_mislead_everyone_are_a_finding_for_these_images_only():
    """All 9 readers call the same 30 real and 20 synthetic images synthetic, and each errs in one image of their own:
    scores of 0.4 and a bit, each below 0.5, so p = 1/512 for these images. Other images would give other scores."""
    looks = np.r_[np.arange(50) < 30, np.arange(50) < 20]
    called = np.tile(looks, (9, 1))
    for reader in range(9):
        called[reader, reader] ^= True
    found = beyond(called, 50)
    tests = against_chance(scores(called, 50), 0.05, 0.1)
    assert tests.signed_rank.less == 1 / 512 and tests.below
    assert found.finding == "open" and found.below_p > 0.025
    sentences = findings(tests, found)
    assert (
        sentences[1].startswith("NOT SHOWN TO BE BETTER THAN CHANCE")
        and "readers and images like these" in sentences[1]
    )
    assert (
        sentences[-1].startswith("For these images only (the paper's test, exact:")
        and "below 0.5 p = 0.0020" in sentences[-1]
    )


def test_findings_in_words():
    able = beyond(calls(7, 50, 0.75), 50)
    tests = against_chance(scores(calls(7, 50, 0.75), 50), 0.05, 0.1)
    words = findings(tests, able)
    assert (
        words[0].startswith("7 readers, 50 real and 50 synthetic images: mean score 0.7")
        and "95 % interval" in words[0]
    )
    assert (
        words[1].startswith("BETTER THAN CHANCE, for readers and images like these") and "tested at 0.025" in words[1]
    )
    assert words[3] == "Reading: readers tell real from synthetic images more often than a coin would."
    wrong = findings(tests, beyond(calls(7, 50, 0.25), 50))
    assert wrong[1].startswith("BELOW CHANCE, for readers and images like these")
    same = findings(tests, beyond(calls(11, 100, 0.5), 100))
    assert same[2].startswith("EQUIVALENT TO GUESSING within 0.4 to 0.6, for readers and images like these")


def test_few_readers_few_images_and_no_spread_decide_nothing():
    tests = against_chance(scores(calls(2, 50, 0.9), 50), 0.05, 0.1)
    few = beyond(calls(2, 50, 0.9), 50)
    assert few.finding == "few readers" and not few.equivalent
    assert np.isnan([*few.interval, few.below_p, few.above_p, few.equivalence_p]).all()
    words = findings(tests, few)
    assert (
        len(words) == 3
        and words[1].startswith("NOT DECIDED: TOO FEW READERS. 2 readers")
        and "3 are needed" in words[1]
    )
    assert "interval" not in words[0]
    assert "30 of each kind" in findings(tests, beyond(calls(8, 29, 0.9), 29))[1]
    perfect = beyond(np.tile(np.arange(80) >= 40, (6, 1)), 40)
    assert perfect.finding == "undefined" and findings(tests, perfect)[1].startswith("NOT DECIDED: NO SPREAD")
    assert beyond(calls(5, 1, 0.5), 1) is None


def test_few_readers_have_wider_limits():
    """Interval and p-values come from t(2) for the readers' spread and z for the images, not from Hillis's t."""
    called = calls(3, 50, 0.65, seed=4)
    found = beyond(called, 50)
    kinds = np.repeat(["real", "synthetic"], 50)
    wider = mean_over_readers((called == (kinds == "synthetic")) * 1.0, kinds)
    half = np.sqrt(4.302653**2 * wider.reader_square / 3 + 1.959964**2 * max(wider.covariance, 0))
    assert found.interval == pytest.approx((wider.mean - half, wider.mean + half), abs=1e-6)
    assert found.above_p == pytest.approx(wider.judge.p_above(0.5)) and found.above_p >= wider.p_above(0.5)


def test_area_of_readers_and_images():
    """Ratings are the answers with their confidence; images are put together whatever the order of each reader."""
    random = np.random.default_rng(5)
    called, sure = calls(6, 30, 0.7), random.integers(1, 6, (6, 60))
    answers, truth = study(called, 30, sure)
    found = area_beyond(answers, truth, 0.05)
    ratings = np.where(called, sure, -sure).T
    synthetic = np.repeat(np.arange(60)[:, None] >= 30, 6, axis=1)
    aucs = clustered_aucs(synthetic, ratings, np.arange(60).astype(str))
    expected = over_readers(aucs.values, aucs.covariance)
    assert found["interval"] == pytest.approx(expected.interval(0.95))
    assert found["covariance"] == pytest.approx(expected.covariance) and found["finding"] == "above"
    few = area_beyond([answer for answer in answers if answer.reader < "R2"], truth, 0.05)
    assert few["finding"] == "few readers" and np.isnan(few["interval"]).all()


def test_notes_say_whom_the_tests_speak_about(tmp_path):
    make_study(tmp_path, images=60)
    key = simulate(tmp_path, [0.7] * 5)
    given = collect_answers([tmp_path / "answers"], key)
    alone = score_answers(given, key, ReaderStudyConfig())
    assert alone["notes"][0].startswith(
        "In the paper's signed-rank test readers are the sample and the images are fixed"
    )
    assert not any("one_per_patient" in note for note in alone["notes"])
    several = score_answers(given, key, ReaderStudyConfig(one_per_patient=False))
    assert any("counted as independent" in note for note in several["notes"])
