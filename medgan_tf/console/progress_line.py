"""A line on standard error that shows how far a command is and how long it will take."""

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from medgan_tf.files.plain_text import visible
from medgan_tf.presentation.durations import duration

# Seconds between two lines of a log file that say the same.
_UNMOVED_PERIOD = 60.0


def _per_time(rate: float) -> str:
    """`rate` per second with enough digits to be read, below 1 per minute."""
    if rate < 1:
        return f"{rate * 60:,.1f}/min"
    return f"{rate:,.1f}/s" if rate < 100 else f"{rate:,.0f}/s"


class ProgressLine:
    """Shows on standard error how far a command is and how long it will take.

    On a terminal one line that rewrites itself; elsewhere a plain line every few seconds, or every minute while nothing
    moves. Library functions take it as their `progress` argument and call it ``progress(done, total, note)``; calling
    `note` prints a line of its own.

    Args:
        label: Name of the work, e.g. "preparing".
        unit: Name of the things that are counted, e.g. "images".
        stream: Stream to write to.
        period: Seconds between two lines where the output is not a terminal.
        clock: Seconds, rising; exchangeable for tests.

    Example:
        with ProgressLine("preparing", "images") as progress:
            prepare(experiment, progress=progress)
    """

    def __init__(
        self,
        label: str,
        unit: str = "images",
        stream: TextIO | None = None,
        period: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.label = label
        self.unit = unit
        self.stream = stream or sys.stderr
        self.clock = clock
        self.rewrites = self.stream.isatty()
        self.period = 0.2 if self.rewrites else period
        self.started = self.shown = clock()
        self.first: int | None = None
        self.line = ""
        self.pending = False
        self.state: tuple[int, str] | None = None
        self.shown_state: tuple[int, str] | None = None

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """Shows `done` of `total`. The rate counts from the first call on, so resumed work does not flatter it."""
        now = self.clock()
        if self.first is None:
            self.first, self.started = done, now
        self.line = visible(self._text(done, total, note, now - self.started))
        self.pending, self.state = True, (done, note)
        unmoved = not self.rewrites and self.state == self.shown_state
        if now - self.shown >= (max(self.period, _UNMOVED_PERIOD) if unmoved else self.period) or done == total:
            self._show(now)

    def note(self, text: str) -> None:
        """Prints a line that stays."""
        if self.rewrites:
            self.stream.write("\r\x1b[K")
        self.stream.write(f"{visible(text)}\n")
        self.stream.flush()

    def close(self) -> None:
        """Shows the last state and ends the line."""
        if self.pending:
            self._show(self.clock())
        if self.rewrites and self.line:
            self.stream.write("\n")
            self.stream.flush()
        self.line = ""

    def __enter__(self) -> "ProgressLine":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _text(self, done: int, total: int | None, note: str, seconds: float) -> str:
        parts = [f"{self.label}: {done:,}" + (f" of {total:,}" if total else "") + f" {self.unit}"]
        fresh = done - (self.first or 0)
        if seconds > 0 and fresh > 0:
            rate = fresh / seconds
            parts.append(_per_time(rate))
            if total and total > done:
                parts.append(f"{duration((total - done) / rate)} left")
        return ", ".join([*parts, note] if note else parts)

    def _show(self, now: float) -> None:
        self.shown, self.shown_state = now, self.state
        self.pending = False
        self.stream.write(f"\r\x1b[K{self.line}" if self.rewrites else f"{self.line}\n")
        self.stream.flush()
