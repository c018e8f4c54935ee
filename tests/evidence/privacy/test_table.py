"""The privacy audit in one line for the terminal."""

from result_files import earlier_privacy, privacy, verdict

from medgan_tf.evidence.privacy.table import gate_line, summarise_audit


def test_broken_and_undecided_limits_and_open_questions():
    rows = [verdict("copies"), verdict("power", "caution")]
    assert summarise_audit(privacy(rows)) == "all limits hold"
    assert summarise_audit(privacy(rows[1:])) == "no limit was judged"
    rows += [verdict("distance image", "undecided")]
    assert summarise_audit(privacy(rows)) == "undecided: distance image"
    rows += [verdict("density", "broken"), verdict("discriminator", "not run")]
    told = "limits broken: density; undecided: distance image; not answered: discriminator"
    assert summarise_audit(privacy(rows)) == told
    assert gate_line(privacy(rows)) == ("gate: broken: density; undecided: distance image; not answered: discriminator")


def test_an_earlier_audit_holds_nothing():
    assert summarise_audit(earlier_privacy([verdict("copies")])) == "undecided: copies"


def test_the_gate_in_a_line():
    assert gate_line(privacy()) == "gate: all 2 limits hold"
    assert gate_line(privacy([verdict("combinations", "caution")])) == "gate: nothing was judged"
