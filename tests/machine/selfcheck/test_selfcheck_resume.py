"""Kill and resume, with real trainings: bits are equal, and a broken resume turns the part red."""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
import warm_python

from medgan_tf.machine.selfcheck.cases import Case, outcome_of
from medgan_tf.machine.selfcheck.resume import Ended, _compared_ends, compared

FORGETFUL = Path(__file__).parents[2] / "support" / "forgetful_training.py"
RESUMED_FROM_NOTHING = '{"resumed_from": null, "images_seen": 96}'
USUAL = ("-m", "medgan_tf.machine.selfcheck.tiny_training")


class Trainings:
    """Real trainings of the smallest GAN in forked processes. Only what goes on is trained each time."""

    def __init__(self, kept: Path):
        self.kept, self.codes, self.second = kept, [], USUAL

    def __call__(self, arguments):
        folder, name, _, dies = arguments
        goes_on = name == "killed" and dies == "0"
        run, kept = Path(folder) / "runs" / name, self.kept / name
        if kept.exists() and not goes_on:
            shutil.copytree(kept / "run", run)
            ended = Ended(**json.loads((kept / "ended.json").read_text()))
        else:
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
            program = self.second if goes_on else USUAL
            done = warm_python.run([*program, *arguments], env=environment, timeout=120)
            ended = Ended(done.returncode, done.stdout, done.stderr[-300:])
            if not goes_on:
                shutil.copytree(run, kept / "run")
                (kept / "ended.json").write_text(json.dumps(vars(ended)))
        self.codes.append(ended.code)
        return ended


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def trainings(kept):
    return Trainings(kept)


def checked(trainings, demanded=True):
    return outcome_of(Case("x", demanded, lambda: compared(demanded, "dcgan", trainings)))


def planted(*endings):
    """Trainings that end so, one after the other."""
    left = iter(endings)
    return lambda arguments: next(left)


def test_killed_and_resumed_equals_unbroken(trainings):
    found = checked(trainings)
    assert (found.state, found.text) == ("passed", "equal bits"), trainings.codes
    assert found.values["resumed_from"] == 32 and found.values["variables"] > 30
    assert trainings.codes == [0, -signal.SIGKILL, 0]


def test_a_resume_without_the_moments_of_adam_is_red(trainings):
    trainings.second = (FORGETFUL,)
    found = checked(trainings)
    assert found.state == "failed" and found.text.endswith("variables differ")
    assert found.values["different"] > 10 and trainings.codes[-1] == 0


def test_other_bits_are_only_reported_where_equal_ones_are_not_demanded():
    ends = {"a": np.zeros(2), "b": np.ones(3)}, {"a": np.zeros(2), "b": np.array([1.0, 1.0, -1.0])}
    assert _compared_ends(True, *ends).state == "failed"
    found = _compared_ends(False, *ends)
    assert (found.state, found.text) == ("reported", "1 of 2 variables differ")
    # Equal numbers, other bits.
    assert _compared_ends(True, {"a": np.zeros(1)}, {"a": -np.zeros(1)}).state == "failed"
    assert _compared_ends(False, ends[0], {"a": np.zeros(2)}).state == "failed"


def test_a_resume_that_begins_anew_is_red_on_every_device():
    found = checked(planted(Ended(0, RESUMED_FROM_NOTHING, ""), Ended(-9, "", ""), Ended(0, RESUMED_FROM_NOTHING, "")))
    assert found.state == "failed"
    assert found.text == "the second start went on from image None, not from 32"


@pytest.mark.parametrize(
    ("endings", "text"),
    [
        ([Ended(1, "", "no memory")], "RunError: a training ended with code 1: no memory"),
        ([Ended(0, "not JSON", "")], "RunError: a training printed no result: 'not JSON'"),
        ([Ended(0, '{"resumed_from": null}', ""), Ended(2, "", "bad")],
         "RunError: the training that was to die by SIGKILL ended with code 2: bad"),
    ],
)  # fmt: skip
def test_trainings_that_fail(endings, text):
    found = checked(planted(*endings))
    assert (found.state, found.text) == ("failed", text)
