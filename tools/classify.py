"""Train the classifier on real or on synthetic images and test it on real patients."""

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


@tool_command("classify")
@experiment_argument
@set_option
@click.option(
    "--on",
    "kind",
    type=click.Choice(["real", "synthetic", "both"]),
    default="both",
    help="Images to train on. Validation is on the same kind, the test always on the real test fold.",
)
@click.option(
    "--baselines", is_flag=True, help="Also train the baselines, mixtures and arms of the classifier section."
)
@click.option("--arms", is_flag=True, help="Also train the arms of the classifier section, and no other baselines.")
@restart_option
@dry_run_option
@json_option
def command(experiment, overrides, kind, baselines, arms, resume, dry_run, as_json):
    """Train the classifier on real or on synthetic images and test it on real patients.

    The classifier of the real images is shared by all GANs of an experiment and seed. Each classifier folder gets
    predictions.csv (the score of every test image), result.json, ROC and reliability figures and, for real and
    synthetic, the SavedModel. An interrupted training goes on where it was stopped; a finished one is not done again.

    \b
    Examples:
      medgan-tf classify experiments/quickstart.yaml --on real
      medgan-tf classify experiments/quickstart.yaml --baselines --json
      medgan-tf classify experiments/quickstart.yaml --arms --set classifier.fine_tuning=[1.0,0.1]
      medgan-tf classify my.yaml --on synthetic --set classifier.weights=weights/densenet121_notop.h5
      medgan-tf classify experiments/quickstart.yaml --set classifier.architecture=linear
    """
    from medgan_tf.classification.condition_table import chosen_conditions, condition_table
    from medgan_tf.config.loading import load_experiment

    settings = load_experiment(experiment, overrides)
    conditions = chosen_conditions(settings.classifier, kind, baselines, settings.external is not None, arms)
    if dry_run:
        folders = {condition.name: condition.folder(settings).classifier for condition in conditions}
        echo_plan(settings, as_json, dataset=settings.dataset_dir, **folders)
        return
    from medgan_tf.data.prepare import prepared_dataset
    from medgan_tf.evidence.utility.classify import classify

    with ProgressLine("preparing") as progress:
        dataset = prepared_dataset(settings, progress)
    results = classify(settings, conditions, dataset, resume=resume)
    echo_result(results, as_json, condition_table(results))


if __name__ == "__main__":
    run(command)
