"""The privacy audit in one line for the terminal."""

from medgan_tf.evidence.privacy.table import summarise_audit


def test_broken_limits_and_open_questions():
    verdicts = [{"name": name, "status": status} for name, status in (("copies", "pass"), ("power", "caution"))]
    assert summarise_audit({"verdicts": verdicts}) == "no limit shown to be broken"
    verdicts += [{"name": "density", "status": "fail"}, {"name": "discriminator", "status": "not run"}]
    assert summarise_audit({"verdicts": verdicts}) == "limits broken: density; not answered: discriminator"
