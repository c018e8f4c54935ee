"""Find the nearest real images of synthetic ones, with held-out patients as the control."""

import click

from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_or_folders,
    json_option,
    run,
    seed_option,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine


@tool_command("neighbours")
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", type=click.Path(path_type=str), required=False)
@set_option
@click.option("--train", metavar="FOLDER", help="Training images: a dataset folder, or PNG, JPEG or TIFF files.")
@click.option("--held-out", metavar="FOLDER", help="Images of other patients, likewise; by default valid and test of "
              "the training folder.")  # fmt: skip
@click.option("--synthetic", metavar="FOLDER", help="Synthetic images, likewise.")
@click.option("--all", "look_up_all", is_flag=True, help="Look up all synthetic images, not only "
              "evaluation.neighbours.queries.")  # fmt: skip
@click.option("--extractor", metavar="NAME", help="Instead of evaluation.neighbours.extractor.")
@click.option("--out", metavar="FOLDER", help="Where the results go; by default evaluation/ in the run folder, and "
              "nowhere for --train and --synthetic.")  # fmt: skip
@seed_option
@dry_run_option
@json_option
def command(experiment, overrides, train, held_out, synthetic, look_up_all, extractor, out, seed, dry_run, as_json):
    """Find the nearest real images of synthetic ones, with held-out patients as the control.

    The search is exact: cosine distance in the features of the classifier trained on real images, or of another
    extractor. neighbours.csv has image, patient, fold, labels and distance of every neighbour, neighbours.png shows
    pairs from the nearest to the farthest. Near is not copied and far is not safe: medgan-tf privacy tests that.

    \b
    Examples:
      medgan-tf neighbours experiments/quickstart.yaml
      medgan-tf neighbours experiments/quickstart.yaml --all --extractor random --json
      medgan-tf neighbours --train datasets/chest --synthetic shared/synthetic --extractor random --out neighbours
    """
    from pathlib import Path

    from medgan_tf.files.run_folders import RunFolder

    if bool(train) != bool(synthetic) or (held_out and not train):
        raise click.UsageError("--train and --synthetic go together, --held-out only with them")
    if not experiment and not train:
        raise click.UsageError("give an experiment, or --train and --synthetic")
    settings = experiment_or_folders(experiment, overrides, seed)
    chosen = {"extractor": extractor} if extractor else {}
    chosen |= {"queries": None} if look_up_all else {}
    neighbours = settings.evaluation.neighbours.model_copy(update=chosen)
    folder = RunFolder.of(settings.training.output, settings.name, settings.gan.architecture, settings.seed)
    target = Path(out) if out else None if train else folder.evaluation
    if dry_run:
        echo_plan(settings, as_json, results=target)
        return
    from medgan_tf.evidence.neighbours.job import experiment_neighbours, folder_neighbours
    from medgan_tf.evidence.neighbours.measure import neighbour_lines
    from medgan_tf.files.result_files import plain
    from medgan_tf.presentation.heartbeat import Heartbeat

    with ProgressLine("neighbours", "steps") as line, Heartbeat(line) as progress:
        if train:
            result, files = folder_neighbours(settings, neighbours, train, held_out, synthetic, target, progress)
        else:
            result, files = experiment_neighbours(settings, neighbours, target, progress)
    text = neighbour_lines(result) + "".join(f"\nlook at {file}" for file in files)
    echo_result({**plain(result.summary), "files": [str(file) for file in files]}, as_json, text)


if __name__ == "__main__":
    run(command)
