"""Measure the speed of the training step and of building TFRecords, against what this machine can do."""

import click

from medgan_tf.tools.common_options import echo_result, json_option, run, tool_command

_COLUMNS = (
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


@tool_command("benchmark")
@click.option("--measure", type=click.Choice(["step", "records"]), default="step", help="What to measure.")
@click.option("--architecture", default="cpd", help="GAN whose step is timed.")
@click.option(
    "--channels", type=click.IntRange(1), multiple=True, default=(64, 128), help="Width of all layers; may be repeated."
)
@click.option("--batch", type=click.IntRange(4), default=32, help="Images per step.")
@click.option("--resolution", type=int, default=32, help="Pixels, a power of two from 16 to 512.")
@click.option(
    "--precision", type=click.Choice(["float32", "mixed_bfloat16", "both"]), default="both", help="Number format."
)
@click.option("--steps", type=click.IntRange(1), default=10, help="Timed steps for each setting.")
@click.option("--xla", is_flag=True, help="Compile the step with XLA.")
@click.option("--images", type=click.IntRange(16), default=2000, help="Images for `--measure records`.")
@json_option
def command(measure, architecture, channels, batch, resolution, precision, steps, xla, images, as_json):
    """Measure the speed of the training step and of building TFRecords, against what this machine can do.

    step: images/s of whole training steps on random images; their floating-point operations, counted in the graph; and,
    in turns with them, the rate of the step's own largest convolution alone, forward and backward. `fraction` is the
    step's rate divided by that rate. Let nothing else run meanwhile, and compare figures of one call only.

    records: images/s of building a dataset from JPEG files made for it, against OpenCV's bare decoding and resizing of
    the same files on all cores.

    \b
    Examples:
      medgan-tf benchmark
      medgan-tf benchmark --channels 64 --batch 64 --precision mixed_bfloat16 --json
      medgan-tf benchmark --measure records --images 4000
    """
    if measure == "records":
        from medgan_tf.data.benchmark import measure_build

        result = measure_build(images, resolution)
        echo_result(result, as_json, "\n".join(f"{name:36} {_number(value)}" for name, value in result.items()))
        return
    from dataclasses import asdict

    from medgan_tf.errors import ConfigError
    from medgan_tf.training.benchmark import measure_step

    if resolution not in (16, 32, 64, 128, 256, 512):
        raise ConfigError(f"resolution must be a power of two from 16 to 512. Received: resolution={resolution}")
    if batch % 4:
        raise ConfigError(f"batch must be a multiple of 4, the minibatch deviation's group. Received: batch={batch}")
    precisions = ("float32", "mixed_bfloat16") if precision == "both" else (precision,)
    if not as_json:
        click.echo("  ".join(f"{name:>14}" for name in _COLUMNS))
    results = []
    for width in channels:
        for number_format in precisions:
            speed = measure_step(architecture, width, batch, resolution, number_format, steps=steps, jit_compile=xla)
            results.append(speed)
            if not as_json:
                click.echo(_row(speed))
    for slow, fast in zip(results[::2], results[1::2], strict=False):
        if precision == "both" and not as_json:
            ratio = fast.images_per_second / slow.images_per_second
            click.echo(f"mixed_bfloat16 is {ratio:.2f} times float32 at {slow.channels} channels")
    if as_json:
        echo_result({"step": [asdict(speed) for speed in results]}, True, "")


def _row(speed) -> str:
    values = (
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


def _number(value) -> str:
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    run(command)
