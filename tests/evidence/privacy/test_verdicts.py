"""What a verdict says of itself in `privacy.json`."""

import pytest

from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.privacy.verdicts import QUESTIONS, judged, membership_verdicts, not_run, verdict_kind

INTERVAL = {"low": 0.52, "high": 0.58}


def test_an_attack_is_an_attack_whatever_its_limit():
    limit = {"limit": 0.55, "reason": "the data use agreement tolerates an advantage of 5 %"}
    settings = PrivacyConfig.model_validate({"thresholds": {"membership_auc": limit}})
    level = {"members": 100, "others": 50, "true_positive_rates": {}, "auc": 0.56, "auc_interval": INTERVAL}
    found = [one.describe() for one in membership_verdicts("distance", {"image": level, "patient": level}, settings)]
    assert [(one["kind"], one["limit"], one["status"]) for one in found] == [("attack", 0.55, "pass")] * 2
    assert found[0]["question"] == "Does the distance to the released images tell who was in the training set?"


def test_the_kind_is_not_the_limit():
    """A share held against 0.5 is no attack; a question without an answer keeps its kind."""
    share = judged("copies", 0.6, INTERVAL, PrivacyConfig().thresholds.membership_auc, "")
    assert (share.describe()["kind"], not_run("discriminator", "").describe()["kind"]) == ("excess", "attack")


@pytest.mark.parametrize("name, kind", [("density patient", "attack"), ("data_copying", "excess"), ("power", "power")])
def test_files_without_a_kind_are_read_by_name(name, kind):
    assert verdict_kind({"name": name, "limit": 0.5}) == kind
    assert verdict_kind({"name": name, "limit": 0.01, "kind": "of its own"}) == "of its own"


def test_every_question_has_a_kind():
    assert {name: one.kind for name, one in QUESTIONS.items()} == {
        "distance": "attack",
        "density": "attack",
        "discriminator": "attack",
        "authenticity": "excess",
        "data_copying": "excess",
        "copies": "excess",
        "power": "power",
        "reidentification": "excess",
        "combinations": "count",
    }
