"""Measure the speed of training and of building TFRecords on this machine; with a grid's file, run that grid."""

import itertools
from pathlib import Path

import click

from medgan_tf.console import speeds
from medgan_tf.console.commands import ToolCommand
from medgan_tf.console.options import echo_result, json_option, run, tool_command

_MEASURES = ("step", "phases", "loop", "scaling", "classifier", "records", "cost")


class _SpeedOrGrid(ToolCommand):
    """Measures speed; given a YAML file, it is the command `grid`."""

    def make_context(self, info_name, args, parent=None, **extra):
        if any(argument.endswith((".yaml", ".yml")) for argument in args):
            from medgan_tf.tools.grid import command as grid

            return grid.make_context(info_name, args, parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx):
        """The command that the context was made by: this one, or `grid`."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


@tool_command("benchmark", cls=_SpeedOrGrid)
@click.option("--measure", type=click.Choice(_MEASURES), default="step", help="What to measure.")
@click.option("--architecture", default="cpd", help="GAN whose step is timed.")
@click.option(
    "--channels", type=click.IntRange(1), multiple=True, default=(64, 128), help="Width of all layers; may be repeated."
)
@click.option(
    "--batch", "batches", type=click.IntRange(4), multiple=True, default=(32,), help="Images per step; may be repeated."
)
@click.option("--resolution", type=int, default=32, help="Pixels, a power of two from 16 to 512.")
@click.option(
    "--precision", type=click.Choice(["float32", "mixed_bfloat16", "both"]), default="both", help="Number format."
)
@click.option("--steps", type=click.IntRange(1), default=10, help="Timed steps for each setting.")
@click.option("--xla", is_flag=True, help="Compile the step with XLA.")
@click.option("--images", type=click.IntRange(16), default=2000, help="Images for `--measure records`.")
@click.option(
    "--encoding", type=click.Choice(["png", "raw"]), default="png", help="Form of the images for `--measure records`."
)
@click.option("--work", type=click.Path(path_type=Path), help="Folder of `--measure cost`; it goes on from there.")
@click.option("--stage", "stages", multiple=True, help="Only this stage of `--measure cost`; may be repeated.")
@click.option("--most", type=click.IntRange(1000), default=1_000_000, help="Most images of `--measure cost`.")
@click.option("--minutes", type=click.FloatRange(0), default=15.0, help="`--measure cost` begins nothing later.")
@click.option("--write", "page", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A page in "
              "Markdown whose table of costs is replaced.")  # fmt: skip
@json_option
def command(
    measure, architecture, channels, batches, resolution, precision, steps, xla, images, encoding, work, stages, most,
    minutes, page, as_json,
):  # fmt: skip
    """Measure the speed of the training step and of building TFRecords, against what this machine can do.

    step: images/s of whole training steps on random images; their floating-point operations, counted in the graph; and,
    in turns with them, the rate of the step's own largest convolution alone, forward and backward. `fraction` is the
    step's rate divided by that rate. Let nothing else run meanwhile, and compare figures of one call only.

    phases: the same for each phase of a growing GAN, at the same width and batch, and how much cheaper an image is in
    it than at the full resolution.

    loop: images/s of training steps in the whole loop, with its input pipeline, ticks, checkpoints, sample grids and
    TensorBoard at their default periods, as a fraction of the bare step's; the input pipeline alone, as a multiple of
    what the step needs; time to the first step; peak memory of the process, and whether it grows over `--steps` steps.

    scaling: the same with one and with two replicas, on two GPUs or, without them, on two halves of the CPU.

    classifier: images/s of training the classifier, with its input pipeline, as a fraction of what `train_on_batch` of
    a plain Keras DenseNet-121 reaches on one batch in memory; whether memory grows.

    records: images/s of building a dataset from JPEG files made for it, against OpenCV's bare decoding and resizing of
    the same files on all cores.

    cost: time and peak memory of prepare, a step, fid, neighbours, privacy and report by images, labels and resolution,
    each in a process of its own, on made images. Begun again with the same `--work`, it goes on where it was stopped.

    With the file of a grid it runs that benchmark instead, exactly as `medgan-tf grid` does, with its options.

    \b
    Examples:
      medgan-tf benchmark
      medgan-tf benchmark --channels 64 --batch 64 --precision mixed_bfloat16 --json
      medgan-tf benchmark --measure phases --architecture progressive --channels 64
      medgan-tf benchmark --measure loop --channels 64 --batch 64 --steps 2000
      medgan-tf benchmark --measure loop --channels 32 --channels 64 --batch 16 --batch 64 --precision mixed_bfloat16
      medgan-tf benchmark --measure scaling --channels 64
      medgan-tf benchmark --measure classifier --resolution 64 --batch 32 --precision float32
      medgan-tf benchmark --measure records --images 4000 --encoding raw
      medgan-tf benchmark --measure cost --work cost --write docs/performance.md
      medgan-tf benchmark experiments/benchmark/quick.yaml --cores 2
    """
    if measure == "cost":
        speeds.costs(work, stages, most, 60 * minutes, page, as_json)
        return
    if measure == "records":
        from medgan_tf.machine.build_benchmark import measure_build

        result = measure_build(images, resolution, encoding)
        echo_result(result, as_json, "\n".join(f"{name:36} {speeds.number(value)}" for name, value in result.items()))
        return
    from medgan_tf.errors import ConfigError

    precisions = ("float32", "mixed_bfloat16") if precision == "both" else (precision,)
    if measure == "classifier":
        speeds.classifiers(resolution, itertools.product(batches, precisions), steps, as_json)
        return
    if resolution not in (16, 32, 64, 128, 256, 512):
        raise ConfigError(f"resolution must be a power of two from 16 to 512. Received: resolution={resolution}")
    for batch in batches:
        if batch % (8 if measure == "scaling" else 4):
            raise ConfigError(f"each replica's batch must be a multiple of 4, its group size. Received: batch={batch}")
    settings = [
        (architecture, width, batch, resolution, number_format)
        for width, batch, number_format in itertools.product(channels, batches, precisions)
    ]
    if measure in ("loop", "scaling"):
        speeds.loops(settings, steps, (1, 2) if measure == "scaling" else (1,), measure, as_json)
    else:
        speeds.steps(settings, steps, xla, measure, as_json)


if __name__ == "__main__":
    run(command)
