"""Reads the predictions of all seeds, measures the gap, and writes gap.json, gap.csv and figures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.external_seeds import foreign_seeds
from medgan_tf.evidence.utility.figures import write_gap_figures
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.evidence.utility.measure_comparison import compare_gaps
from medgan_tf.evidence.utility.read_seeds import read_seed
from medgan_tf.evidence.utility.seed_sources import seed_sources
from medgan_tf.evidence.utility.subgroups.read_groups import by_group
from medgan_tf.evidence.utility.subgroups.write_groups import write_group_files
from medgan_tf.evidence.utility.table import write_gap_csv
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.files.run_folders import gap_folder


@dataclass(frozen=True)
class GapResult:
    """The gap over seeds.

    Attributes:
        gap: Content of `gap.json`, None where undefined.
        comparison: Content of the comparison file, or None without another experiment.
        files: The written files, `gap.png` first.
    """

    gap: dict[str, Any]
    comparison: dict[str, Any] | None
    files: list[Path]


def gap_over_seeds(experiment: Experiment, seeds: list[int], other: Experiment | None = None) -> GapResult:
    """Measures the gap of an experiment over seeds whose classifiers are trained, and compares it with another's.

    Args:
        experiment: The experiment.
        seeds: The seeds.
        other: An experiment whose classifiers are trained with the same seeds; None compares with nothing.

    Raises:
        DataError: A seed has not been classified, or seeds were tested on different images.
    """
    scores = _read(experiment, seeds)
    folder = gap_folder(experiment.training.output, experiment.name, experiment.generator_name)
    gap = measure_gap(experiment, scores) | seed_sources(experiment, seeds) | foreign_seeds(experiment, seeds)
    gap |= by_group(experiment, scores, gap["original_code"])
    first = scores[0].predictions
    figures = write_gap_figures(folder, gap, first["real"], first["synthetic"])
    write_json(folder / "gap.json", gap)
    write_gap_csv(folder / "gap.csv", gap)
    files = [*figures, folder / "gap.json", folder / "gap.csv", *write_group_files(folder, gap)]
    comparison = None
    if other is not None:
        comparison = compare_gaps(gap, measure_gap(other, _read(other, seeds)))
        files.append(folder / f"against-{other.name}-{other.generator_name}.json")
        write_json(files[-1], {"format_version": 1, "what": "gap comparison", **comparison})
    return GapResult(plain(gap), None if comparison is None else plain(comparison), files)


def _read(experiment: Experiment, seeds: list[int]) -> list[SeedScores]:
    return [read_seed(experiment.model_copy(update={"seed": seed})) for seed in seeds]
