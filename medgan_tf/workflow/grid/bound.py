"""Runs a command that ends when its parent does: ``python -m medgan_tf.workflow.grid.bound COMMAND...``

The parent holds the other end of this process's standard input. The system closes it when the parent ends, even by
`kill -9`, and this process then kills the command. Every system does so; a signal at the parent's death is Linux only.
"""

import os
import signal
import subprocess
import sys
import threading


def run_bound(command: list[str]) -> int:
    """Runs the command until it ends or standard input does. Its exit code; 128 + the signal's number if it was killed.

    Ctrl-C reaches the command itself, which may want to finish something; this process waits for it.
    """
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGINT, lambda *_: None)
    threading.Thread(target=_kill_with_parent, args=(process,), daemon=True).start()
    code = process.wait()
    return code if code >= 0 else 128 - code


def _kill_with_parent(process: subprocess.Popen) -> None:
    # Not through `sys.stdin`, whose lock would be in the way of this process's own end.
    while os.read(0, 1024):
        pass
    process.kill()


if __name__ == "__main__":
    sys.exit(run_bound(sys.argv[1:]))
