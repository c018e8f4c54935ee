"""The nearest real images of an experiment's synthetic ones, or of those in any folders."""

from pathlib import Path

import numpy as np

from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.neighbours.figures import draw_neighbours
from medgan_tf.evidence.neighbours.measure import NeighbourResult, find_neighbours
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.release_sets import ReleaseFolders, release_inputs
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.files.result_files import write_json
from medgan_tf.presentation.progress import Progress

TABLE, RESULT = "neighbours.csv", "neighbours.json"


def run_neighbours(
    experiment: Experiment,
    settings: NeighboursConfig,
    target: Path | None,
    folders: ReleaseFolders | None = None,
    progress: Progress | None = None,
) -> tuple[NeighbourResult, list[Path]]:
    """Looks up the synthetic dataset of an experiment's run, or the images of any folders.

    Args:
        experiment: The experiment. For folders only its classifier is used, if that is the extractor.
        settings: Section `evaluation.neighbours`, perhaps changed.
        target: Folder of the results; None writes nothing.
        folders: Folders in place of the experiment's own.
        progress: Shows how far the work is.

    Returns:
        The neighbours, and the files that were written.

    Raises:
        ConfigError, DataError: Sets or extractor cannot be had.
    """
    sets, store = release_inputs(experiment, settings, folders, progress)
    seed = experiment.seed
    result = find_neighbours(sets.train, sets.held_out, sets.synthetic, settings, seed, store, progress)
    return result, save_neighbours(target, result, settings.shown) if target else []


def save_neighbours(folder: Path, result: NeighbourResult, shown: int) -> list[Path]:
    """Writes `neighbours.csv` (every pair), `neighbours.json` and `neighbours.png`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_table(folder / TABLE, result)
    write_json(folder / RESULT, result.summary)
    draw_neighbours(folder / "neighbours.png", result, shown)
    return [folder / TABLE, folder / RESULT, folder / "neighbours.png"]


def _write_table(path: Path, result: NeighbourResult) -> None:
    header = "synthetic_id synthetic_labels among rank image_id patient fold labels distance".split()
    synthetic = (result.synthetic.image_ids, result.synthetic.combinations())
    with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        file.writelines(csv_lines([header]))
        for among, real, found in (
            ("train", result.train, result.in_train),
            ("held_out", result.held_out, result.in_held_out),
        ):
            if found is None:
                continue
            combinations = real.combinations()
            for query, rank in np.ndindex(found.index.shape):
                row = found.index[query, rank]
                cells = [
                    synthetic[0][query], synthetic[1][query], among, rank + 1, real.image_ids[row],
                    real.patients[row], real.folds[row], combinations[row], f"{found.distance[query, rank]:.9g}",
                ]  # fmt: skip
                file.writelines(csv_lines([cells]))
