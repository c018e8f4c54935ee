"""AUC of classifiers trained on real minus on synthetic images, over seeds, with statistics; compares two settings."""

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


@tool_command("gap")
@experiment_argument
@set_option
@click.option("--seeds", metavar="SEEDS", help="Seeds that have been classified, e.g. 1000..1003 or 1000,1005.")
@click.option("--against", metavar="OTHER.yaml", help="Test whether the gap is smaller than that of this experiment.")
@click.option("--against-set", multiple=True, metavar="KEY=VALUE", help="Override a value of the other experiment.")
@click.option("--by-label", is_flag=True, help="Show each label of each group of patients too, not only means.")
@dry_run_option
@json_option
def command(experiment, overrides, seeds, against, against_set, by_label, dry_run, as_json):
    """AUC of classifiers trained on real minus on synthetic images, over seeds, with statistics; compares two settings.

    Reads the predictions that `classify` or `run` wrote; trains nothing. With --against also the paper's one-sided
    Mann-Whitney U test between two settings, and paired tests over the seeds they share. Where the images have sex, age
    or view, the gap of each such group of test patients follows, and whether the groups differ more than after real
    training; then the label shares of both training sets.

    \b
    Examples:
      medgan-tf gap experiments/quickstart.yaml --seeds 1000..1002
      medgan-tf gap experiments/quickstart.yaml --seeds 1000..1002 --against experiments/quickstart_progressive.yaml
      medgan-tf gap experiments/quickstart.yaml --seeds 1000..1004 --by-label
      medgan-tf gap my.yaml --against my.yaml --against-set gan.architecture=progressive --seeds 1000..1009
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.seeds import parse_seeds
    from medgan_tf.files.run_folders import gap_folder

    settings = load_experiment(experiment, overrides)
    other = load_experiment(against, against_set) if against else None
    if against_set and not against:
        raise click.UsageError("--against-set needs --against")
    chosen = parse_seeds(seeds, settings.seed)
    folder = gap_folder(settings.training.output, settings.name, settings.generator_name)
    if dry_run:
        echo_plan(settings, as_json, gap=folder)
        return
    from medgan_tf.evidence.utility.job import gap_over_seeds
    from medgan_tf.evidence.utility.table import gap_table

    result = gap_over_seeds(settings, chosen, other)
    text = f"{gap_table(result.gap, result.comparison, by_label)}\n\nlook at {result.files[0]}"
    values = {"gap": result.gap, "comparison": result.comparison, "files": [str(file) for file in result.files]}
    echo_result(values, as_json, text)


if __name__ == "__main__":
    run(command)
