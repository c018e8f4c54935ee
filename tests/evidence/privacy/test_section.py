"""The audit's part of the page says no more than its intervals show."""

from report_pages import page_of, table_of
from result_files import experiment_folder, privacy, verdict

from medgan_tf.evidence.privacy.section import TERMS

RANDOM = {"name": "random", "comparable": False}
WARNING = "warning: extractor 'random' is for smoke runs; its values cannot be compared with any others"


def test_answers_and_what_would_decide_them(tmp_path):
    rows = [verdict("distance image"), verdict("copies", "undecided"), verdict("power", "broken"),
            verdict("combinations", "not run")]  # fmt: skip
    experiment_folder(tmp_path / "phantom", seeds=(1000,), gaps=(0.02,), privacy=privacy(rows))
    page, report = page_of(tmp_path / "phantom", tmp_path / "report")
    head, table = table_of(report, "privacy-cpd-seed1000")
    assert head[3] == "95% limits, each on one side low" and head[-1] == "what would decide it"
    assert [row[0] for row in table.values()] == ["holds", "undecided", "LIMIT BROKEN", "NOT RUN"]
    assert [row[-1] for row in table.values()] == ["", "300 patients more", "", ""]
    assert "A limit is broken. How sure is that? Wrong in at most 5 of 100." in page.text


def test_audits_of_all_runs_are_judged_together(tmp_path):
    """p = 0.01 of one row is broken alone, and not as the worst of eight audits."""
    rows = [verdict("copies", "broken") | {"p_broken": 0.01}]
    experiment_folder(tmp_path / "phantom", seeds=range(8), gaps=None, privacy=privacy(rows))
    page, report = page_of(tmp_path / "phantom", tmp_path / "report")
    _, table = table_of(report, "privacy-runs")
    assert {tuple(row[:3]) for row in table.values()} == {("0", "0", "1")}
    assert "0.05 / (K x 8)" in page.text and "1 of 1 limits undecided" in page.text


def test_the_page_marks_features_for_smoke_runs_once(tmp_path):
    """Also for an audit of an earlier version, whose notes do not say it."""
    for number, notes in enumerate((["a note"], ["a note", WARNING])):
        audit = privacy() | {"extractor": RANDOM, "notes": notes}
        experiment_folder(tmp_path / str(number) / "phantom", seeds=(1000,), gaps=(0.02,), privacy=audit)
        page, report = page_of(tmp_path / str(number) / "phantom", tmp_path / f"report-{number}")
        assert page.text.count(WARNING) == 1
    _, rows = table_of(report, "privacy-cpd-seed1000")
    assert rows["Does the distance tell who was in the training set?"][0] == "holds"
    plain = privacy() | {"extractor": {"name": "inception", "comparable": True}}
    experiment_folder(tmp_path / "plain" / "phantom", seeds=(1000,), gaps=(0.02,), privacy=plain)
    assert "smoke runs" not in page_of(tmp_path / "plain" / "phantom", tmp_path / "third")[0].text


def test_the_glossary_explains_an_interval_of_estimates_and_not_of_new_values(tmp_path):
    experiment_folder(tmp_path / "phantom", privacy=privacy())
    text = page_of(tmp_path / "phantom", tmp_path / "report")[0].text
    assert "a single new value may well lie outside" in text and "Where the value would lie" not in text
    assert "It is not the probability of that, and a large p" in text
    assert all(meaning in text for meaning in TERMS.values())
