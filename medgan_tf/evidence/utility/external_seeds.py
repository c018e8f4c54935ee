"""What the seeds of a generator from elsewhere measure, and what is to be said about its training."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import Manifest

_ONE_SET = (
    "all {seeds} seeds have the same synthetic images: the seeds measure how trainings of the classifier vary, not how "
    "trainings of the generator do, so intervals are too narrow for another training of it"
)
_SOME = (
    "only {sets} of the {seeds} seeds have synthetic images of their own, so that the seeds say too little about how "
    "trainings of the generator vary"
)
_WARNING = "warning: "


def foreign_seeds(experiment: Experiment, seeds: Sequence[int]) -> dict[str, Any]:
    """The part of `gap.json` about a generator from elsewhere; empty for one of this project.

    `sets` counts the different sets of images; `remarks` are sentences for whoever reads the gap.

    Raises:
        DataError: The manifest of a seed's images cannot be read.
    """
    if experiment.external is None:
        return {}
    folders = [run_folder(experiment.model_copy(update={"seed": seed})) for seed in seeds]
    origins = [Manifest.load(folder.synthetic).synthesis.external for folder in folders]
    contents = {one.content_sha256 for one in origins if one is not None}
    counts = {"sets": len(contents), "seeds": len(seeds)}
    remarks = []
    if len(seeds) > 1 and len(contents) < len(seeds):
        remarks.append((_ONE_SET if len(contents) == 1 else _SOME).format(**counts))
    notes = dict.fromkeys(note for one in origins if one is not None for note in one.notes)
    remarks += [note.removeprefix(_WARNING) for note in notes if note.startswith(_WARNING)]
    return {"external": {**counts, "remarks": remarks}}


def foreign_sentences(gap: dict[str, Any]) -> list[str]:
    """The remarks of a `gap.json`."""
    return list((gap.get("external") or {}).get("remarks", ()))
