"""Runs inputs of a target in a process of their own, watches it, and keeps what did harm.

Input number k of seed s is a function of (s, k) alone. A process that dies or hangs is replaced, and the next number is
taken.
"""

import hashlib
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fuzzing.child import serve
from fuzzing.judge import CRASH, HANG, Outcome
from fuzzing.minimise import smaller
from fuzzing.target import Given, memory_of

MOST_SECONDS = 10.0
"""Longest time that an input may take."""
_SECONDS_TO_OPEN = 120.0
_CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class Fault:
    """A fault, with the first input that shows it.

    Attributes:
        outcome: What happened.
        number: Number of the input.
        given: The input, as small as it could be made in a short time.
        count: Inputs that show the same fault.
        file: Where the input was written, if it was.
    """

    outcome: Outcome
    number: int
    given: Given
    count: int = 1
    file: Path | None = None


@dataclass
class Tally:
    """The result of fuzzing one target.

    Attributes:
        target, seed: What was run.
        counts: Inputs by the kind of their outcome.
        parsed: Inputs that passed the first parser.
        seconds: Time from the first input to the last.
        faults: By `Outcome.key`.
    """

    target: str
    seed: int
    counts: dict[str, int] = field(default_factory=dict)
    parsed: int = 0
    seconds: float = 0.0
    faults: dict[str, Fault] = field(default_factory=dict)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return sum(self.counts.values())

    @property
    def share_parsed(self) -> float:
        """Share of the inputs that passed the first parser."""
        return self.parsed / max(self.inputs, 1)

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "target": self.target,
            "seed": self.seed,
            "inputs": self.inputs,
            "inputs_per_second": round(self.inputs / max(self.seconds, 1e-9), 1),
            "share_parsed": round(self.share_parsed, 3),
            "outcomes": self.counts,
            "faults": [
                {"kind": one.outcome.kind, "where": one.outcome.where, "number": one.number, "count": one.count,
                 "file": one.file and str(one.file), "text": one.outcome.text[-1500:]}
                for one in self.faults.values()
            ],
        }  # fmt: skip


class Worker:
    """A process that uses inputs, and is replaced when it dies or hangs. Use `worker`."""

    def __init__(self, folder: Path, memory: int, most_seconds: float):
        self.folder = folder
        self.memory = memory
        self.most_seconds = most_seconds
        self.starts = 0
        self.opened: set[str] = set()
        self._start()

    def _start(self) -> None:
        self.starts += 1
        root = self.folder / str(self.starts)
        root.mkdir(parents=True)
        self.words, self.opened = root / "last_words.txt", set()
        self.connection, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=serve, args=(theirs, str(root), self.memory))
        self.process.start()
        theirs.close()

    def close(self) -> None:
        """Ends the process."""
        self.connection.close()
        self.process.kill()
        self.process.join()

    def ask(self, what: str, target: str, *rest: object) -> Any:
        """The answer to a request, see `child.serve`. Raises `RuntimeError` when there is none."""
        answer = self._answer(what, target, rest)
        if isinstance(answer, Outcome):
            raise RuntimeError(f"{target}: {what}: {answer.kind} {answer.where}\n{answer.text}")
        return answer

    def _answer(self, what: str, target: str, rest: tuple) -> Any:
        """The answer, or the outcome of a process that gave none."""
        if target not in self.opened and what != "open":
            self.ask("open", target)
        # Inputs start from a process that is ready.
        seconds = self.most_seconds if what in ("number", "given") else _SECONDS_TO_OPEN
        try:
            self.connection.send((what, target, *rest))
            if self.connection.poll(seconds):
                answer = self.connection.recv()
                self.opened.add(target)
                return answer
            outcome = Outcome(HANG, "", f"no end after {seconds:.0f} s")
        except (EOFError, ConnectionError):
            self.process.join()
            outcome = Outcome(CRASH, f"the process ended with {self.process.exitcode}", self._last_words())
        self.close()
        self._start()
        return outcome

    def _last_words(self) -> str:
        return self.words.read_text(encoding="utf-8", errors="replace")[-3000:] if self.words.exists() else ""

    def use(self, target: str, given: Given) -> tuple[Outcome, bool]:
        """What comes of an input, and whether it parses."""
        answer = self._answer("given", target, (given,))
        return (answer, False) if isinstance(answer, Outcome) else answer[:2]

    def use_number(self, target: str, seed: int, number: int) -> tuple[Outcome, bool, Given | None]:
        """The same for input `number`, which comes back if its outcome is a fault."""
        answer = self._answer("number", target, (seed, number))
        if not isinstance(answer, Outcome):
            return answer
        given = self.ask("make", target, seed, number)
        # Once more in a fresh process: the machine may have been busy, or an input before this one may be the cause.
        outcome, parsed = self.use(target, given)
        if outcome.good and answer.kind == CRASH:
            outcome = Outcome(CRASH, f"{answer.where}, but not alone", answer.text)
        return outcome, parsed, given


@contextmanager
def worker(memory: int, most_seconds: float = MOST_SECONDS) -> Iterator[Worker]:
    """A `Worker`, with a folder that is gone afterwards.

    Args:
        memory: Address space of the process, bytes.
        most_seconds: Longest time that an input may take.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = Worker(Path(folder), memory, most_seconds)
        try:
            yield found
        finally:
            found.close()


def fuzz(
    name: str,
    seed: int,
    seconds: float,
    most_inputs: int | None = None,
    keep: Path | None = None,
    one: Worker | None = None,
) -> Tally:
    """Fuzzes one target.

    Args:
        name: The target's name.
        seed: Seed of the inputs.
        seconds: No input is begun after this time.
        most_inputs: Largest number of inputs.
        keep: Folder for the inputs that show a fault; each is made smaller first. None keeps none.
        one: A worker to use instead of a new one.
    """
    if one is None:
        with worker(memory_of(name)) as fresh:
            return fuzz(name, seed, seconds, most_inputs, keep, fresh)
    suffix = one.ask("open", name)
    tally, start, number, spent = Tally(name, seed), time.monotonic(), 0, 0.0
    while time.monotonic() - start - spent < seconds and number != most_inputs:
        outcome, parsed, given = one.use_number(name, seed, number)
        tally.counts[outcome.kind] = tally.counts.get(outcome.kind, 0) + 1
        tally.parsed += parsed
        if outcome.key in tally.faults and not outcome.good:
            tally.faults[outcome.key].count += 1
        elif not outcome.good:
            begun = time.monotonic()
            tally.faults[outcome.key] = fault = Fault(outcome, number, given)
            if keep is not None:
                fault.given = _small(one, name, outcome, given)
                fault.file = write_input(keep / name, fault.given, suffix)
            spent += time.monotonic() - begun
        number += 1
    tally.seconds = time.monotonic() - start - spent
    return tally


def _small(one: Worker, name: str, outcome: Outcome, given: Given) -> Given:
    """A smaller input with the same fault."""
    # What hangs takes its time again and again.
    return given if outcome.kind == HANG else smaller(given, lambda other: one.use(name, other)[0].key == outcome.key)


def write_input(folder: Path, given: Given, suffix: str) -> Path:
    """Keeps an input as a file whose name begins with its variant; see `read_input`."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{given.variant}-{hashlib.sha256(given.data).hexdigest()[:8]}{suffix}"
    path.write_bytes(given.data)
    return path


def read_input(path: Path) -> Given:
    """An input from a file that `write_input` wrote."""
    return Given(path.name.rpartition("-")[0], path.read_bytes())
