"""From a folder or a table to an experiment file that `prepare` accepts, with every guess marked."""

import os
import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.proposal.basis import Basis, find_basis
from medgan_tf.proposal.budget import Budget, Device, make_budget, this_device
from medgan_tf.proposal.entries import (
    data_entries,
    generate_entries,
    header,
    measuring_entries,
    training_entries,
)
from medgan_tf.proposal.fit import Fit, fit_settings, read_table
from medgan_tf.proposal.guesses.guess import Guess
from medgan_tf.proposal.image_trial import ImageTrial, try_images
from medgan_tf.proposal.yaml_file import Entry, nested, yaml_text


@dataclass(frozen=True)
class Proposal:
    """An experiment file, and what it rests on.

    Attributes:
        name: Of the experiment.
        text: The file.
        values: Its values.
        found: What was found, one sentence.
        dataset: Name of the published dataset; "" for the user's own.
        guesses: What leads to images, patients and labels.
        fit: Label counts and the settings tried out; None where counting would take long.
        trial: A few images; None where none were read.
        budget: What the hours allow.
        problem: Why `prepare` would not accept it; "" where it does.
        notes: Further remarks, without cells of the table.
    """

    name: str
    text: str
    values: dict[str, Any]
    found: str
    dataset: str
    guesses: dict[str, Guess]
    fit: Fit | None
    trial: ImageTrial | None
    budget: Budget
    problem: str = ""
    notes: tuple[str, ...] = field(default=())


def propose(
    place: str | Path,
    output: str | Path,
    *,
    hours: float = 8.0,
    table: str | None = None,
    images: str | Path | None = None,
    device: Callable[[], Device] = this_device,
) -> Proposal:
    """Looks at a folder or a table, and proposes an experiment.

    Args:
        place: Folder of the images, or a table (CSV), or a file of MedMNIST.
        output: The experiment file that will be written; nothing but a table of folder names is written here.
        hours: Time for the whole experiment.
        table: Which table of the folder is meant; None looks for it.
        images: Folder of the images, where it is not that of the table.
        device: What trains.

    Raises:
        DataError: There are no images or no labels, or it is not clear which table is meant.
        ConfigError: A place that does not exist.
    """
    place, output = Path(place), Path(output)
    name = _experiment_name(output)
    basis = find_basis(place, output, table, None if images is None else Path(images))
    first = _experiment(name, data_entries(basis.source, basis.root, basis.options, 32, None))
    fit, trial, problem = _try_out(basis, first)
    budget = make_budget(hours, device(), trial.side if trial else None)
    resolution = budget.chosen.resolution if budget.chosen else budget.choices[0].resolution
    entries = [
        Entry(("name",), name),
        *data_entries(basis.source, basis.root, basis.options, resolution, fit, _about(basis)),
        *training_entries(budget),
        *generate_entries(fit),
        *measuring_entries(resolution),
    ]
    values = nested(entries)
    text = yaml_text(header(basis.found, output), entries)
    return Proposal(
        name, text, values, basis.found, basis.dataset, basis.guesses, fit, trial, budget, problem, basis.notes
    )


def _about(basis: Basis) -> tuple[str, ...]:
    """Where images, patients and labels of a published dataset come from; the options of other tables say it."""
    return tuple(f"{what}: {guess.why}" for what, guess in basis.guesses.items()) if basis.dataset else ()


def _try_out(basis: Basis, experiment: Experiment) -> tuple[Fit | None, ImageTrial | None, str]:
    """The settings and a few images, as `prepare` would take them, and why it would stop."""
    if not basis.count:
        return None, None, ""
    try:
        source, listed = read_table(experiment.data)
    except (DataError, ConfigError) as error:
        return None, None, str(error)
    paths = list(dict.fromkeys(listed.frame["path"]))
    missing = _missing(paths, basis.files)
    gone = set(missing)
    trial = try_images(source, [path for path in paths if path not in gone])
    fit = fit_settings(source, listed, experiment.data, own=not basis.dataset, missing=len(missing))
    problem = fit.problem
    if not trial.sizes and trial.reasons:
        problem = problem or f"none of the images that were looked at can be read: {trial.reasons[0]}"
    return fit, trial, problem


def _missing(paths: list[str], files: frozenset[str] | None) -> list[str]:
    """The images that are not there, of those that are files of their own."""
    if files is None:
        return []
    return [path for path in paths if path not in files and not os.path.isfile(path)]


def _experiment(name: str, entries: list[Entry]) -> Experiment:
    """The experiment that the entries make, read as from a file."""
    with tempfile.TemporaryDirectory(prefix="medgan-init-") as folder:
        path = Path(folder) / "proposal.yaml"
        path.write_text(yaml_text((), [Entry(("name",), name), *entries]), encoding="utf-8")
        return load_experiment(path)


def _experiment_name(output: Path) -> str:
    """The name of an experiment from that of its file."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", output.stem).strip("_.-")
    return name or "my_data"
