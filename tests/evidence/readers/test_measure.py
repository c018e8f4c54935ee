"""ROC areas, agreement, consistency and trends: by hand, and recovered from simulated readers."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score
from study_parts import make_study, simulate

from medgan_tf.evidence.readers.answers import Answer, collect_answers
from medgan_tf.evidence.readers.measure import image_table, score_answers
from medgan_tf.evidence.readers.measure_agreement import consistency, reader_agreement
from medgan_tf.evidence.readers.measure_roc import rating, roc_area, roc_points
from medgan_tf.evidence.readers.measure_trends import halves, pace, share_above, trend
from medgan_tf.evidence.readers.settings import ReaderStudyConfig


def test_area_by_hand():
    """Of the pairs (2,1), (2,3), (4,1), (4,3) three are in order; of (1,1) half."""
    assert roc_area([2, 4], [1, 3]).area == 0.75
    assert roc_area([1], [1]).area == 0.5
    assert np.isnan(roc_area([2], [1]).error)
    assert [rating("synthetic", 5), rating("real", 5), rating("real", 1)] == [5, -5, -1]
    assert roc_points([2, 4], [1, 3])[0] == (0, 0) and roc_points([2, 4], [1, 3])[-1] == (1, 1)


def test_error_by_hand():
    """Placements of the synthetic images 1/2 and 1 (variance 1/8), of the real ones 1 and 1/2: 1/16 + 1/16."""
    assert roc_area([2, 4], [1, 3]).error == pytest.approx(np.sqrt(1 / 8))


def test_perfect_separation_has_no_interval():
    area = roc_area([4, 5], [1, 2])
    assert (area.area, area.error) == (1, 0) and np.isnan(area.interval).all()
    with pytest.raises(ValueError, match="needs ratings of both kinds"):
        roc_area([], [1])


def test_intervals_of_the_area_cover_the_truth():
    """Ratings from two normals one standard deviation apart, cut to five steps; the area of the cut ones is exact."""
    random, edges = np.random.default_rng(4), np.array([-0.5, 0.2, 0.8, 1.5])
    cells = [np.diff(stats.norm.cdf(np.r_[-np.inf, edges, np.inf], loc=mean)) for mean in (1, 0)]
    truth = sum(cells[0][i] * (cells[1][:i].sum() + cells[1][i] / 2) for i in range(5))
    covered = 0
    for number in range(500):
        ratings = [np.searchsorted(edges, random.normal(mean, 1, 50)) for mean in (1, 0)]
        area = roc_area(*ratings)
        covered += area.interval[0] <= truth <= area.interval[1]
        if number < 20:
            assert area.area == pytest.approx(roc_auc_score([1] * 50 + [0] * 50, np.concatenate(ratings)))
    assert 0.91 <= covered / 500 <= 0.98


def test_fleiss_kappa_by_hand():
    """Three readers, four images with 3, 3, 0 and 1 votes: agreement (1 + 1 + 1 + 1/3) / 4 = 5/6; by chance
    (7/12)^2 + (5/12)^2 = 37/72."""
    kappa = reader_agreement([3, 3, 0, 1], 3, seed=1)
    assert kappa.agreement == pytest.approx(5 / 6)
    assert kappa.kappa == pytest.approx((5 / 6 - 37 / 72) / (1 - 37 / 72))
    assert kappa.interval[0] < kappa.kappa <= kappa.interval[1] == 1


def test_kappa_at_its_limits():
    random = np.random.default_rng(0)
    assert reader_agreement([5, 0, 5, 0], 5, seed=1).kappa == 1
    chance = reader_agreement(random.binomial(9, 0.5, 400), 9, seed=1)
    assert chance.interval[0] < 0 < chance.interval[1] and abs(chance.kappa) < 0.03
    assert np.isnan(reader_agreement([1, 0], 1, seed=1).kappa)
    same = reader_agreement([3, 3], 3, seed=1)
    assert np.isnan(same.kappa) and same.agreement == 1


def answers(*rows):
    return [Answer(reader, image, answer, "", seconds=seconds) for reader, image, answer, seconds in rows]


def test_consistency_by_hand():
    given = answers(("A", "x", "real", 1), ("A", "x2", "real", 1), ("A", "y", "real", 1), ("A", "y2", "synthetic", 1))
    own = consistency(given, {"x2": "x", "y2": "y"})
    assert (own.same, own.repeated, own.share) == (1, 2, 0.5)
    # Clopper-Pearson for 1 of 2: the roots of 1 - (1 - p)^2 = 0.025 and 1 - p^2 = 0.025.
    assert own.interval == pytest.approx((1 - np.sqrt(0.975), np.sqrt(0.975)))
    assert np.isnan(consistency(given, {}).share)


def test_trend_by_hand():
    """Reader A: right after 3 and 1 s, wrong after 2 s, so half of the pairs. B: always longer when right. C: always
    right, so left out. Signed ranks of 0 and 1/2: one nonzero difference."""
    truth = {"x": "real", "y": "real", "z": "real"}
    given = answers(
        ("A", "x", "real", 3), ("A", "y", "real", 1), ("A", "z", "synthetic", 2),
        ("B", "x", "real", 5), ("B", "y", "real", 4), ("B", "z", "synthetic", 2),
        ("C", "x", "real", 5), ("C", "y", "real", 4), ("C", "z", "real", 2),
    )  # fmt: skip
    found = trend(given, truth, lambda answer: answer.seconds)
    assert found.by_reader == {"A": 0.5, "B": 1.0}
    assert (found.mean, found.two_sided) == (0.75, 1)
    nothing = trend(given, truth, lambda answer: answer.position)
    assert (nothing.by_reader, nothing.mean, nothing.two_sided) == ({}, None, None)
    assert share_above([1, 2], [1]) == Fraction(3, 4)


def test_pace_and_halves():
    given = [Answer("A", str(n), "real", "", seconds=float(n), position=n) for n in range(1, 6)]
    assert (pace(given).median, pace(given).total) == (3, 15)
    assert pace([Answer("A", "x", "real", "")]).median is None
    truth = {str(n): "real" if n <= 3 else "synthetic" for n in range(1, 6)}
    assert halves(given, truth) == (1, Fraction(1, 3))
    assert halves([Answer("A", "1", "real", "")], truth) == (None, None)


def test_learning_readers_are_found():
    """Wrong in the first half, right in the second: every right answer comes later than every wrong one."""
    truth = {str(n): "real" for n in range(10)}
    given = [
        Answer(reader, str(n), "real" if n >= 5 else "synthetic", "", position=n + 1)
        for reader in "ABCDEFGH"
        for n in range(10)
    ]
    found = trend(given, truth, lambda answer: answer.position)
    assert found.mean == 1 and found.two_sided == 2 / 256


def test_readers_of_known_accuracy_are_recovered(tmp_path):
    """60 readers of accuracy 0.3 to 0.8 with 200 images: at least 55 of the 95 % intervals hold the truth."""
    make_study(tmp_path, images=200)
    accuracies = np.linspace(0.3, 0.8, 60)
    key = simulate(tmp_path, accuracies, seed=2)
    result = score_answers(collect_answers([tmp_path / "answers"], key), key, ReaderStudyConfig())
    held = [
        reader["accuracy_interval"][0] <= truth <= reader["accuracy_interval"][1]
        for reader, truth in zip(sorted(result["readers"], key=lambda r: int(r["reader"][1:])), accuracies, strict=True)
    ]
    assert 55 <= sum(held) <= 60
    assert result["over_readers"]["accuracy"]["mean"] == pytest.approx(0.55, abs=0.01)


def test_whole_result(tmp_path):
    make_study(tmp_path, images=60, readers=8, repeats=10)
    key = simulate(tmp_path, [0.7] * 8, seed=3)
    given = collect_answers([tmp_path / "answers"], key)
    result = score_answers(given, key, ReaderStudyConfig())
    assert result["images"] == {"real": 30, "synthetic": 30, "repeated": 10}
    assert result["tests"]["above"] and result["findings"][1].startswith("BETTER THAN CHANCE")
    assert result["consistency"]["repeated"] == 80
    # Answers are independent of each other: 0.7^2 + 0.3^2 = 0.58 of repeats are the same.
    assert result["consistency"]["interval"][0] < 0.58 < result["consistency"]["interval"][1]
    # Confidence is drawn at random: the area is that of the answers alone, in the middle 0.7.
    assert result["roc"]["interval"][0] < 0.7 < result["roc"]["interval"][1]
    assert result["roc"]["pooled_curve"][0] == [0, 0] and result["roc"]["pooled_curve"][-1] == [1, 1]
    assert all(abs(result["trends"][name]["mean"] - 0.5) < 0.1 for name in ("seconds", "position"))
    assert sum(row["images"] for row in result["by_combination"]) == 60
    first = result["readers"][0]
    assert first["TR"] + first["FS"] == first["TS"] + first["FR"] == 30
    assert first["pace"]["median"] > 0 and len(first["accuracy_by_half"]) == 2
    rows = image_table(given, key)
    assert len(rows) == 70 and rows[0]["called_synthetic"] >= rows[-1]["called_synthetic"]
    assert all(row["readers"] == 8 for row in rows)


def test_readers_without_confidence_are_left_out_of_the_roc_by_name(tmp_path):
    make_study(tmp_path)
    simulate(tmp_path, [0.5, 0.5, 0.5], confidence=False)
    key = simulate(tmp_path, [1.0, 1.0])
    result = score_answers(collect_answers([tmp_path / "answers"], key), key, ReaderStudyConfig())
    assert (result["roc"]["readers"], result["roc"]["mean_area"], list(result["roc"]["curves"])) == (
        2,
        1,
        ["R01", "R02"],
    )
    assert result["readers"][2]["roc"] is None
    assert "ROC curves leave out readers without a confidence for each answer: R03." in result["notes"]


def test_answers_without_confidence_have_no_roc(tmp_path):
    make_study(tmp_path, confidence=False)
    key = simulate(tmp_path, [0.5, 0.5], confidence=False)
    result = score_answers(collect_answers([tmp_path / "answers"], key), key, ReaderStudyConfig())
    assert result["roc"] is None and result["readers"][0]["roc"] is None
    assert result["consistency"]["share"] is None
