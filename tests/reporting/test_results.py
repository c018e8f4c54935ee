"""What a report reads, and what it makes of numbers."""

import math

import pytest
from result_files import experiment_folder, gap, privacy, run_folder, verdict

from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.verdict_figure import verdict_figure
from medgan_tf.presentation.blocks import Interval, PValue, Table, cell_text
from medgan_tf.reporting.answer import BAD, GOOD, UNSURE, privacy_words, worth_words
from medgan_tf.reporting.gap_view import ABOVE, BELOW, OPEN, UNDEFINED, gap_view
from medgan_tf.reporting.provenance import training_seconds, without_places
from medgan_tf.reporting.results import read_results

ATTACKS = ("distance image", "density image", "discriminator image")


def test_a_run_an_experiment_and_a_grid(tmp_path):
    experiment = experiment_folder(tmp_path / "runs" / "phantom")
    experiment_folder(tmp_path / "runs" / "phantom", "progressive", seeds=(1000,), gaps=(0.05,))
    (tmp_path / "runs" / ".real_statistics").mkdir()
    (experiment / "real-seed1000").mkdir()
    run = read_results(experiment / "cpd-seed1001")
    assert (run.kind, [one.name for one in run.runs], run.runs[0].seed) == ("run", ["cpd-seed1001"], 1001)
    assert run.gans[0].gap["seeds"] == [1000, 1001, 1002]
    whole = read_results(experiment)
    assert (whole.kind, [gan.architecture for gan in whole.gans]) == ("experiment", ["cpd", "progressive"])
    assert [one.seed for one in whole.gans[0].runs] == [1000, 1001, 1002]
    grid = read_results(tmp_path / "runs")
    assert (grid.kind, grid.title, len(grid.gans)) == ("grid", "runs", 2)
    assert training_seconds(run.runs[0]) == 20.0


@pytest.mark.parametrize(
    "name, message",
    [("nothing", "no such folder: .*nothing; expected a run"), ("empty", "empty holds no runs: expected a run folder")],
)
def test_folders_without_runs(tmp_path, name, message):
    (tmp_path / "empty" / "notes").mkdir(parents=True)
    with pytest.raises(DataError, match=message):
        read_results(tmp_path / name)


def test_damaged_files_are_named_and_count_as_missing(tmp_path):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1, privacy=privacy())
    (run / "evaluation" / "privacy.json").write_text('{"verdicts": [')
    (run / "evaluation" / "occlusion.json").write_text("[]")
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"images_seen": 30')
    results = read_results(run)
    assert results.runs[0].privacy is None and results.runs[0].occlusion is None
    assert sorted(results.problems) == [
        "evaluation/occlusion.json cannot be read; make it again",
        "evaluation/privacy.json cannot be read; make it again",
    ]
    assert [line["images_seen"] for line in results.runs[0].metrics] == [1000, 2000]


def test_gap_over_seeds_and_of_one():
    view = gap_view(gap())
    assert view.mean.gap == pytest.approx(0.03) and view.mean.sd == pytest.approx(0.01)
    assert view.mean.real == pytest.approx(0.9) and view.mean.synthetic == pytest.approx(0.87)
    assert (view.rows[0].label, view.rows[0].p_holm, view.mean.p_holm) == ("Edema", 0.02, None)
    assert (view.equivalence_p, view.detectable, view.floor) == (0.03, 0.0123, None)
    one = gap_view(gap(), seed=1002)
    assert (one.seeds, one.mean.gap, one.mean.sd, one.equivalence_p) == ((1002,), 0.04, None, None)
    assert (one.mean.interval.low, one.mean.interval.high) == pytest.approx((0.03, 0.05))
    assert one.rows[1].synthetic == pytest.approx(0.86)
    assert gap_view(gap(), seed=7) is None


@pytest.mark.parametrize(
    "gaps, half, expected, state, words",
    [
        ((0.02, 0.03, 0.04), 0.01, BELOW, GOOD, "The loss is below the margin of 0.05"),
        ((0.09, 0.10, 0.11), 0.01, ABOVE, BAD, "The loss is above the margin of 0.05"),
        ((0.04, 0.05, 0.06), 0.02, OPEN, UNSURE, "Not shown to be below the margin of 0.05"),
        ((0.04, 0.05, 0.06), math.nan, UNDEFINED, UNSURE, "Undefined"),
    ],
)
def test_the_verdict_is_that_of_the_interval(gaps, half, expected, state, words):
    view = gap_view(gap(gaps=gaps, half=half))
    assert view.verdict == expected
    assert worth_words(view)[:2] == (state, words)


