"""What a report says of private trainings: card, section, table of settings, comparison, glossary."""

import json

import pytest
from private_runs import canary_figures, guarantee, make_private
from report_pages import page_of, table_of
from result_files import experiment_folder, privacy, run_folder

from medgan_tf.evidence.run_guarantee import run_guarantee
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder


def private_run(path, found, **figures):
    """A private run with an audit under its guarantee; with canaries where there are figures."""
    run = make_private(run_folder(path, int(path.name.rpartition("seed")[2]), privacy=privacy()), found)
    filed = run_guarantee(LenientReader(run), RunFolder(run))
    result = privacy() | {"guarantee": filed.as_json()} | (canary_figures(**figures) if figures else {})
    (run / "evaluation" / "privacy.json").write_text(json.dumps(result))
    return run


def card_of(page, title="What is guaranteed?"):
    """The text of the page from the card on."""
    return page.text[page.text.index(title) :]


def state_of(report, title="What is guaranteed?"):
    """The colour of the card."""
    html = report.files[0].read_text(encoding="utf-8")
    return html[: html.index(f"<h3>{title}</h3>")].rpartition('class="card ')[2].partition('"')[0]


def test_a_private_run(tmp_path):
    run = private_run(tmp_path / "a" / "cpd-seed1", guarantee(1.0), right=51)
    page, report = page_of(run, tmp_path / "out")
    assert state_of(report) == "good" and report.failed == report.problems == []
    card = card_of(page)
    assert card.startswith("What is guaranteed? Epsilon 1 at delta 1e-05, for each patient For any one patient: ")
    assert "finds at most 2.72 % of the patients who were" in card and "Not contradicted: " in card
    section = page.text[page.text.index("A guarantee of differential privacy is a property") :]
    # Before the audit.
    assert section.index("What this promise does not cover") < section.index("Attacks and searches are made with")
    assert "this report, the audit and its annex: they were computed from real images" in section
    assert "The guarantee loosens no limit of the audit" in section and "the number of patients, 8,000" in section
    for word in ("Differential privacy", "Epsilon", "Delta", "Clipping", "Noise multiplier", "Poisson sampling",
                 "Adjacency", "PLD"):  # fmt: skip
        assert word in page.text[page.text.index("Which number means what", page.text.index("AUC")) :]
    head, rows = table_of(report, "guarantee-runs")
    assert head[6:] == ["most that can be found at 1 % false alarms", "held against the audit",
                        "lower bound of the audit", "its ceiling"]  # fmt: skip
    assert rows["cpd-seed1"] == ["1", "1e-05", "patient", "1.1", "1,200", "2.72 %", "not contradicted", "0.00", "4.00"]
    assert "confirm" not in card.lower()


def test_a_refuted_claim_is_red(tmp_path):
    run = private_run(tmp_path / "a" / "cpd-seed1", guarantee(0.1), right=95)
    page, report = page_of(run, tmp_path / "out")
    assert state_of(report) == "bad" == state_of(report, "cpd-seed1")
    assert card_of(page).startswith("What is guaranteed? The claim is refuted cpd-seed1: The claim is refuted: ")


def test_no_noise_is_never_green(tmp_path):
    run = private_run(tmp_path / "a" / "cpd-seed1", guarantee(float("inf")))
    page, report = page_of(run, tmp_path / "out")
    assert state_of(report) == "unsure"
    assert card_of(page).startswith("What is guaranteed? No guarantee cpd-seed1: Nothing is guaranteed: this training "
                                    "added no noise, so its epsilon is infinite.")  # fmt: skip
    assert "Guaranteed for" not in page.text
    assert table_of(report, "guarantee-runs")[1]["cpd-seed1"][0] == "infinite: no guarantee"


@pytest.mark.parametrize(
    "epsilon, state", [(2.2, "good"), (2.4, "unsure"), (12.0, "unsure")]
)  # 0.01 e^2.3 is about 0.1
def test_green_is_what_finds_at_most_one_in_ten(tmp_path, epsilon, state):
    run = private_run(tmp_path / "a" / "cpd-seed1", guarantee(epsilon))
    page, report = page_of(run, tmp_path / "out")
    assert state_of(report) == state
    assert ("the numbers leave little: 99.99940 %" in card_of(page)) == (epsilon > 10)


