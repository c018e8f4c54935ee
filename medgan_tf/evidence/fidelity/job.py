"""Fidelity of a run's generator, or of any folder of images, against real images."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.fidelity.comparison import Comparison, run_comparison
from medgan_tf.evidence.fidelity.figures import draw_combinations, draw_history
from medgan_tf.evidence.fidelity.measure import beside, by_combination, combination_mean, measure
from medgan_tf.evidence.fidelity.notes import disagreement, notes_of
from medgan_tf.evidence.fidelity.protocol import protocol_line
from medgan_tf.evidence.fidelity.tracked import TrackedFidelity
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.features.extractor import Extractor
from medgan_tf.features.load import check_extractor, configured_extractor
from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.metrics.kernels.nearness import nearness
from medgan_tf.metrics.kernels.result import FEWEST_UNITS
from medgan_tf.metrics.metric import Metric, Options, Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.training.callbacks.fid import read_history

Sampled = Callable[[Extractor, ImageSet, Sample], None]
"""Takes the sample of a synthetic set, as one extractor sees it."""
FORMAT_VERSION = 2
"""Results of version 1 had intervals that did not cover the truth; see `section`."""


def checked_metrics(names: Sequence[str] = ()) -> list[Metric]:
    """Metrics by name, with dashes or underscores; all that are registered where none is named.

    Raises:
        ConfigError: A name is not known, or only empty ones are given.
    """
    found = list(dict.fromkeys(name.strip().lower().replace("-", "_") for name in names if name.strip()))
    unknown = [name for name in found if name not in METRICS.names()]
    if unknown or (names and not found):
        known, received = ", ".join(METRICS.names()), ", ".join(unknown) or "none"
        raise ConfigError(f"expected metrics among {known}. Received: {received}")
    return METRICS.chosen(found)


def check_names(settings: FidConfig, metrics: Sequence[str] = (), extractors: Sequence[str] = ()) -> None:
    """Raises `ConfigError` for metrics or extractors that `evaluate` would not know, before any image is read."""
    checked_metrics(metrics)
    for name in extractors or (settings.extractor,):
        check_extractor(name)


def evaluate(
    comparison: Comparison,
    settings: FidConfig,
    classifier: Path,
    *,
    seed: int,
    metrics: Sequence[str] = (),
    extractors: Sequence[str] = (),
    progress: Progress | None = None,
    sampled: Sampled | None = None,
) -> list[dict[str, Any]]:
    """The chosen metrics for every extractor and synthetic set.

    Args:
        comparison: The sets that are compared.
        settings: Section `evaluation.fid`.
        classifier: The experiment's real-trained classifier, whether or not it exists.
        seed: Seed of all random choices: resamples, subsets, pairs, directions.
        metrics: Names, see `checked_metrics`; by default all that are registered.
        extractors: Names; by default the one in the settings.
        progress: Shows how far the work is.
        sampled: Called with each extractor and synthetic set, and its sample with the features.

    Returns:
        One result for each extractor and synthetic set, in this order. `metrics` as from `measure.measure`, `floor` as
        from `measure.floor`, `combinations` as from `measure.by_combination`, and what it was all computed from.

    Raises:
        ConfigError: A metric or an extractor is not known.
        DataError: An extractor's weights cannot be had, or there are fewer than two images.
    """
    steps, chosen = Steps(progress or Silent()), checked_metrics(metrics)
    sets = [one for one in (comparison.real, comparison.held_out, *comparison.synthetic) if one is not None]
    for one in sets:
        if len(one) < 2:
            raise DataError(f"{one.name} ({one.kind}) holds {len(one)} images; a comparison needs at least two")
    # All of them first: what is missing should show before hours of work.
    loaded = [configured_extractor(settings, classifier, name) for name in extractors or (settings.extractor,)]
    options = Options(seed, settings.neighbours, settings.bootstrap, step=steps)
    results = []
    for extractor in loaded:
        real = _sample(comparison.real, extractor, chosen, settings, steps)
        held_out = comparison.held_out and _sample(comparison.held_out, extractor, chosen, settings, steps)
        for one in comparison.synthetic:
            sample = _sample(one, extractor, chosen, settings, steps)
            if sampled is not None:
                sampled(extractor, one, sample)
            results.append(_result(comparison, one, (real, held_out, sample), extractor, chosen, options))
    disagreeing = disagreement(results, len(comparison.synthetic))
    for result in results:
        result["notes"] = [*comparison.notes, *result["notes"], *disagreeing]
    return results


def _sample(
    images: ImageSet, extractor: Extractor, metrics: Sequence[Metric], settings: FidConfig, steps: Steps
) -> Sample:
    """A set with its features, if a metric needs them."""
    features = None
    if any(metric.needs_features for metric in metrics):
        report = steps.counted(f"{extractor.description.name} features of {images.name}")
        features = extractor.shared_features(images.images, settings.batch, report)
    hashes = np.array([hashlib.sha256(image.tobytes()).hexdigest() for image in images.images])
    return Sample(images.images, images.labels, features, images.patients, hashes)


def _result(
    comparison: Comparison,
    images: ImageSet,
    samples: tuple[Sample, Sample | None, Sample],
    extractor: Extractor,
    metrics: Sequence[Metric],
    options: Options,
) -> dict[str, Any]:
    """The result of one extractor and one synthetic set; samples are real, held-out and synthetic images."""
    started = time.monotonic()
    real, held_out, synthetic = samples
    reference, described = real, comparison.held_out
    if held_out is None:
        first, second = comparison.halves
        reference, held_out, described = real.take(first), real.take(second), comparison.real.take(second)
    halved = comparison.held_out is None
    three = reference, held_out, synthetic
    rows = by_combination(real, three, comparison.real.label_names, metrics, options)
    counts = [len(real), len(synthetic)]
    return {
        "format_version": FORMAT_VERSION,
        "protocol": protocol_line(extractor.describe(), counts, real.unit == "patients", options.seed),
        "synthetic": images.describe(),
        "real": comparison.real.describe(),
        "held_out": described.describe(),
        "resolution": int(real.images.shape[1]),
        "extractor": extractor.describe(),
        "seed": options.seed,
        "units": {"real": real.unit, "synthetic": synthetic.unit},
        "metrics": measure(real, synthetic, metrics, options),
        "floor": beside(*three, metrics, options, halved),
        "closer_to_training": None if halved else _closer(real, held_out, synthetic),
        "combination_mean": combination_mean(rows),
        "combinations": rows,
        "notes": notes_of(real, held_out, synthetic, extractor.description, metrics, halved),
        "seconds": round(time.monotonic() - started, 1),
    }


def _closer(real: Sample, held_out: Sample, synthetic: Sample) -> dict[str, Any] | None:
    """Whether the synthetic images are closer to the training images than held-out real ones are; see `nearness`."""
    samples = real, held_out, synthetic
    units = [one.units for one in samples]
    if real.features is None or min(int(one.max()) + 1 for one in units) < FEWEST_UNITS:
        return None
    found = nearness(*(one.features for one in samples), tuple(units))
    return {**asdict(found), "closer": found.closer}


def save_results(
    folder: Path, results: Sequence[dict[str, Any]], run: RunFolder | None = None, trained_with: str = ""
) -> list[Path]:
    """Writes `fid-<extractor>.json` and figures; with several synthetic sets their names come into the file names.

    Args:
        folder: Folder to write to.
        results: Results of `evaluate`.
        run: The run of the generator, for the history of its training; None for other images.
        trained_with: Name of the extractor of that history.

    Returns:
        The files.

    Raises:
        RunError: The disk does not take them.
    """
    written = []
    several = len({result["synthetic"]["name"] for result in results}) > 1
    for result in results:
        name = result["extractor"]["name"]
        own = run is not None and name == trained_with.replace("-", "_")
        history = read_history(run.metrics) if own else []
        stem = f"fid-{name}" + (f"-{result['synthetic']['name']}" if several else "")
        written.append(folder / f"{stem}.json")
        write_json(written[-1], {**result, "history": [asdict(one) for one in history]})
        if "fid" in result["metrics"] and history:
            written.append(folder / f"{stem}-history.png")
            draw_history(written[-1], history, result)
        if "fid" in result["metrics"] and result["combinations"]:
            written.append(folder / f"{stem}-combinations.png")
            draw_combinations(written[-1], result)
    return written


def run_fidelity(run: ExperimentRun, progress: Progress | None = None) -> list[Path]:
    """Measures the generator of a run with the experiment's extractor, and writes results and figures.

    Returns:
        The files.

    Raises:
        ConfigError, DataError: See `run_comparison` and `evaluate`.
    """
    settings, folder = run.experiment.evaluation.fid, run.folder
    check_names(settings)
    comparison = run_comparison(run.experiment, run.dataset, run.trained.generator, progress)
    tracked = TrackedFidelity(run.experiment, folder)
    results = evaluate(
        comparison,
        settings,
        run.real.classifier / "model",
        seed=run.experiment.seed,
        progress=progress,
        sampled=tracked.sampled,
    )
    files = save_results(folder.evaluation, results, folder, settings.extractor)
    tracked.finish(results)
    return files