@pytest.mark.parametrize(
    "statuses, state, words",
    [
        (["pass", "pass"], GOOD, "No limit broken in 2 questions"),
        (["pass", "caution"], UNSURE, "No limit broken in 1 question, 1 caution"),
        (["pass", "not run"], UNSURE, "1 of 2 questions have no answer"),
        (["fail", "pass", "not run"], BAD, "1 of 2 limits broken"),
    ],
)
def test_the_privacy_verdict_is_the_worst(statuses, state, words):
    verdicts = [verdict(name, status) for name, status in zip(ATTACKS, statuses, strict=False)]
    assert privacy_words(privacy(verdicts))[:2] == (state, words)


def without_kind(verdicts):
    """As files were written before verdicts had a kind."""
    return [{key: value for key, value in one.items() if key != "kind"} for one in verdicts]


@pytest.mark.parametrize("written", [list, without_kind])
def test_attacks_are_attacks_at_any_limit(written):
    """docs/privacy.md shows a limit of 0.55; and a share may well be held against 0.5."""
    verdicts = written(
        [
            verdict("distance image", value=0.53, ends=(0.5, 0.56), limit=0.55),
            verdict("density image", value=0.51, limit=0.55),
            verdict("copies", value=0.6, ends=(0.5, 0.7), limit=0.5),
        ]
    )
    text = " ".join(privacy_words(privacy(verdicts))[2])
    assert "The strongest of 2 attacks reaches an AUC of 0.530 (interval 0.500 to 0.560; 0.5 is guessing)" in text
    attacks, excesses = verdict_figure(verdicts).axes
    assert attacks.get_xlabel() == "AUC of the attack (0.5: guessing)"
    titles = [[label.get_text() for label in axes.get_yticklabels()] for axes in (attacks, excesses)]
    assert titles == [
        ["membership by density, images", "membership by distance, images"],
        ["excess of suspected copies"],
    ]
    limits = [
        [line.get_xdata()[0] for line in axes.lines if line.get_color() == "black"] for axes in (attacks, excesses)
    ]
    assert limits == [[0.55, 0.55], [0.5]]


def test_privacy_in_words():
    broken = verdict("copies", "fail", 0.2, (0.1, 0.3), 0.01, "20 of 100 images suspected")
    attacks = [verdict("distance image", value=0.51), verdict("density image", value=0.53, ends=(0.5, 0.56))]
    text = " ".join(privacy_words(privacy([*attacks, broken, verdict("combinations", "caution", words="few")]))[2])
    assert "Question of copies? 20 of 100 images suspected." in text
    assert "The strongest of 2 attacks reaches an AUC of 0.530 (interval 0.500 to 0.560; 0.5 is guessing)" in text
    assert "Of 100 planted copies of each kind were found: 100 exact, 85 noised." in text
    assert "Caution: few." in text and "not a guarantee" in text


def test_cells():
    assert [cell_text(cell) for cell in (1234, 0.12345, None, math.nan, "a")] == [
        "1,234", "0.123", "undefined", "undefined", "a"]  # fmt: skip
    assert cell_text(Interval(0.1, 0.2)) == "0.100 to 0.200" and cell_text(Interval(0.1, None)) == "undefined"
    assert [cell_text(PValue(p)) for p in (0.00001, 0.04999, None)] == ["< 0.0001", "0.0500", "undefined"]


TABLE = Table(
    "t",
    "Gap & <more>",
    ["finding", "gap", "95 %"],
    [["a_b", 0.123456, Interval(0.1, None)], ["mean", None, ""]],
    foot=1,
)


def test_a_table_as_html():
    assert TABLE.html() == (
        '<div class="table"><table><caption>Gap &amp; &lt;more&gt;</caption><thead><tr><th scope="col" class="text">'
        'finding</th><th scope="col">gap</th><th scope="col">95 %</th></tr></thead><tbody>'
        '<tr><th scope="row">a_b</th><td>0.123</td><td>undefined</td></tr>'
        '<tr class="sum"><th scope="row">mean</th><td>undefined</td><td class="text"></td></tr>'
        "</tbody></table></div>"
    )  # fmt: skip


def test_a_table_as_csv_keeps_all_digits():
    assert TABLE.csv() == "finding,gap,95 % low,95 % high\na_b,0.123456,0.1,\nmean,,,\n"


def test_a_table_as_latex():
    lines = TABLE.latex().splitlines()
    assert lines[2] == r"\caption{Gap \& \textless{}more\textgreater{}}"
    assert lines[3:6] == [r"\begin{tabular}{lrr}", r"\toprule", r"finding & gap & 95 \% \\"]
    assert lines[7:10] == [r"a\_b & 0.123 & undefined \\", r"\midrule", r"mean & undefined &  \\"]


def test_settings_without_places():
    found = without_places(
        {"data": {"root": "chest", "resolution": 32, "options": {"csv": "a/b.csv"}}, "weights": "none"}
    )
    assert found == {
        "data": {"root": "(left out)", "resolution": 32, "options": {"csv": "(left out)"}},
        "weights": "none",
    }
