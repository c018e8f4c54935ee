"""Each simulation in small: the promises hold, a broken one is noticed, and the tables get to their place."""

import pytest

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.simulations import gap
from medgan_tf.simulations.registry import SIMULATIONS
from medgan_tf.simulations.row import COVERAGE, ERROR, POWER, Row
from medgan_tf.simulations.run import Simulated, run_simulations
from medgan_tf.simulations.tables import breaks, remark, replaced

DRAWS = 200


@pytest.fixture
def few_settings(monkeypatch):
    """The settings that are hardest to keep."""
    monkeypatch.setattr(gap, "SEEDS", (2, 5))
    monkeypatch.setattr(gap, "SHARED_SD", (0.0, 0.02))


@pytest.mark.parametrize("name", ["gap", "exact_tests"])
def test_promises_hold(name, few_settings):
    rows = SIMULATIONS[name].simulate(DRAWS, seed=3)
    for row in rows:
        assert row.draws == DRAWS
        if row.what == COVERAGE:
            # Conservative intervals may hold the truth more often.
            assert 0.91 <= row.rate, row
        elif row.what == ERROR:
            assert row.rate <= 0.09, row
    run = Simulated({name: rows}, seed=3)
    run.check()
    assert run.as_text().count("\n|") == len(rows) + 2


def test_the_verdict_finds_what_is_there(few_settings):
    rows = {(row.setting, row.truth): row.rate for row in gap.simulate(DRAWS, seed=1) if row.what == POWER}
    assert rows["5 seeds, sd 0.02 over seeds, 0 shared: below", "gap 0 x margin"] > 0.9
    assert rows["2 seeds, sd 0.02 over seeds, 0 shared: below", "gap 0 x margin"] < 0.6


def test_a_rate_that_breaks_its_promise():
    low = Row("s", "0.8", COVERAGE, 170, 200)
    high = Row("s", "none", ERROR, 30, 200)
    assert (remark(low), remark(high), breaks(low), breaks(high)) == ("too low", "too high", True, True)
    wide = Row("s", "t", COVERAGE, 200, 200)
    assert (remark(wide), breaks(wide)) == ("conservative", False)
    assert remark(Row("s", "t", COVERAGE, 190, 200)) == remark(Row("s", "t", ERROR, 10, 200)) == ""
    warned = Row("s", "t", COVERAGE, 100, 200, "too few patients")
    assert (remark(warned), breaks(warned)) == ("too few patients", False)
    with pytest.raises(RunError, match="2 simulated rates break their promise; the first is auc: s, 0.8"):
        Simulated({"auc": [low, high]}, 1).check()


def test_tables_get_to_their_place(tmp_path):
    page = tmp_path / "page.md"
    start = "<!-- simulation auc: written by `medgan-tf simulate-statistics`, do not edit -->"
    page.write_text(f"# Page\n\n{start}\nold\n<!-- end of auc -->\n\nText.\n")
    found = Simulated({"auc": [Row("5 patients", "0.8", COVERAGE, 190, 200)]}, seed=7)
    found.write(page)
    text = page.read_text()
    assert "| 5 patients | 0.8 | coverage | 95.0% | 91.0% to 97.3% |  |" in text and "old" not in text
    assert text.startswith("# Page\n") and text.endswith("<!-- end of auc -->\n\nText.\n") and "seed 7" in text
    with pytest.raises(DataError, match="no place for the simulation gap"):
        replaced(text, "gap", "table")


def test_an_unknown_simulation():
    with pytest.raises(ConfigError, match="unknown simulation 'aucs'; known: auc, gap"):
        run_simulations(["aucs"], 10, 1)
