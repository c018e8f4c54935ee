"""Print an experiment with all its values, or the page that describes every key."""

import click

from medgan_tf.console.options import echo_plan, json_option, run, set_option, tool_command


@tool_command("config")
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", required=False, type=click.Path(path_type=str))
@click.option("--reference", is_flag=True, help="Print docs/config.md: every key with its type, default and meaning.")
@set_option
@json_option
def command(experiment, reference, overrides, as_json):
    """Print an experiment with all its values, or the page that describes every key.

    The values are those that the other commands work with: files that are extended, overrides, defaults and what the
    paper used for the architecture are put together. What is printed is an experiment file again.

    \b
    Examples:
      medgan-tf config experiments/quickstart.yaml
      medgan-tf config experiments/quickstart.yaml --set gan.architecture=biggan --json
      medgan-tf config --reference > docs/config.md
    """
    if reference == bool(experiment):
        raise click.UsageError("give either EXPERIMENT.yaml or --reference")
    if reference:
        if overrides or as_json:
            raise click.UsageError("--reference takes no --set and no --json")
        from medgan_tf.config.reference import reference as page

        click.echo(page(), nl=False)
        return
    from medgan_tf.config.loading import load_experiment

    settings = load_experiment(experiment, overrides)
    echo_plan(settings, as_json, dataset=settings.dataset_dir)


if __name__ == "__main__":
    run(command)
