"""Fuzzes the readers of files and requests: run.py [TARGET ...] --seconds 60 --seed 1 [--keep FOLDER] [--json].

Without names all targets run, --jobs of them side by side. The exit code is 1 after any fault, or if fewer than 30 % of
a target's inputs pass the first parser. Inputs that show a fault are kept under --keep. Move them to
tests/fuzzing/crashes, where the ordinary tests use them again.
"""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TextIO

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from fuzzing.engine import Tally, fuzz  # noqa: E402
from fuzzing.target import NAMES  # noqa: E402

LEAST_PARSED = 0.3


def line(tally: Tally) -> str:
    """A result in one line."""
    counts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tally.counts.items()))
    speed = tally.inputs / max(tally.seconds, 1e-9)
    return (
        f"{tally.target}: seed {tally.seed}, {tally.inputs:,} inputs, {speed:.0f} a second, "
        f"{tally.share_parsed:.0%} pass the first parser; {counts}"
    )


def say(text: str, where: TextIO = sys.stdout) -> None:
    """Writes a line at once."""
    where.write(text.encode(errors="backslashreplace").decode() + "\n")
    where.flush()


def main() -> int:
    """Runs what the command line says and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", choices=[*NAMES, []], help=f"any of {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=float, default=60.0, help="time for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1, help="targets side by side")
    parser.add_argument("--keep", type=Path, help="folder for inputs that show a fault; by default a new one")
    parser.add_argument("--json", action="store_true", help="results as JSON lines")
    given = parser.parse_args()
    keep = given.keep or Path(tempfile.mkdtemp(prefix="fuzzing-"))

    def fuzzed(name: str) -> Tally:
        tally = fuzz(name, given.seed, given.seconds, keep=keep)
        say(json.dumps(tally.as_json()) if given.json else line(tally))
        return tally

    with ThreadPoolExecutor(given.jobs) as pool:
        tallies = list(pool.map(fuzzed, given.targets or NAMES))
    for tally in tallies:
        for one in tally.faults.values():
            found = f"{tally.target}: {one.outcome.key}, {one.count} times, first number {one.number}: {one.file}"
            say(f"{found}\n{one.outcome.text[-1500:]}\n", sys.stderr)
        if tally.share_parsed < LEAST_PARSED:
            say(f"{tally.target}: only {tally.share_parsed:.0%} pass the first parser", sys.stderr)
    bad = any(tally.faults or tally.share_parsed < LEAST_PARSED for tally in tallies)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
