"""Steps in several processes that take turns, so that a machine whose speed drifts slows all of them alike.

A process writes one line for each step: wall seconds, CPU seconds and the two losses. The first line is that of
starting and the first step. It does a step for each line that it reads, and ends when there is none.
"""

import os
import statistics
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.errors import RunError

FOLDER = Path(__file__).resolve().parent
UNCOUNTED = 2
"""Rounds that are not counted, beside the first step."""


@dataclass(frozen=True)
class Participant:
    """Who takes part.

    Attributes:
        name: What the table calls it.
        python: Its interpreter.
        script: File of this folder that the interpreter runs.
        checkout: Folder that comes first on the path of the interpreter's modules; None for none.
        option: Last argument of the script.
    """

    name: str
    python: str
    script: str
    checkout: Path | None = None
    option: str = "-"


@dataclass(frozen=True)
class Turns:
    """What one participant took.

    Attributes:
        seconds, cpu_seconds: Wall and CPU seconds of each counted step.
        losses: The discriminator's and the generator's loss in each counted step.
        first_seconds, first_cpu_seconds: From the start of the interpreter's work to the end of the first step.
    """

    seconds: list[float]
    cpu_seconds: list[float]
    losses: list[tuple[float, float]]
    first_seconds: float
    first_cpu_seconds: float

    def against(self, other: "Turns") -> tuple[float, float]:
        """Wall and CPU seconds divided by those of the other's step in the same round, the median of all rounds."""
        pairs = (self.seconds, other.seconds), (self.cpu_seconds, other.cpu_seconds)
        wall, cpu = (statistics.median(own / theirs for own, theirs in zip(*pair, strict=True)) for pair in pairs)
        return wall, cpu


def take_turns(participants: list[Participant], setting: list[str], rounds: int) -> dict[str, Turns]:
    """Runs one step of each participant after the other, `rounds` times.

    Args:
        participants: Who takes part, in the order of a round.
        setting: Channels, batch, resolution, precision and threads, as words.
        rounds: Counted rounds.

    Returns:
        The figures by name.

    Raises:
        RunError: A process ended; the message has its last line.
    """
    processes = []
    try:
        for one in participants:
            processes.append(_Process(one, setting))
        # Started at the same time, but the first step of each is waited for before any second one begins.
        first = [process.read() for process in processes]
        lines: list[list[list[float]]] = [[] for _ in processes]
        for number in range(UNCOUNTED + rounds):
            for process, own in zip(processes, lines, strict=True):
                process.ask()
                line = process.read()
                if number >= UNCOUNTED:
                    own.append(line)
    finally:
        for process in processes:
            process.end()
    return {one.name: _turns(begin, own) for one, begin, own in zip(participants, first, lines, strict=True)}


def _turns(first: list[float], lines: list[list[float]]) -> Turns:
    seconds, cpu, loss_d, loss_g = (list(column) for column in zip(*lines, strict=True))
    return Turns(seconds, cpu, list(zip(loss_d, loss_g, strict=True)), first[0], first[1])


class _Process:
    def __init__(self, one: Participant, setting: list[str]):
        self.one = one
        paths = {} if one.checkout is None else {"PYTHONPATH": str(one.checkout)}
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [one.python, str(FOLDER / one.script), *setting, one.option],
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": setting[4], **paths},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
        )

    def ask(self) -> None:
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            """`read` says why it ended."""

    def read(self) -> list[float]:
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            said = self.errors.read().strip().split("\n")[-1]
            raise RunError(f"the process of {self.one.name} ended: {said or 'it said nothing'}")
        return [float(word) for word in line.split()]

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()
