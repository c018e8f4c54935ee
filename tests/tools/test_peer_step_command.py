"""The command peer-step, with measured figures in place of processes."""

import sys
from unittest.mock import create_autospec

import pytest
from click.testing import CliRunner
from strict_json import strict

from medgan_tf.console.group import main
from medgan_tf.machine.peer import turns


@pytest.fixture
def asked(monkeypatch):
    """Replaces the processes: each participant takes a second longer than the one before. Lists what was asked for."""
    calls = []

    def measured(participants, setting, rounds):
        calls.append((participants, setting, rounds))
        return {
            one.name: turns.Turns([place + 2.0] * rounds, [2.0 * place + 1.0] * rounds, [(1.0, 2.0)] * rounds, 9.0, 8.0)
            for place, one in enumerate(participants)
        }

    monkeypatch.setattr(turns, "take_turns", create_autospec(turns.take_turns, side_effect=measured))
    return calls


def called(*words):
    result = CliRunner().invoke(main, ["peer-step", *words])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_who_takes_part(asked, tmp_path):
    words = ["--peer-python", sys.executable, "--peer-plain", "--checkout", str(tmp_path), "--compiled", "--steps", "3"]
    rows = strict(called(*words, "--channels", "16", "--batch", "8", "--json"))["peer_step"]
    assert [setting for _, setting, _ in asked] == [
        ["16", "8", "32", one, "1"] for one in ("float32", "mixed_bfloat16")
    ]
    names = ["ours", "ours, XLA", "checkout", "PyTorch", "PyTorch, plain"]
    assert [row["who"] for row in rows] == names * 2
    assert rows[3]["seconds"] == [5.0] * 3 and rows[3]["losses"] == [[1.0, 2.0]] * 3
    assert [(one.script, one.option) for one in asked[0][0]] == [
        ("own_worker.py", "-"), ("own_worker.py", "xla"), ("own_worker.py", "-"),
        ("torch_worker.py", "-"), ("torch_worker.py", "plain"),
    ]  # fmt: skip
    assert asked[0][0][2].checkout == tmp_path.resolve()
    assert all((turns.FOLDER / one.script).is_file() for one in asked[0][0])


def test_the_table_compares_with_ours(asked):
    line = called("--peer-python", sys.executable, "--channels", "64", "--precision", "float32").splitlines()[-1]
    # 32 images in 3 seconds, against 2; 3 CPU seconds against 1.
    assert line.split() == ["64", "float32", "PyTorch", "10.7", "3.000", "3.000", "1.500", "3.000", "9.0", "s"]
