"""The audit's part of the page says no more than its intervals show."""

import pytest
from report_pages import page_of, table_of
from result_files import experiment_folder, privacy, verdict

from medgan_tf.evidence.privacy.section import TERMS, _answer

RANDOM = {"name": "random", "comparable": False}
WARNING = "warning: extractor 'random' is for smoke runs; its values cannot be compared with any others"


@pytest.mark.parametrize(
    ("name", "ends", "words"),
    [
        # The limit of the attack is 0.5: an interval around it shows neither.
        ("distance image", (0.47, 0.55), "not shown to be broken"),
        ("distance image", (0.40, 0.50), "within the limit"),
        ("copies", (0.30, 0.45), "within the limit"),
        # Of the power the limit is the smallest value.
        ("power", (0.60, 0.90), "within the limit"),
        ("power", (0.40, 0.90), "not shown to be broken"),
    ],
)
def test_only_a_whole_interval_within_the_limit_shows_that_it_is_kept(name, ends, words):
    assert _answer(verdict(name, ends=ends, limit=0.5)) == words


def test_other_answers():
    assert _answer(verdict("distance image", "fail")) == "LIMIT BROKEN"
    assert _answer(verdict("combinations", "not run")) == "NOT RUN"
    assert _answer(verdict("combinations") | {"interval": None, "limit": None}) == "no caution"


def test_the_page_marks_features_for_smoke_runs_once(tmp_path):
    """Also for an audit of an earlier version, whose notes do not say it."""
    for number, notes in enumerate((["a note"], ["a note", WARNING])):
        audit = privacy() | {"extractor": RANDOM, "notes": notes}
        experiment_folder(tmp_path / str(number) / "phantom", seeds=(1000,), gaps=(0.02,), privacy=audit)
        page, report = page_of(tmp_path / str(number) / "phantom", tmp_path / f"report-{number}")
        assert page.text.count(WARNING) == 1
    _, rows = table_of(report, "privacy-cpd-seed1000")
    assert rows["Does the distance tell who was in the training set?"][0] == "not shown to be broken"
    plain = privacy() | {"extractor": {"name": "inception", "comparable": True}}
    experiment_folder(tmp_path / "plain" / "phantom", seeds=(1000,), gaps=(0.02,), privacy=plain)
    assert "smoke runs" not in page_of(tmp_path / "plain" / "phantom", tmp_path / "third")[0].text


def test_the_glossary_explains_an_interval_of_estimates_and_not_of_new_values(tmp_path):
    experiment_folder(tmp_path / "phantom", privacy=privacy())
    text = page_of(tmp_path / "phantom", tmp_path / "report")[0].text
    assert "a single new value may well lie outside" in text and "Where the value would lie" not in text
    assert "It is not the probability that there is none" in text
    assert all(meaning in text for meaning in TERMS.values())
