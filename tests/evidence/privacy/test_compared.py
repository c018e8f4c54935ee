"""Privacy verdicts side by side: counts and names, no ranks."""

from pathlib import Path

from result_files import experiment_folder, privacy, run_folder, verdict

from medgan_tf.evidence.privacy.compared import compared
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms


def rows_of(folder: Path):
    found = compared(read_results(folder, rooms()))
    assert not found.ranked
    return [dict(zip(found.head, row, strict=True)) for row in found.rows], found


def test_counts_and_names(tmp_path):
    rows = [verdict("copies", "broken"), verdict("distance image", "undecided"), verdict("density image"),
            verdict("discriminator", "not run"), verdict("combinations", "caution")]  # fmt: skip
    experiment_folder(tmp_path / "a", "cpd", (1, 2), None, privacy=privacy(rows))
    run_folder(tmp_path / "a" / "sg3-seed1", 1)
    (first, second), found = rows_of(tmp_path / "a")
    assert (first["audits"], first["limits that hold"], first["limits broken"], first["limits undecided"]) == (
        2,
        2,
        2,
        2,
    )
    assert (first["questions without an answer"], first["cautions"]) == (2, 2)
    assert first["which are broken"] == "excess of suspected copies (2 of 2 audits)"
    assert first["which have no answer"] == "membership by discriminator (2 of 2 audits)"
    assert {second["limits broken"], second["which are broken"]} == {"not measured"}
    assert "0.05 / (K x 2)" in found.remarks[1]


def test_of_many_audits_a_limit_that_is_broken_by_chance_is_undecided(tmp_path):
    """A p-value of 0.04 breaks the one limit of one audit; of two that are looked at, it does not."""
    weak = verdict("copies", "broken") | {"p_broken": 0.04}
    experiment_folder(tmp_path / "a", "cpd", (1, 2), None, privacy=privacy([weak]))
    [row], _ = rows_of(tmp_path / "a")
    assert (row["limits broken"], row["limits undecided"]) == (0, 2)
