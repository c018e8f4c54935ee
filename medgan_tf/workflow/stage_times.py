"""Where the time of a workflow goes: seconds on the clock and of the processor for each stage."""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from medgan_tf.presentation.text_table import text_table


@dataclass(frozen=True)
class Spent:
    """The time that something took.

    Attributes:
        seconds: Seconds on the clock.
        processor: Processor seconds of all threads, and of the processes that were started meanwhile.
    """

    seconds: float
    processor: float


@dataclass
class StageTimes:
    """Measures stages one by one.

    Attributes:
        spent: By name, in the order in which they were first measured. A name that comes again adds up.
    """

    spent: dict[str, Spent] = field(default_factory=dict)

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Measures the block, also where it ends with an error."""
        before = _now()
        try:
            yield
        finally:
            after, known = _now(), self.spent.get(name, Spent(0.0, 0.0))
            self.spent[name] = Spent(
                known.seconds + after.seconds - before.seconds, known.processor + after.processor - before.processor
            )

    def described(self) -> dict[str, dict[str, float]]:
        """By name `seconds` and `processor_seconds`, for a result in JSON."""
        return {
            name: {"seconds": round(one.seconds, 1), "processor_seconds": round(one.processor, 1)}
            for name, one in self.spent.items()
        }


def times_table(described: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Lines of a table of what `StageTimes.described` gives, with the sum."""
    columns = ("seconds", "processor_seconds")
    rows = [[name, *(f"{one[column]:,.1f}" for column in columns)] for name, one in described.items()]
    total = [f"{sum(one[column] for one in described.values()):,.1f}" for column in columns]
    return text_table([["time by stage", "seconds", "processor seconds"], *rows, ["together", *total]])


def _now() -> Spent:
    times = os.times()
    return Spent(time.monotonic(), times.user + times.system + times.children_user + times.children_system)
