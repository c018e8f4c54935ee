"""The paper's tables, the size of the tests, and the words for what they find."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.measure import score_counts
from medgan_tf.evidence.readers.measure_chance import against_chance
from medgan_tf.evidence.readers.measure_signed_rank import signed_rank
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.words import findings, p_value

# Right answers out of 100 images: accuracies of Tables S2 and S3.
CHEST = (45, 52, 45, 52, 50, 25, 49, 39, 40, 55, 39)
BRAIN = (51, 45, 44, 44, 46, 50, 48, 36, 40)


def scored(correct, total=100, level=0.05, margin=0.1, zeros="drop"):
    return against_chance([Fraction(count, total) for count in correct], level, margin, zeros)


def test_paper_table_s2_chest():
    """TR + TS = 25.6 + 19.0 of 100; p < 0.05. W+ = 2.5 + 2.5 + 5 of the ten readers who are not at 0.5."""
    tests = scored(CHEST)
    assert round(tests.mean, 3) == 0.446 == round((25.6 + 19.0) / 100, 3)
    assert tests.mean == pytest.approx(4.91 / 11, abs=1e-15)
    assert tests.sd == pytest.approx(0.0857, abs=5e-5)
    assert (tests.signed_rank.statistic, tests.signed_rank.used, tests.signed_rank.zeros) == (10, 10, 1)
    assert tests.signed_rank.less == 41 / 1024
    assert tests.signed_rank.two_sided == 82 / 1024
    assert tests.below and not tests.above and not tests.equivalent
    assert tests.equivalence_p == pytest.approx(0.0723, abs=5e-5)
    assert scored(CHEST, zeros="pratt").signed_rank.less == 46 / 1024


def test_paper_table_s3_brain():
    """TR + TS = 25.2 + 19.7 of 100; p < 0.01. Only the smallest difference of eight is positive."""
    tests = scored(BRAIN, level=0.01)
    assert round(tests.mean, 3) == 0.449 == round((25.2 + 19.7) / 100, 3)
    assert (tests.signed_rank.statistic, tests.signed_rank.used) == (1, 8)
    assert tests.signed_rank.less == 2 / 256 < 0.01
    assert tests.below
    assert scored(BRAIN).equivalent and scored(BRAIN).equivalence_p == 4 / 256


def test_scoring_of_the_paper_through_the_result():
    result = score_counts([ReaderCounts(f"R{n}", count, 100) for n, count in enumerate(CHEST)], ReaderStudyConfig())
    assert result["over_readers"]["accuracy"]["mean"] == pytest.approx(0.44636, abs=5e-6)
    assert result["tests"]["signed_rank"]["less"] == 41 / 1024
    assert result["tests"]["below"] is True
    assert "zeros left out before ranking (Wilcoxon)" in result["tests"]["method"]
    assert result["findings"][1].startswith("BELOW CHANCE FOR THESE IMAGES: readers were right less often")
    assert "(one-sided p = 0.040, the paper's test, exact; two-sided p = 0.080)" in result["findings"][1]
    assert result["readers_and_images"] is None
    assert any("From counts nothing can be said about other images" in note for note in result["notes"])
    assert any("Without TR, FR, TS and FS" in note for note in result["notes"])


def test_mean_table_of_the_paper_adds_up():
    """Four counts whose means are those of Table S2: accuracy and rates follow."""
    readers = [ReaderCounts.of_four("a", TR=30, FR=36, TS=14, FS=20), ReaderCounts.of_four("b", 21, 26, 24, 29)]
    result = score_counts(readers, ReaderStudyConfig())
    over = result["over_readers"]
    assert (over["TR"]["mean"], over["FS"]["mean"], over["FR"]["mean"], over["TS"]["mean"]) == (25.5, 24.5, 31, 19)
    assert over["accuracy"]["mean"] == pytest.approx(0.445)
    assert over["TR"]["sd"] == pytest.approx(np.std([30, 21], ddof=1))
    first = result["readers"][0]
    assert (first["accuracy"], first["sensitivity"], first["specificity"]) == (0.44, 0.28, 0.6)
    assert first["score"] == pytest.approx(0.44)
    assert first["binomial_p"] == pytest.approx(0.2713, abs=1e-4)


@pytest.mark.parametrize("readers", [11, 20])
def test_at_chance_the_one_sided_test_rejects_at_its_level(readers):
    """1,000 studies of 100 images: at most 5 % by construction, and hardly less, as the ranks are fine enough."""
    random = np.random.default_rng(readers)
    counts = random.binomial(100, 0.5, (1000, readers)).tolist()
    for side in ("less", "greater"):
        p = [getattr(signed_rank([count - 50 for count in study]), side) for study in counts]
        assert 0.03 <= np.mean(np.array(p) < 0.05) <= 0.07


def test_at_the_margin_equivalence_is_claimed_at_its_level():
    counts = np.random.default_rng(1).binomial(100, 0.6, (300, 12)).tolist()
    assert np.mean([scored(study).equivalent for study in counts]) <= 0.07
    nearer = np.random.default_rng(2).binomial(100, 0.5, (100, 12)).tolist()
    assert np.mean([scored(study).equivalent for study in nearer]) > 0.95


def test_reader_exactly_on_the_margin_is_a_zero():
    """0.1 as a float is not 1/10; the margin is taken as it was written."""
    tests = scored([60] * 6)
    assert tests.equivalence_p == 1
    assert scored([59] * 6).equivalence_p == 1 / 64


def test_one_reader_and_equal_readers_have_no_spread():
    alone = scored([45])
    assert np.isnan([alone.sd, *alone.interval, alone.equivalence_t_p]).all()
    assert alone.signed_rank.less == 0.5
    equal = scored([45, 45, 45])
    assert equal.sd == 0 and np.isnan(equal.interval).all()


def test_below_and_not_better_are_different_findings():
    below = findings(scored([40, 42, 38, 41, 39, 37]))
    assert below[1].startswith("BELOW CHANCE FOR THESE IMAGES: readers were right less often")
    open_question = findings(scored([30, 70, 35, 66, 52, 49]))
    assert open_question[1].startswith("NOT SHOWN TO BE BETTER THAN CHANCE")
    assert "is not shown" in open_question[2] and "too little is known" in open_question[3]
    above = findings(scored([70, 72, 68, 75, 80, 66]))
    assert (
        above[1].startswith("BETTER THAN CHANCE")
        and above[3]
        == "Reading, for these images: readers tell real from synthetic images more often than a coin would."
    )
    same = findings(scored([50, 51, 49, 52, 48, 50, 51, 49]))
    assert same[1].startswith("NOT SHOWN") and same[2].startswith(
        "EQUIVALENT TO GUESSING within 0.4 to 0.6, for these images"
    )
    assert (
        same[3] == "Reading, for these images: readers do not differ from guessing by more than the margin, on average."
    )
    slightly = findings(scored([47, 48, 46, 47, 48, 46, 47]))
    assert slightly[1].startswith("BELOW") and slightly[2].startswith("EQUIVALENT") and "slightly worse" in slightly[3]
    little = findings(scored([53, 52, 54, 53, 52, 54, 53]))
    assert little[1].startswith("BETTER") and "no more than the margin" in little[3]
    assert findings(scored([45]))[0] == "1 reader: mean score 0.450; guessing gives 0.5."


def test_p_values_in_words():
    assert [p_value(p) for p in (0.04, 0.0078125, 0.0002)] == ["p = 0.040", "p = 0.0078", "p < 0.001"]


def test_unequal_sets_are_scored_by_the_mean_of_both_rates():
    """70 real and 30 synthetic images: who always says real has an accuracy of 0.7 and a score of 0.5."""
    lazy = ReaderCounts.of_four("a", TR=70, FR=30, TS=0, FS=0)
    assert (lazy.accuracy, lazy.score) == (Fraction(7, 10), Fraction(1, 2))
    result = score_counts([lazy, ReaderCounts.of_four("b", 68, 30, 0, 2)], ReaderStudyConfig())
    assert any("Not as many real as synthetic" in note for note in result["notes"])
    assert result["tests"]["signed_rank"]["zeros"] == 1


def test_binomial_tests_are_corrected_over_the_readers():
    """35 and 38 of 100 have p = .0035 and .0210, 50 has 1: times 3, times 2, and 1 (Holm)."""
    result = score_counts(
        [ReaderCounts(f"R{n}", count, 100) for n, count in enumerate((38, 50, 35))], ReaderStudyConfig()
    )
    raw = [stats.binomtest(count, 100).pvalue for count in (38, 50, 35)]
    assert [reader["binomial_p"] for reader in result["readers"]] == raw
    corrected = [reader["binomial_p_holm"] for reader in result["readers"]]
    assert corrected == pytest.approx([2 * raw[0], 1, 3 * raw[2]])
    assert any("corrected for the number of readers" in note for note in result["notes"])


def test_few_readers_are_told_that_nothing_can_be_significant():
    result = score_counts([ReaderCounts(f"R{n}", 30, 100) for n in range(4)], ReaderStudyConfig())
    assert "So few readers (4) that the exact signed-rank test cannot reach p < 0.05" in result["notes"][-1]
    result = score_counts([ReaderCounts(f"R{n}", 30, 100) for n in range(5)], ReaderStudyConfig())
    assert not any("cannot reach" in note for note in result["notes"])
