"""Options of commands that work on an experiment or on any folders of images, and how they are read."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from medgan_tf.config.section import LARGEST_SEED
from medgan_tf.console.options import set_option

if TYPE_CHECKING:
    from medgan_tf.config.schema import Experiment

experiment_or_none = click.argument(
    "experiment", metavar="[EXPERIMENT.yaml]", type=click.Path(path_type=str), required=False
)
"""The experiment file, as `experiment`, which may be left out."""

_RELEASE = (
    experiment_or_none,
    set_option,
    click.option("--train", metavar="FOLDER", help="Training images: a dataset folder, or PNG, JPEG or TIFF files."),
    click.option(
        "--held-out",
        metavar="FOLDER",
        help="Images of other patients, in the same forms; by default valid and test of the training folder.",
    ),
    click.option("--synthetic", metavar="FOLDER", help="Synthetic images, in the same forms."),
)


def release_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The experiment and `--set`, or `--train`, `--held-out` and `--synthetic`."""
    for option in reversed(_RELEASE):
        command = option(command)
    return command


seed_option = click.option(
    "--seed",
    type=click.IntRange(0, LARGEST_SEED),
    metavar="N",
    help="Seed of the random choices among the images of folders; by default 1000. An experiment has its own.",
)
"""The seed for commands that take an experiment or folders, as `seed`; give it to `chosen_experiment`."""


def out_option(folders: str) -> Callable[..., Any]:
    """The option for the folder of the results, as `out`. `folders`: the options without a folder by default."""
    text = f"Where the results go; by default evaluation/ in the run folder, and nowhere for {folders}."
    return click.option("--out", metavar="FOLDER", help=text)


def chosen_experiment(
    experiment: str | None, overrides: tuple[str, ...], seed: int | None, real: str | None, synthetic: Any, name: str
) -> "Experiment":
    """The experiment; for folders without one, an experiment of defaults.

    Args:
        experiment, overrides, seed: Values from the command line.
        real, synthetic: Folders from the command line.
        name: The option of the real folder, for messages.

    Raises:
        click.UsageError: There is neither an experiment nor both folders; or a seed for an experiment.
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.schema import Experiment

    if bool(real) != bool(synthetic):
        raise click.UsageError(f"{name} and --synthetic go together")
    if not experiment and not real:
        raise click.UsageError(f"give an experiment, or {name} and --synthetic")
    if experiment is None:
        return Experiment(name="folders", **({} if seed is None else {"seed": seed}))
    if seed is not None:
        raise click.UsageError("--seed is for folders; an experiment has its own: --set seed=N")
    return load_experiment(experiment, overrides)


def results_folder(experiment: "Experiment", out: str | None, folders: bool) -> Path | None:
    """The folder of the results: the one given, else that of the experiment's run; None for folders."""
    from medgan_tf.config.run_folders import run_folder

    if out:
        return Path(out)
    return None if folders else run_folder(experiment).evaluation
