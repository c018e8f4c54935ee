"""Processes that take turns, with scripts in place of the workers."""

import sys

import pytest

from medgan_tf.errors import RunError
from medgan_tf.machine.peer import turns
from medgan_tf.machine.peer.turns import Participant, take_turns

WORKER = """
import sys, time
sys.stdout.write("9 8 0 0\\n"); sys.stdout.flush()
for number, line in enumerate(sys.stdin):
    open(sys.argv[6], "a").write(sys.argv[4] + str(number) + " ")
    sys.stdout.write(f"{10 - number} {number + 1} {number} {-number}\\n"); sys.stdout.flush()
"""
BROKEN = "import sys\nsys.exit('no module named so')\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "FOLDER", tmp_path)
    (tmp_path / "worker.py").write_text(WORKER)
    (tmp_path / "broken.py").write_text(BROKEN)
    return tmp_path


SETTING = ["64", "32", "32", "x", "1"]


def test_steps_alternate_and_two_rounds_do_not_count(folder):
    order = folder / "order"
    names = ["first", "second"]
    found = take_turns([Participant(one, sys.executable, "worker.py", option=str(order)) for one in names], SETTING, 3)
    assert order.read_text().split() == ["x0", "x0", "x1", "x1", "x2", "x2", "x3", "x3", "x4", "x4"]
    assert list(found) == names
    # Steps 0 and 1 do not count.
    losses = [(2.0, -2.0), (3.0, -3.0), (4.0, -4.0)]
    assert found["second"] == turns.Turns([8.0, 7.0, 6.0], [3.0, 4.0, 5.0], losses, 9.0, 8.0)


def test_ratios_are_those_of_the_same_round():
    slow = turns.Turns([4.0, 30.0, 2.0], [2.0, 3.0, 4.0], [], 0.0, 0.0)
    quick = turns.Turns([1.0, 10.0, 1.0], [1.0, 1.0, 1.0], [], 0.0, 0.0)
    # 4, 3 and 2 times; the medians themselves are 4 to 1.
    assert slow.against(quick) == (3.0, 3.0)


def test_a_process_that_ends_is_named_with_its_last_line(folder):
    with pytest.raises(RunError, match="the process of PyTorch ended: no module named so"):
        take_turns([Participant("PyTorch", sys.executable, "broken.py")], SETTING, 1)
