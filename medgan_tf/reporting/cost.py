"""The cost of generators: GPU hours of a training and parameters, from our own records or from section `external`."""

from typing import Any

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.report import GanResults, Results, RunResults
from medgan_tf.presentation.blocks import Cell, is_number
from medgan_tf.reporting.provenance import training_seconds

UNKNOWN = "unknown"
_HEAD = ("GPU hours", "parameters of the generator", "whose", "version")
_BRIEF = ("GPU hours", "parameters of the generator", "whose")
_REMARK = (
    "GPU hours are those of one training, mean over seeds; times on other devices are not comparable. What another's "
    "generator took is what section `external` of the experiment says"
)


def cost(results: Results) -> Comparison:
    """GPU hours and parameters of each generator; unknown is shown as unknown."""
    return Comparison(_HEAD, list(map(_cells, results.gans)), _BRIEF, remarks=[_REMARK])


def _cells(gan: GanResults) -> list[Cell]:
    stated = [found for run in gan.runs if (found := _external(run))]
    if stated:
        [first, *_] = stated
        numbers = [_known(first.get(key)) for key in ("gpu_hours", "parameters")]
        return [*numbers, *(str(first.get(key) or UNKNOWN) for key in ("owner", "version"))]
    return [_gpu_hours(gan), _parameters(gan), "this project", _version(gan)]


def _external(run: RunResults) -> dict[str, Any] | None:
    """Section `external` of a run's settings; None for a generator of our own."""
    found = (run.config or {}).get("external")
    return found if isinstance(found, dict) else None


def _known(value: Any) -> Cell:
    return value if is_number(value) else UNKNOWN


def _gpu_hours(gan: GanResults) -> Cell:
    """Mean over seeds. Unknown unless every run says how long it took, and on which devices."""
    hours, on_gpus = [], []
    for run in gan.runs:
        devices, seconds = (run.environment or {}).get("devices"), training_seconds(run)
        if not isinstance(devices, list) or not devices or not seconds:
            return UNKNOWN
        count = sum(str(device).startswith("GPU") for device in devices)
        hours.append(seconds * max(1, count) / 3600)
        on_gpus.append(count > 0)
    mean = sum(hours) / len(hours)
    if all(on_gpus):
        return mean
    return UNKNOWN if any(on_gpus) else f"none; {mean:.3g} h on CPUs"


def _parameters(gan: GanResults) -> Cell:
    """Trainable parameters, which the exported generator's card states."""
    found = {(run.generator or {}).get("parameters") for run in gan.runs}
    return _known(next(iter(found))) if len(found) == 1 else UNKNOWN


def _version(gan: GanResults) -> str:
    found = {str((run.environment or {}).get("medgan_tf") or UNKNOWN) for run in gan.runs}
    return f"medgan-tf {', '.join(sorted(found))}" if found != {UNKNOWN} else UNKNOWN
