"""Tables of `medgan-tf benchmark` and `medgan-tf peer-step`, and the measurements behind the first."""

import itertools
import statistics
from dataclasses import asdict

import click

from medgan_tf.console.options import echo_result

COLUMNS = (
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
PEER_COLUMNS = ("channels", "precision", "who", "img/s", "CPU s", "least CPU", "to ours", "CPU to ours", "first step")


def steps(settings, count, xla, measure, as_json) -> None:
    """`--measure step` and `phases`: one row for each setting."""
    from medgan_tf.machine.step_benchmark import measure_step, phase_count

    if not as_json:
        click.echo("  ".join(f"{name:>14}" for name in COLUMNS))
    results = []
    architecture, resolution = settings[0][0], settings[0][3]
    phases = range(phase_count(architecture, resolution)) if measure == "phases" else (-1,)
    for setting, phase in itertools.product(settings, phases):
        results.append(measure_step(*setting, steps=count, jit_compile=xla, phase=phase))
        if not as_json:
            click.echo(row(results[-1]))
    if measure == "phases":
        echo_phases(results, as_json)
    elif as_json:
        echo_result({"step": [asdict(speed) for speed in results]}, True, "")
    elif len({speed.precision for speed in results}) > 1:
        echo_precisions(results)


def loops(settings, count, replicas, name, as_json) -> None:
    """`--measure loop` and `scaling`: the figures of each setting, one a line."""
    from medgan_tf.machine.loop_benchmark import measure_loop

    results = []
    for setting in settings:
        for number_of in replicas:
            results.append(measure_loop(*setting, steps=count, replicas=number_of))
            if not as_json:
                lines = [f"{key:20} {number(value)}" for key, value in asdict(results[-1]).items()]
                click.echo("\n".join([*lines, ""]))
        if len(replicas) > 1 and not as_json:
            ratio = results[-1].loop_rate / results[-2].loop_rate
            click.echo(f"two replicas are {ratio:.2f} times one at {results[-1].channels} channels\n")
    if as_json:
        echo_result({name: [asdict(speed) for speed in results]}, True, "")


def classifiers(resolution, settings, count, as_json) -> None:
    """`--measure classifier`: the figures of each batch and precision, one a line."""
    from medgan_tf.errors import ConfigError
    from medgan_tf.machine.classifier_benchmark import measure_classifier

    if not 32 <= resolution <= 1024:
        raise ConfigError(f"DenseNet-121 takes images of 32 to 1024 pixels. Received: resolution={resolution}")
    results = []
    for batch, precision in settings:
        results.append(asdict(measure_classifier(resolution, batch, precision, count)))
        if not as_json:
            click.echo("\n".join([*(f"{key:20} {number(value)}" for key, value in results[-1].items()), ""]))
    if as_json:
        echo_result({"classifier": results}, True, "")


def echo_precisions(results) -> None:
    """Each pair of measurements that differ in the number format alone."""
    for slow, fast in zip(results[::2], results[1::2], strict=True):
        ratio = fast.images_per_second / slow.images_per_second
        click.echo(f"mixed_bfloat16 is {ratio:.2f} times float32 at {slow.channels} channels")


def echo_phases(results, as_json: bool) -> None:
    """Cost of an image in each phase against that in the last one of the same width and precision."""
    if as_json:
        echo_result({"phases": [asdict(speed) for speed in results]}, True, "")
        return
    for speed in results:
        full = [other for other in results if (other.channels, other.precision) == (speed.channels, speed.precision)][
            -1
        ]
        ratio = speed.images_per_second / full.images_per_second
        click.echo(f"{speed.channels} channels, {speed.precision}, {speed.phase}: {ratio:.2f} times as many images/s")


def row(speed) -> str:
    """One measured setting under `COLUMNS`."""
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


def number(value) -> str:
    """A value of a table, with three digits after the point if it has a fraction."""
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


def peer_row(names, batch, turns, ours) -> str:
    """One participant's `Turns` under `PEER_COLUMNS`, after its names; `ours` are those of this checkout."""
    values = (
        *names,
        f"{batch / statistics.median(turns.seconds):.1f}",
        f"{statistics.median(turns.cpu_seconds):.3f}",
        f"{min(turns.cpu_seconds):.3f}",
        *(f"{ratio:.3f}" for ratio in turns.against(ours)),
        f"{turns.first_seconds:.1f} s",
    )
    return "  ".join(f"{value:>14}" for value in values)


def costs(work, stages, most, seconds, page, as_json) -> None:
    """`--measure cost`."""
    if work is None:
        raise click.UsageError("--measure cost needs --work FOLDER")
    from medgan_tf.machine.cost.measure import measure_costs, write_page
    from medgan_tf.machine.cost.table import markdown

    costs = measure_costs(work, stages, most, seconds, lambda line: click.echo(line, err=True))
    if page is not None:
        write_page(costs, page)
    echo_result(costs.as_dict(), as_json, markdown(costs))
