"""A Slurm of one node: enough of `sbatch`, `srun` and `scontrol requeue` for the job scripts of the pages.

`FakeSlurm.submit` reads the options of a script as sbatch does and runs it with bash. Two small programs, which come
first on the script's PATH, stand for srun and scontrol. In the place of the command `medgan-tf`, srun starts a script
of Python for each task, forked from a warm interpreter (`warm_python`). What belongs to a job is ended without mercy,
by SIGKILL.
"""

import argparse
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import warm_python

SRUN = """#!/bin/bash
printf '%q ' "$@" > {folder}/asked.partial && mv {folder}/asked.partial {folder}/asked
until [ -e {folder}/answer ]; do sleep 0.05; done
code=$(cat {folder}/answer) && rm {folder}/answer
exit "$code"
"""
SCONTROL = """#!/bin/bash
[ "$*" = "requeue $SLURM_JOB_ID" ] || {{ echo "scontrol: invalid: $*" >&2; exit 1; }}
touch {folder}/requeue
"""
_WAIT = 120


def _checked(pattern: str):
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise argparse.ArgumentTypeError(f"{text!r} does not match {pattern}")
        return text

    return check


def _options(*options: tuple[str, dict]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False, add_help=False, exit_on_error=False)
    for name, how in options:
        parser.add_argument(name, **how)
    return parser


SBATCH_OPTIONS = _options(
    ("--job-name", {}),
    ("--nodes", {"type": int, "default": 1}),
    ("--ntasks-per-node", {"type": int, "default": 1}),
    ("--gres", {"type": _checked(r"gpu:\d+|none")}),
    ("--cpus-per-task", {"type": int}),
    ("--time", {"type": _checked(r"(\d+-)?\d+:\d\d:\d\d")}),
    ("--signal", {"type": _checked(r"(TERM|USR1)@\d+")}),
    ("--requeue", {"action": "store_true"}),
    ("--open-mode", {"choices": ["append", "truncate"], "default": "truncate"}),
)
SRUN_OPTIONS = _options(("--kill-on-bad-exit", {"type": int, "default": 0}), ("command", {"nargs": argparse.REMAINDER}))


def job_options(script: str, *more: str) -> argparse.Namespace:
    """The options of a job script; those of the command line come last, and win. Raises for one that is not known."""
    lines = re.findall(r"^#SBATCH +([^#\n]+?) *(?:#.*)?$", script, re.MULTILINE)
    asked, unknown = SBATCH_OPTIONS.parse_known_args([word for line in lines for word in shlex.split(line)] + [*more])
    if unknown:
        raise ValueError(f"sbatch knows no {' '.join(unknown)}")
    return asked


class FakeSlurm:
    """Runs one job.

    Args:
        folder: The job's working folder. `task0.txt`, ... of it hold what the tasks of the last start said.
        task: The Python script that each task runs, with the words after `medgan-tf`. It finds Slurm's variables.
    """

    def __init__(self, folder: Path, task: Path):
        self.folder, self.task, self.own = folder, task, folder / "slurm"
        self.own.mkdir()
        for name, text in (("srun", SRUN), ("scontrol", SCONTROL)):
            (self.own / name).write_text(text.format(folder=shlex.quote(str(self.own))))
            (self.own / name).chmod(0o755)
        self.job = _job_with_free_ports()

    def submit(self, script: str, *options: str) -> list[int | None]:
        """Runs a job to its end.

        Returns:
            For each start the exit code of the script, or None where the node was lost: a task died by SIGKILL, and the
            script was ended. Such a job starts again if ``--requeue`` asks for it.
        """
        asked = job_options(script, *options)
        if asked.nodes != 1:
            raise ValueError(f"there is one node. Received: {asked.nodes}")
        (self.own / "job.sh").write_text(script)
        codes = []
        while True:
            code = self._start(asked, len(codes))
            codes.append(code)
            again = asked.requeue if code is None else (self.own / "requeue").exists()
            (self.own / "requeue").unlink(missing_ok=True)
            if not again:
                return codes

    def _start(self, asked: argparse.Namespace, number: int) -> int | None:
        environment = {**os.environ, "PATH": f"{self.own}{os.pathsep}{os.environ['PATH']}"}
        environment |= {"SLURM_JOB_ID": str(self.job), "SLURM_RESTART_COUNT": str(number)}
        mode = "a" if asked.open_mode == "append" else "w"
        with (self.folder / f"slurm-{self.job}.out").open(mode) as said:
            shell = subprocess.Popen(["bash", self.own / "job.sh"], cwd=self.folder, env=environment, stdout=said,
                                     stderr=said, start_new_session=True)  # fmt: skip
            try:
                while shell.poll() is None:
                    if (self.own / "asked").exists():
                        code = self._srun(asked.ntasks_per_node, environment)
                        if code is None:
                            return None
                        (self.own / "answer.partial").write_text(str(code))
                        (self.own / "answer.partial").rename(self.own / "answer")
                    time.sleep(0.02)
            finally:
                if shell.poll() is None:
                    os.killpg(shell.pid, signal.SIGKILL)
                    shell.wait()
        return shell.returncode

    def _srun(self, count: int, environment: dict[str, str]) -> int | None:
        """The highest exit code of the tasks. None if a task was lost: then the others end by themselves."""
        asked = SRUN_OPTIONS.parse_args(shlex.split((self.own / "asked").read_text()))
        (self.own / "asked").unlink()
        program, *words = asked.command
        if program != "medgan-tf":
            raise ValueError(f"expected the command medgan-tf. Received: {program}")
        environment = environment | {"SLURM_STEP_NODELIST": "localhost", "SLURM_STEP_TASKS_PER_NODE": str(count)}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        tasks = []
        for number in range(count):
            output, own = self.folder / f"task{number}.txt", {"SLURM_PROCID": str(number)}
            tasks.append(warm_python.start([self.task, *words], output=output, cwd=self.folder, env=environment | own))
        end, lost, killing = time.monotonic() + _WAIT, False, False
        while any(task.exitcode is None for task in tasks):
            if time.monotonic() > end:
                for task in tasks:
                    task.kill()
                raise subprocess.TimeoutExpired("srun", _WAIT)
            ended = [task.exitcode for task in tasks if task.exitcode]
            lost = lost or (not killing and -signal.SIGKILL in ended)
            if ended and asked.kill_on_bad_exit and not lost and not killing:
                killing = True
                for task in tasks:
                    task.kill()
            time.sleep(0.02)
        lost = lost or (not killing and any(task.exitcode == -signal.SIGKILL for task in tasks))
        return None if lost else max(task.exitcode if task.exitcode >= 0 else 128 - task.exitcode for task in tasks)


def _job_with_free_ports() -> int:
    """The number of a job whose two ports are free, see `cluster.Cluster`."""
    for job in range(1 + os.getpid() % 300, 625):
        first = 20_000 + job * 16
        try:
            for port in (first, first + 1):
                socket.create_server(("localhost", port)).close()
        except OSError:
            continue
        return job
    raise OSError("no free ports")
