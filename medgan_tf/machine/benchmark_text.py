"""Results of the benchmarks as text for terminals."""

from collections.abc import Mapping
from typing import Any

from medgan_tf.machine.step_benchmark import StepSpeed

_COLUMNS = (
    "phase",
    "channels",
    "batch",
    "resolution",
    "precision",
    "img/s",
    "GFLOP/img",
    "GFLOP/s",
    "conv GFLOP/s",
    "fraction",
    "first step",
)


def columns() -> str:
    """The head of the rows."""
    return "  ".join(f"{name:>14}" for name in _COLUMNS)


def row(speed: StepSpeed) -> str:
    """One setting of the benchmark of the step."""
    values = (
        speed.phase,
        speed.channels,
        speed.batch,
        speed.resolution,
        speed.precision,
        f"{speed.images_per_second:.1f}",
        f"{speed.gflop_per_image:.3f}",
        f"{speed.step_rate:.1f}",
        f"{speed.convolution_rate:.1f}",
        f"{speed.fraction:.3f}",
        f"{speed.first_step_seconds:.1f} s",
    )
    return "  ".join(f"{value:>14}" for value in values)


def lines(values: Mapping[str, Any], width: int = 20) -> str:
    """A line for each value."""
    return "\n".join(f"{name:{width}} {_number(value)}" for name, value in values.items())


def _number(value: Any) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else str(value)
