"""Find the nearest real images of synthetic ones, with held-out patients as the control."""

import click

from medgan_tf.console.experiment_or_folders import (
    chosen_experiment,
    out_option,
    release_options,
    results_folder,
    seed_option,
)
from medgan_tf.console.options import dry_run_option, echo_plan, echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("neighbours")
@release_options
@click.option("--all", "look_up_all", is_flag=True, help="Look up all synthetic images, not only "
              "evaluation.neighbours.queries.")  # fmt: skip
@click.option("--extractor", metavar="NAME", help="Extractor in place of evaluation.neighbours.extractor.")
@out_option("--train and --synthetic")
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
    if held_out and not train:
        raise click.UsageError("--held-out goes only with --train and --synthetic")
    settings = chosen_experiment(experiment, overrides, seed, train, synthetic, "--train")
    chosen = ({"extractor": extractor} if extractor else {}) | ({"queries": None} if look_up_all else {})
    neighbours = settings.evaluation.neighbours.model_copy(update=chosen)
    target = results_folder(settings, out, bool(train))
    if dry_run:
        echo_plan(settings, as_json, results=target)
        return
    from medgan_tf.evidence.neighbours.job import run_neighbours
    from medgan_tf.evidence.neighbours.table import neighbour_lines
    from medgan_tf.evidence.release_sets import ReleaseFolders
    from medgan_tf.files.result_files import plain
    from medgan_tf.presentation.heartbeat import Heartbeat

    folders = ReleaseFolders(train, held_out, synthetic) if train else None
    with ProgressLine("neighbours", "steps") as line, Heartbeat(line) as progress:
        result, files = run_neighbours(settings, neighbours, target, folders, progress)
    text = neighbour_lines(result) + "".join(f"\nlook at {file}" for file in files)
    echo_result({**plain(result.summary), "files": [str(file) for file in files]}, as_json, text)


if __name__ == "__main__":
    run(command)
