"""A command that ends with its parent, on every system."""

import os
import signal
import subprocess
import sys
import time

BOUND = [sys.executable, "-m", "medgan_tf.workflow.grid.bound"]
# Writes its process number, then goes on until it is killed.
LONG = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
PARENT = f"""
import subprocess, sys, time
subprocess.Popen({BOUND!r} + [sys.executable, "-c", {LONG!r}], stdin=subprocess.PIPE)
time.sleep(60)
"""


def ends(number, seconds=20):
    """Whether a process is gone, or is a zombie that nobody has asked after, within some seconds."""
    for _ in range(seconds * 20):
        try:
            os.kill(number, 0)
            with open(f"/proc/{number}/stat") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "Z":
                    return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_the_code_is_the_commands():
    for code, expected in (("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 15)", 128 + 15)):
        with subprocess.Popen([*BOUND, sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
            assert process.wait(20) == expected


def test_a_killed_parent_takes_the_command_with_it():
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        number = int(parent.stdout.readline())
        os.kill(number, 0)
        parent.kill()
        assert ends(number)


def test_ctrl_c_is_the_commands_business():
    waiting = (
        "import time\nprint('on', flush=True)\ntry:\n time.sleep(60)\nexcept KeyboardInterrupt:\n raise SystemExit(5)"
    )
    with subprocess.Popen(
        [*BOUND, sys.executable, "-c", waiting],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout.readline() == "on\n"
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(20) == 5
