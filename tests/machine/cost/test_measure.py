"""Tests of measuring cases: it goes on where it was stopped, and writes the page. No real command is run here."""

import pytest

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.machine.cost import measure
from medgan_tf.machine.cost.cases import AUDIT, STAGES, Case, all_cases
from medgan_tf.machine.cost.child import Use
from medgan_tf.machine.cost.measure import MEASURED, measure_costs, write_page
from medgan_tf.machine.cost.measurements import read_costs
from medgan_tf.machine.cost.table import END, START, replaced


@pytest.fixture
def asked(monkeypatch):
    """Cases that were run; their time is a millisecond for each image."""
    cases = []
    monkeypatch.setattr(measure, "probe_seconds", lambda: 0.5)
    monkeypatch.setattr(measure, "command_of", lambda case, inputs, results: cases.append(case) or ["true"])

    def use(command, limit, output, folder):
        output.write_text('{"images_per_second": 7.5}')
        seconds = cases[-1].images / 1000
        return Use(seconds, seconds, 0.5, "too long" if seconds > 50 else "done", 0)

    monkeypatch.setattr(measure, "use_of", use)
    return cases


def run(folder, stages=("fid",), most=10**6, seconds=1e9, notes=None):
    return measure_costs(folder, stages, most, seconds, (notes if notes is not None else []).append)


def test_all_cases_once_small_ones_first(asked, tmp_path):
    costs = run(tmp_path)
    assert [case.images for case in asked] == [1_000, 10_000, 10_000, 10_000, 30_000, 100_000]
    assert sorted({case.labels for case in asked}) == [1, 5, 20]
    assert read_costs(tmp_path / MEASURED) == costs
    run(tmp_path)
    assert len(asked) == 6


def test_it_goes_on_after_its_time_is_up(asked, tmp_path):
    notes = []
    run(tmp_path, seconds=-1.0, notes=notes)
    assert asked == [] and notes == ["the time is up; 6 cases are left: give the same command again"]
    run(tmp_path, most=1_000)
    run(tmp_path, most=10_000)
    assert [case.images for case in asked] == [1_000, 10_000, 10_000, 10_000]


def test_nothing_larger_follows_what_took_too_long(asked, tmp_path, monkeypatch):
    notes = []
    monkeypatch.setattr(measure, "Inputs", lambda folder: type("Made", (), {"without_pictures": lambda *_: None})())
    run(tmp_path, stages=("prepare",), notes=notes)
    assert max(case.images for case in asked) == 100_000
    assert notes[-1] == "prepare, 1,000,000 images, 5 labels, 32 pixels: left out, as a smaller case took too long"


def test_rates_are_read_from_the_output(asked, tmp_path):
    costs = run(tmp_path, stages=("step",))
    assert {one.images_per_second for one in costs.measured} == {7.5}
    assert {(case.labels, case.resolution) for case in asked} == {
        (1, 32), (5, 32), (20, 32), (5, 64), (5, 128), (5, 256)
    }  # fmt: skip


def test_another_machine_and_an_unknown_stage_are_refused(asked, tmp_path, monkeypatch):
    run(tmp_path, most=1_000)
    monkeypatch.setattr(measure, "described", lambda: {"cpu": "another"})
    with pytest.raises(DataError, match="another machine"):
        run(tmp_path)
    with pytest.raises(ConfigError, match="unknown stage 'fit'"):
        run(tmp_path, stages=("fit",))


def test_a_command_that_fails_is_told_with_its_last_line(asked, tmp_path, monkeypatch):
    def failing(command, limit, output, folder):
        output.with_suffix(".log").write_text("first\nError: no such thing\n")
        return Use(1.0, 1.0, 0.1, "failed", 1)

    monkeypatch.setattr(measure, "use_of", failing)
    with pytest.raises(RunError, match="fid, 1,000 images, 800 synthetic, .*Error: no such thing"):
        run(tmp_path)
    assert not (tmp_path / MEASURED).is_file()


def test_the_page_gets_the_table_and_keeps_the_rest(asked, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{START}\nold\n{END}\nafter\n")
    write_page(run(tmp_path), page)
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith(f"{END}\nafter\n") and "old" not in text
    assert "| 10,000 | 8,000 | 20 | 32 | 10.0 | 10.0 | 0.50 |  |" in text
    assert "| 100,000 | 80,000 | 5 | 32 | over 100 | over 100 | 0.50 |  |" in text
    with pytest.raises(DataError, match="no place for the costs"):
        replaced("nothing here", "table")


def test_the_cases_reach_the_sizes_that_are_asked_for():
    cases = all_cases()
    assert set(STAGES) == {case.stage for case in cases}
    assert max(case.images for case in cases if case.stage == "prepare") == 1_000_000
    # 80 % of the real images are in the training fold.
    assert Case("privacy", *AUDIT[:1], synthetic=AUDIT[1]) in cases and AUDIT[0] * 8 // 10 == 117_000
