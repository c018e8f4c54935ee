"""A check as a block in Markdown, for terminals and for a page that has a block for each kind of machine."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.machine.selfcheck.cases import FAILED, NOT_MEASURED
from medgan_tf.machine.selfcheck.record import CaseResult, PartResult, Record

WORDS = {
    "versions": "versions and devices",
    "golden": "known values in each number format",
    "determinism": "the same steps give the same bits",
    "resume": "killed and resumed equals unbroken",
    "replicas": "two devices compute what one does",
    "classifier": "training of DenseNet-121",
    "importance": "masks of importance maps",
    "speed": "training steps of cpD-GAN",
}
ANY_GPU = "NVIDIA GPU"
"""The block that says that no GPU was measured; that of the first one takes its place."""
_END = "<!-- end of selfcheck -->"
_STEP = (
    "| Channels | Pixels | Batch | Format | XLA | Images/s | GFLOP/s | of its convolution | First step | Peak, GiB |",
    "|---:|---:|---:|---|---|---:|---:|---:|---:|---:|",
)


def kind_of(record: Record) -> str:
    """The kind of machine, as "NVIDIA H200" or "AMD EPYC 9654, 2 cores"."""
    machine = record.machine
    if not machine:
        return "unknown machine"
    names = sorted({str(gpu["name"]) for gpu in machine["gpus"]})
    if names:
        count = len(machine["gpus"])
        return _in_comment((f"{count} x " if count > 1 else "") + ", ".join(names))
    return _in_comment(f"{str(machine['cpu']).split(',')[0]}, {machine['cores']} cores")


def markdown(record: Record) -> str:
    """Heading, machine, one row for each part, and one for each training step that was measured."""
    lines = [f"### {kind_of(record)}", "", *_machine_lines(record), ""]
    lines += ["| Part | Demanded | Result | Found |", "|---|---|---|---|"]
    for part in record.parts:
        name = f"`{_cell(part.name)}`: {WORDS[part.name]}" if part.name in WORDS else f"`{_cell(part.name)}`"
        lines.append(f"| {name} | {'yes' if part.demanded else 'no'} | {part.state} | {_found(part)} |")
    speed = record.part("speed")
    steps = [case.values for case in (speed.measured if speed else ()) if case.values]
    if steps:
        lines += ["", *_STEP, *map(_step_row, steps)]
    return "\n".join(lines)


def _machine_lines(record: Record) -> list[str]:
    machine = record.machine
    if not machine:
        return ["The machine was not looked at."]
    gpus = [
        f"{gpu['name']} ({_gib(gpu['memory_gib'])}, compute capability {'.'.join(map(str, gpu['compute_capability']))})"
        for gpu in machine["gpus"]
    ]
    build = machine["tensorflow_build"]
    # Words for versions of a build without CUDA would only puzzle.
    cuda = f"CUDA {build.get('cuda_version')}, cuDNN {build.get('cudnn_version')}" if build.get("is_cuda_build") else ""
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    parts = [f"{machine['cpu']}, {machine['cores']} cores, {_gib(machine['memory_gib'])}, {machine['system']}"]
    parts += gpus + ([f"driver {machine['driver']}"] if machine["driver"] else []) + ([cuda] if cuda and gpus else [])
    versions = f"Python {machine['python']}, medgan-tf {machine['medgan_tf']}, {packages}"
    lines = [_cell(f"{'; '.join(parts)}. {versions}. `medgan-tf selfcheck --minutes {record.minutes:g}`.")]
    if record.loaded:
        programs, cores = record.load["programs"], record.load["cores"]
        lines += [
            "",
            f"**Loaded machine**: {programs:.1f} programs ran on {cores} cores when the check began, so speeds are "
            "lower than on a quiet machine.",
        ]
    return lines


def _gib(value: float | None) -> str:
    return "memory not told" if value is None else f"{value:.0f} GiB"


def _found(part: PartResult) -> str:
    """What is to be said of a part, then what was measured, then the names of what was not."""
    texts = [part.text] if part.text else []
    if part.name == "speed" and part.cases:
        shown = [case for case in part.measured if case.demanded or case.state == FAILED]
        return _cell("; ".join([f"{len(part.measured)} of {len(part.cases)} settings", *map(_said, shown), *texts]))
    texts += [_said(case) for case in part.measured]
    missing = [case.name for case in part.cases if case.state == NOT_MEASURED]
    texts += [f"not measured: {', '.join(missing)}"] if missing else []
    return _cell("; ".join(texts)) or "-"


def _said(case: CaseResult) -> str:
    return f"{case.name}: {'failed: ' if case.state == FAILED else ''}{case.text}"


def _step_row(values: dict[str, Any]) -> str:
    memory = values.get("gpu_peak_gib", values.get("process_peak_gib"))
    cells = (
        *(values.get(name, "-") for name in ("channels", "resolution", "batch", "number_format")),
        "yes" if values.get("jit_compile") else "no",
        _number(values.get("images_per_second"), 1),
        _number(values.get("step_rate"), 1),
        _number(values.get("fraction"), 2),
        f"{_number(values.get('first_step_seconds'), 1)} s",
        _number(memory, 2),
    )
    return f"| {' | '.join(_cell(str(cell)) for cell in cells)} |"


def _number(value: Any, digits: int) -> str:
    return "-" if not isinstance(value, int | float) else f"{value:,.{digits}f}"


def _cell(text: str) -> str:
    """Text on one line, without what would end a cell or begin a tag."""
    return " ".join(text.split()).replace("|", "/").replace("<", "&lt;")


def _in_comment(text: str) -> str:
    """The same without what would end a comment."""
    return re.sub(r"--+", "-", _cell(text).replace(">", ""))


def write_block(page: Path, record: Record) -> None:
    """Puts the block of this kind of machine into a page: in the place of its earlier one, or after the last one.

    Raises:
        DataError: The page cannot be read, or it has no block.
        RunError: It cannot be written.
    """
    try:
        text = page.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{page}: cannot be read as a page in UTF-8") from error
    changed = with_block(text, record)
    try:
        with atomic_path(page) as partial:
            partial.write_text(changed, encoding="utf-8")
    except OSError as error:
        raise RunError(f"cannot write {page}: {error.strerror}") from error


def with_block(page: str, record: Record) -> str:
    """The page with the block of this kind of machine. Raises `DataError` where it has no block at all."""
    kind = kind_of(record)
    block = f"{_start(kind)}\n\n{markdown(record)}\n\n{_END}"
    machine = record.machine
    kinds: Sequence[str] = (kind, ANY_GPU) if machine and machine["gpus"] else (kind,)
    for one in kinds:
        before, found, rest = page.partition(_start(one))
        _, closed, after = rest.partition(_END)
        if found and closed:
            return f"{before}{block}{after}"
    before, found, after = page.rpartition(_END)
    if not found:
        raise DataError(f"the page has no place for a machine: expected a line {_END}")
    return f"{before}{_END}\n\n{block}{after}"


def _start(kind: str) -> str:
    return f"<!-- selfcheck of {kind}: written by `medgan-tf selfcheck --write`, do not edit -->"
