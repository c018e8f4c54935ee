"""Train the GAN of an experiment, or go on where it was stopped; prepares the dataset if it is missing."""

import click

from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    restart_option,
    run,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine


@tool_command("train")
@experiment_argument
@set_option
@restart_option
@click.option("--reference", is_flag=True, help="Train the reference generator, and its patients' classifier, of an "
              "experiment with data.canaries.")  # fmt: skip
@dry_run_option
@json_option
def command(experiment, overrides, resume, reference, dry_run, as_json):
    """Train the GAN of an experiment, or go on where it was stopped; prepares the dataset if it is missing.

    Everything goes into the run folder: checkpoints, sample grids, TensorBoard events, metrics.jsonl and, at the end,
    the generator as SavedModel. Sample grids and TensorBoard show real images: share only the generator folder.

    \b
    Examples:
      medgan-tf train experiments/quickstart.yaml
      medgan-tf train experiments/quickstart.yaml --set seed=1001 --set training.precision=float32
      medgan-tf train experiments/chexpert_samples_3000.yaml --restart
      medgan-tf train my.yaml --reference
      tensorboard --logdir runs
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.run_folders import run_folder
    from medgan_tf.gans.resolve import checked_experiment
    from medgan_tf.synthesis.external.refusal import refuse_external
    from medgan_tf.training.private.refusals import check_private_training

    # Before the dataset is prepared, which may take hours.
    settings = load_experiment(experiment, overrides)
    refuse_external(settings, "train")
    settings = checked_experiment(settings)
    check_private_training(settings)
    folder, dataset = run_folder(settings), settings.dataset_dir
    if dry_run:
        if reference:
            from medgan_tf.data.canary_sets import reference_experiment

            other = reference_experiment(settings)
            folder, dataset = run_folder(other), other.dataset_dir
        echo_plan(settings, as_json, run=folder.path, dataset=dataset)
        return
    if reference:
        _train_reference(settings, resume, as_json)
        return
    from medgan_tf.data.prepare import prepared_dataset
    from medgan_tf.training.loop import train

    with ProgressLine("preparing") as progress:
        dataset = prepared_dataset(settings, progress)
    result = train(settings, dataset, resume=resume)
    values = {
        "run": str(folder.path),
        "generator": str(folder.generator),
        "samples": str(folder.samples / "latest.png"),
        "images_seen": result.images_seen,
        "resumed_from": result.resumed_from,
        "metrics": result.values,
    }
    echo_result(values, as_json, f"look at {values['samples']}; share {values['generator']}")


def _train_reference(settings, resume, as_json):
    from medgan_tf.workflow.reference import train_reference

    with ProgressLine("preparing") as progress:
        folder = train_reference(settings, progress, resume)
    values = {"run": str(folder.path), "generator": str(folder.generator)}
    echo_result(values, as_json, "next: medgan-tf privacy with the same experiment")


if __name__ == "__main__":
    run(command)
