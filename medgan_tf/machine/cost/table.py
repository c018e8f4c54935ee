"""The measured costs as a page in Markdown, and as text."""

from collections.abc import Sequence

from medgan_tf.errors import DataError
from medgan_tf.machine.cost.cases import STAGES
from medgan_tf.machine.cost.child import DONE, TOO_LONG
from medgan_tf.machine.cost.growth import sentence, series, slopes
from medgan_tf.machine.cost.measurements import Costs, Measured

START = "<!-- cost: written by `medgan-tf benchmark --measure cost`, do not edit -->"
END = "<!-- end of cost -->"


def markdown(costs: Costs) -> str:
    """Machine, a table for each stage, and where each stops being linear."""
    machine = costs.machine
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    lines = [
        f"Machine: {machine['cpu']}; {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}. "
        f"Python {machine['python']}, medgan-tf {machine['medgan_tf']}, {packages}.",
    ]
    for stage, words in STAGES.items():
        if found := costs.of(stage):
            lines += ["", f"**{stage}**: {words}.", "", *_stage_lines(costs, stage, found)]
    growing = [stage for stage in STAGES if len(series(costs, stage)) > 1]
    if growing:
        lines += ["", "| Stage | Where CPU time stops being linear | Memory for each further image |", "|---|---|---|"]
        lines += [f"| {stage} | {sentence(series(costs, stage))} | {_memory(costs, stage)} |" for stage in growing]
    return "\n".join(lines)


def _stage_lines(costs: Costs, stage: str, found: Sequence[Measured]) -> list[str]:
    found = sorted(found, key=lambda one: (one.case.images, one.case.synthetic, one.case.labels, one.case.resolution))
    if any(one.images_per_second for one in found):
        lines = ["| Labels | Resolution | Images/s | Peak memory, GiB |", "|---:|---:|---:|---:|"]
        return lines + [
            f"| {one.case.labels} | {one.case.resolution} | {_rate(one)} | {one.use.peak_gib:.2f} |" for one in found
        ]
    grown = {slope.high: slope.slope for slope in slopes(series(costs, stage))}
    usual = [one.case for one in series(costs, stage)]
    lines = [
        "| Images | Synthetic | Labels | Resolution | Time, s | CPU time, s | Peak memory, GiB | Slope |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in found:
        case, use = one.case, one.use
        slope = grown.get(case.images) if case in usual else None
        told = f"{slope:.2f}" if slope is not None and slope == slope else ""
        synthetic = f"{case.synthetic:,}" if case.synthetic else ""
        time = f"{use.seconds:.1f} | {use.cpu_seconds:.1f}"
        if use.status != DONE:
            time = f"over {use.seconds:.0f} | over {use.cpu_seconds:.0f}" if use.status == TOO_LONG else "failed | "
        lines.append(
            f"| {case.images:,} | {synthetic} | {case.labels} | {case.resolution} | {time} | {use.peak_gib:.2f} | "
            f"{told} |"
        )
    return lines


def _rate(one: Measured) -> str:
    return f"{one.images_per_second:.1f}" if one.images_per_second else one.use.status


def _memory(costs: Costs, stage: str) -> str:
    found = slopes(series(costs, stage))
    return f"{max(found[-1].bytes_per_image, 0):,.0f} bytes up to {found[-1].high:,} images" if found else ""


def replaced(page: str, table: str) -> str:
    """The page with the costs replaced. Raises `DataError` when it has no place for them."""
    before, found, rest = page.partition(START)
    _, closed, after = rest.partition(END)
    if not found or not closed:
        raise DataError(f"the page has no place for the costs: expected the lines {START} and {END}")
    return f"{before}{START}\n\n{table}\n\n{END}{after}"