def test_a_damaged_guarantee_is_one_line_and_no_traceback(tmp_path):
    run = private_run(tmp_path / "a" / "cpd-seed1", guarantee())
    (run / "guarantee.json").write_text('{"guarantee": {"epsilon": 3')
    page, report = page_of(run, tmp_path / "out")
    assert report.failed == [] and len(report.problems) == 1
    assert state_of(report) == "unsure" and "Guaranteed for" not in page.text
    assert card_of(page).startswith(
        "What is guaranteed? No guarantee cpd-seed1: Nothing is guaranteed: guarantee.json cannot be read."
    )


def test_several_seeds_say_the_largest_epsilon(tmp_path):
    for seed, epsilon in ((1, 2.0), (2, 2.9), (3, 2.5)):
        private_run(tmp_path / "a" / f"cpd-seed{seed}", guarantee(epsilon))
    page, _ = page_of(tmp_path / "a", tmp_path / "out")
    card = card_of(page)
    assert card.startswith("What is guaranteed? Epsilon 2.9 at delta 1e-05, for each patient The largest epsilon of 3 "
                           "runs is that of cpd-seed2.")  # fmt: skip
    assert "they count together: epsilon 7.4 at delta 3e-05 (naive composition)." in card
    assert "cpd-seed2: Guaranteed for each patient: epsilon 2.9 at delta 1e-05." in page.text
    assert "Of the 3 private runs this is the one with the largest epsilon." in page.text
    # One without a guarantee takes it from all.
    (tmp_path / "a" / "cpd-seed3" / "guarantee.json").unlink()
    page, report = page_of(tmp_path / "a", tmp_path / "again")
    assert "No guarantee for 1 of 3 runs cpd-seed3: Nothing is guaranteed: there is no guarantee.json" in page.text
    assert "The others have at most epsilon 2.9 at delta 1e-05" in page.text and state_of(report) == "unsure"


def test_generators_side_by_side_have_a_column_where_one_is_private(tmp_path):
    for name in ("cpd", "dcgan"):
        experiment_folder(tmp_path / "a", name, privacy=privacy())
    page, report = page_of(tmp_path / "a", tmp_path / "before")
    assert "epsilon" not in " ".join(table_of(report, "side-by-side-a")[0]) and "What is guaranteed?" not in page.text
    assert "Poisson sampling" not in page.text
    for seed in (1000, 1001, 1002):
        make_private(tmp_path / "a" / f"dcgan-seed{seed}", guarantee(3.0))
    _, report = page_of(tmp_path / "a", tmp_path / "out")
    head, rows = table_of(report, "compared-privacy-a")
    places = [head.index(title) - 1 for title in ("epsilon", "epsilon is for")]
    assert [rows["dcgan"][place] for place in places] == ["3.0", "delta 1e-05, by patient"]
    assert [rows["cpd"][place] for place in places] == ["not private", ""]


def test_a_grid_over_epsilon(tmp_path):
    """The axis gives a column, a figure and a table; infinity comes last."""
    for epsilon, name in ((10.0, "10"), (float("inf"), "inf"), (0.5, "0.5"), (3.0, "3")):
        folder = experiment_folder(tmp_path / "runs" / f"phantom_target_epsilon_{name}", privacy=privacy())
        for seed in (1000, 1001, 1002):
            run = make_private(folder / f"cpd-seed{seed}", guarantee(epsilon if seed == 1001 else 0.9 * epsilon))
            (run / "dataset.json").write_text('{"pixels_sha256": "the same images"}')
    page, report = page_of(tmp_path / "runs", tmp_path / "out")
    assert report.failed == [] and "Against epsilon" in page.text
    _, rows = table_of(report, "epsilon-utility-phantom-cpd")
    assert list(rows) == ["0.5", "3.0", "10.0", "infinite"]
    assert [row[0] for row in rows.values()] == [f"phantom_target_epsilon_{name}" for name in ("0.5", "3", "10", "inf")]
    assert float(rows["3.0"][6]) == pytest.approx(0.03)
    head, settings = table_of(report, "settings")
    place = head.index("epsilon") - 1
    assert [row[place] for row in settings.values()] == ["0.5", "3.0", "10.0", "infinite: no guarantee"]
    assert "phantom_target_epsilon_inf: 12 private trainings were made on the same patients." in page.text
    assert "and then nothing is promised: 3 of them have no guarantee." in page.text
