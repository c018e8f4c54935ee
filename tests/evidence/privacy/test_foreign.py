"""An audit of a generator from elsewhere: what it cannot ask, it says; a doubtful control shows no limit to hold."""

import numpy as np
import pytest
from tiny_classifier import tiny_experiment, write_drawings

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.evidence.privacy.answers import Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.foreign import Foreign, with_doubt
from medgan_tf.evidence.privacy.inputs import Model, PrivacyInputs
from medgan_tf.evidence.privacy.membership.answer import answer
from medgan_tf.evidence.privacy.settings import Threshold
from medgan_tf.evidence.privacy.verdicts import judge
from medgan_tf.synthesis.external.training_fold import training_sha256

LIMIT = Threshold(limit=0.1, reason="a reason that is long enough")


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("foreign")
    write_drawings(folder / "dataset")
    return tiny_experiment(folder)


def foreign(experiment, trained_on):
    external = ExternalConfig(name="stranger", folder="pictures", trained_on=trained_on)
    return Foreign.of(experiment.model_copy(update={"external": external}))


def test_what_it_was_trained_on_decides_what_can_be_asked(experiment):
    from medgan_tf.data.records.reader import DatasetFolder

    unknown = foreign(experiment, "unknown")
    assert unknown.unanswerable.startswith("not answerable: nobody says") and unknown.doubt
    others = foreign(experiment, "other")
    assert "no patient here is a member" in others.unanswerable and not others.doubt
    assert foreign(experiment, training_sha256(DatasetFolder(experiment.dataset_dir))) == Foreign()


def test_membership_is_not_answerable(experiment):
    inputs = PrivacyInputs(None, None, None, None, None, 0, None, None, Model(experiment, foreign=Foreign("why", "")))
    rows = answer(inputs).rows
    assert rows[:2] == [Unanswered("distance", "why"), Unanswered("density", "why")]
    assert isinstance(rows[2], Remark) and not rows[2].warns
    assert rows[2].words.startswith("not applicable: the generator is from elsewhere")


def finding(value, **changes):
    def limits(confidence):
        return value - 0.01 * confidence, value + 0.01 * confidence

    return Finding("copies", value, limits, LIMIT, "words", **changes)


def test_with_a_doubtful_control_a_limit_can_be_broken_and_never_holds():
    power = finding(0.99, larger_is_worse=False)
    rows = [finding(0.01), finding(0.5), power, Remark("folds", "words")]
    assert [one.status for one in judge(rows)] == ["holds", "broken", "holds", "caution"]
    low, high, searched, _ = judge(with_doubt(rows, "the reason"))
    assert (low.status, low.missing, low.p_holds) == ("undecided", "the reason", 1.0)
    assert low.value == 0.01 and low.words == "words; undecided at best: the reason"
    assert (high.status, high.words, searched.status) == ("broken", "words", "holds")
    assert np.isfinite(high.p_broken)
    assert with_doubt(rows, "") == rows
