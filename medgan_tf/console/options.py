"""Options, the entry point and the dry run that the commands share."""

import functools
from typing import Any

import click

from medgan_tf.console.commands import ToolCommand, ToolSubgroup, guarded_main
from medgan_tf.files.plain_text import visible, visible_lines

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 120, "show_default": True}

tool_command = functools.partial(click.command, cls=ToolCommand, context_settings=_CONTEXT)
"""``@tool_command("train")`` above a function named `command`; its docstring ends with `Examples:` under a ``\\b``."""

tool_group = functools.partial(click.group, cls=ToolSubgroup, context_settings=_CONTEXT)
"""The same for a tool with commands of its own: ``@command.command("create")`` stands above their functions."""

experiment_argument = click.argument("experiment", metavar="EXPERIMENT.yaml", type=click.Path(path_type=str))
"""The experiment file, as `experiment`. Give it to `load_experiment`, which explains what is wrong with it."""

set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override one value of the experiment, e.g. --set training.batch=64; may be repeated.",
)
"""Overrides, as a tuple `overrides`."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print the result as one JSON object on standard output."
)
"""Machine-readable result, as `as_json`."""

dry_run_option = click.option(
    "--dry-run",
    "dry_run",
    is_flag=True,
    help="Print the resolved config and where things would be written; do nothing.",
)
"""Show what would be done and do nothing, as `dry_run`."""

restart_option = click.option(
    "--resume/--restart",
    "resume",
    default=True,
    help="Go on where an earlier call was stopped, or remove what it wrote and start again.",
)
"""Resume or start again, as a bool `resume`."""


def run(command: click.Command) -> None:
    """Runs one tool as a script, ``if __name__ == "__main__": run(command)``, exactly as ``medgan-tf`` would."""
    guarded_main(command)


def echo_plan(experiment: Any, as_json: bool, stages: dict[str, str] | None = None, **folders: Any) -> None:
    """Prints the dry run: the resolved config, the folders that would be written, and what would be done.

    Args:
        experiment: The loaded `Experiment`.
        as_json: One JSON object instead of YAML.
        stages: For a command with several stages, what would be done in each.
        folders: Names and paths, e.g. ``run=run_folder.path, dataset=experiment.dataset_dir``.
    """
    from medgan_tf.config.loading import dump_experiment
    from medgan_tf.files.result_files import json_text

    if as_json:
        plan = {"config": experiment.model_dump(mode="json"), "folders": {k: str(v) for k, v in folders.items()}}
        click.echo(json_text(plan if stages is None else plan | {"stages": stages}))
        return
    click.echo(dump_experiment(experiment), nl=False)
    for name, folder in folders.items():
        click.echo(f"# {name} folder: {folder}")
    for name, state in (stages or {}).items():
        click.echo(f"# {name}: {visible(state)}")


def echo_result(result: dict[str, Any], as_json: bool, text: str) -> None:
    """Prints a command's result on standard output: `result` as one JSON object (null for NaN), or `text`."""
    # numpy comes with it: not for `--help`.
    from medgan_tf.files.result_files import json_text

    click.echo(json_text(result) if as_json else visible_lines(text))
