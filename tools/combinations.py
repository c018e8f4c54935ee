"""Ask a simple classifier of real images which label combination generated images show."""

import click

from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    run,
    set_option,
    tool_command,
)


@tool_command("combinations")
@experiment_argument
@set_option
@click.option("--seeds", metavar="SEEDS", help="Seeds whose images have been generated, e.g. 1000..1002 or 1000,1005.")
@dry_run_option
@json_option
def command(experiment, overrides, seeds, dry_run, as_json):
    """Ask a simple classifier of real images which label combination generated images show.

    It learns from the real training images, at 16 x 16 pixels. The share of generated images whose combination it names
    is compared with chance and with real test images. Several seeds give an interval: is it at least twice chance?

    \b
    Examples:
      medgan-tf combinations experiments/quickstart_private.yaml --seeds 1000..1002 --json
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.run_folders import run_folder
    from medgan_tf.config.seeds import parse_seeds

    settings = load_experiment(experiment, overrides)
    chosen = parse_seeds(seeds, settings.seed)
    if dry_run:
        echo_plan(settings, as_json, real=settings.dataset_dir, synthetic=run_folder(settings).synthetic)
        return
    from medgan_tf.evidence.utility.right_combination import right_combinations

    result = right_combinations(settings, chosen)
    echo_result(result.as_json(), as_json, result.as_text())


if __name__ == "__main__":
    run(command)
