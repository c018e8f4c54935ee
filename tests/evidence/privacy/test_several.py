"""The worst of many audits is judged as the worst of many."""

from result_files import earlier_privacy, privacy, verdict

from medgan_tf.evidence.privacy.earlier import as_current
from medgan_tf.evidence.privacy.several import judged_together, together_sentence


def audit(p, **changes):
    """Two rows with a limit, the first broken at p."""
    return privacy([verdict("copies", "broken") | {"p_broken": p} | changes, verdict("distance image")])


def statuses(*audits):
    return [one["verdicts"][0]["status"] for one in judged_together(audits)]


def test_each_limit_is_judged_by_the_number_of_audits():
    """0.05 / (2 rows x N audits): 0.025 alone, 0.00625 for four."""
    assert statuses(audit(0.02)) == ["broken"]
    assert statuses(audit(0.02), audit(0.006), audit(0.007), privacy()) == ["undecided", "broken", "undecided", "holds"]
    demoted = judged_together([audit(0.02)] * 4)[0]["verdicts"][0]
    assert demoted["missing"] == "broken in this audit alone (p = 0.02); with 4 audits looked at, that can be chance"


def test_copies_that_were_counted_need_no_correction():
    assert statuses(*[audit(None, count=1, interval=None)] * 50) == ["broken"] * 50
    old = as_current(earlier_privacy([verdict("copies", "broken")]))
    assert statuses(old, old, privacy()) == ["broken", "broken", "holds"]


def test_audits_are_not_changed():
    one = audit(0.02)
    judged_together([one, one])
    assert one["verdicts"][0]["status"] == "broken"


def test_how_they_are_judged_is_said():
    assert together_sentence(1) == "" and "0.05 / (K x 3)" in together_sentence(3)
