"""One process at a time: a held folder is refused, and a dead process holds nothing."""

import subprocess
import sys

import pytest

from medgan_tf.errors import RunError
from medgan_tf.files.locks import locked

HOLD = """
import sys
from pathlib import Path
from medgan_tf.files.locks import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_folder_is_held_by_one_process_and_free_after_its_death(tmp_path):
    folder = tmp_path / "run"
    command = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f"another process is training in {folder}; wait until it ends, or stop it"):
            locked(folder).__enter__()
        process.kill()
    assert process.returncode == -9
    with locked(folder):
        assert [path.name for path in folder.iterdir()] == [".lock"]


def test_the_end_of_the_block_lets_go(tmp_path):
    for _ in range(2):
        with locked(tmp_path):
            with pytest.raises(RunError):
                locked(tmp_path).__enter__()
