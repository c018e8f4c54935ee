"""Fidelity of a run's generator, or of any folder of images, against real images."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.experiment_run import ExperimentRun
from medgan_tf.evidence.fidelity.comparison import Comparison, run_comparison
from medgan_tf.evidence.fidelity.figures import draw_combinations, draw_history
from medgan_tf.evidence.fidelity.measure import (
    FEATURE_METRICS,
    METRICS,
    Sample,
    by_combination,
    floor,
    measure,
)
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.features.extractor import Extractor
from medgan_tf.features.load import configured_extractor
from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.training.callbacks.fid_stop import read_history

FORMAT_VERSION = 1


def checked_metrics(names: Sequence[str]) -> tuple[str, ...]:
    """Metric names as given, dashes or underscores. Raises `ConfigError` for unknown ones or none."""
    found = tuple(dict.fromkeys(name.strip().lower().replace("-", "_") for name in names if name.strip()))
    unknown = [name for name in found if name not in METRICS]
    if unknown or not found:
        raise ConfigError(f"expected metrics among {', '.join(METRICS)}. Received: {', '.join(unknown) or 'none'}")
    return found


def evaluate(
    comparison: Comparison,
    settings: FidConfig,
    classifier: Path,
    *,
    metrics: Sequence[str] = METRICS,
    extractors: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """All metrics for every extractor and synthetic set.

    Args:
        comparison: What is compared.
        settings: Section `evaluation.fid`.
        classifier: The experiment's real-trained classifier, whether or not it exists.
        metrics: Of `fidelity.METRICS`.
        extractors: Names; by default the one in the settings.
        progress: Told about the work.

    Returns:
        One result for each extractor and synthetic set, in this order. `metrics` as from `fidelity.measure`, `floor` as
        from `fidelity.floor`, `combinations` as from `fidelity.by_combination`, and what it was all computed from.

    Raises:
        ConfigError, DataError: An extractor cannot be had, or there are fewer than two images.
    """
    steps, metrics = Steps(progress or Silent()), checked_metrics(metrics)
    sets = (comparison.real, comparison.held_out, *comparison.synthetic)
    for one in sets:
        if len(one) < 2:
            raise DataError(f"{one.name} ({one.kind}) holds {len(one)} images; a comparison needs at least two")
    # All of them first: what is missing should show before hours of work.
    loaded = [configured_extractor(settings, classifier, name) for name in extractors or (settings.extractor,)]
    results = []
    for extractor in loaded:
        real, held_out, *others = (_sample(one, extractor, metrics, settings, steps) for one in sets)
        for other in others:
            results.append(_result(real, held_out, other, extractor, metrics, settings, steps))
    disagreement = _disagreement(results, len(comparison.synthetic))
    for result in results:
        result["notes"] = [*comparison.notes, *result["notes"], *disagreement]
    return results


def _sample(
    images: ImageSet, extractor: Extractor, metrics: tuple[str, ...], settings: FidConfig, steps: Steps
) -> Sample:
    if not set(metrics) & set(FEATURE_METRICS):
        return Sample(images, None)
    report = steps.counted(f"{extractor.card.name} features of {images.name}")
    return Sample(images, extractor.features(images.images, settings.batch, report))


def _result(
    real: Sample,
    held_out: Sample,
    synthetic: Sample,
    extractor: Extractor,
    metrics: tuple[str, ...],
    settings: FidConfig,
    steps: Steps,
) -> dict[str, Any]:
    started = time.monotonic()
    rows = by_combination(real, held_out, synthetic, metrics, settings.neighbours, steps)
    return {
        "format_version": FORMAT_VERSION,
        "synthetic": synthetic.set.describe(),
        "real": real.set.describe(),
        "held_out": held_out.set.describe(),
        "resolution": int(real.set.images.shape[1]),
        "extractor": extractor.describe(),
        "metrics": measure(real, synthetic, metrics, settings.neighbours, settings.bootstrap, steps),
        "floor": floor(real, held_out, synthetic, metrics, settings.neighbours, steps),
        "combination_mean": _combination_mean(rows),
        "combinations": rows,
        "notes": _notes(real, held_out, synthetic, extractor, metrics),
        "seconds": round(time.monotonic() - started, 1),
    }


def _combination_mean(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Means over the label combinations, weighted by real images: unlike the whole, they see swapped labels."""
    if not rows:
        return {}
    weights = np.array([row["images_real"] for row in rows], float)
    return {
        name: float(np.average([row["values"][name] for row in rows], weights=weights)) for name in rows[0]["values"]
    }


def _notes(
    real: Sample, held_out: Sample, synthetic: Sample, extractor: Extractor, metrics: tuple[str, ...]
) -> list[str]:
    notes, card = [], extractor.card
    count = min(len(real), len(synthetic))
    if "fid" in metrics and count <= card.feature_size:
        notes.append(
            f"warning: {count:,} images for {card.feature_size:,} features ({card.name}): FID is far above its true "
            "value and FID at infinite n is undefined; compare it with the floor at the same n, and look at KID"
        )
    if set(metrics) & set(FEATURE_METRICS) and not card.comparable:
        notes.append(
            f"warning: extractor {card.name!r} is for smoke runs; its values cannot be compared with any others"
        )
    if len(held_out) < count:
        notes.append(
            f"the floor is at {len(held_out):,} images, as there are no more held-out ones; compare it with the "
            "synthetic value at that number"
        )
    return notes


def _disagreement(results: list[dict[str, Any]], sets: int) -> list[str]:
    """A warning when extractors put the synthetic sets into different orders by FID."""
    if sets < 2 or len(results) <= sets or "fid" not in results[0]["metrics"]:
        return []
    orders = {}
    for start in range(0, len(results), sets):
        panel = sorted(results[start : start + sets], key=lambda result: result["metrics"]["fid"]["value"])
        orders[results[start]["extractor"]["name"]] = [result["synthetic"]["name"] for result in panel]
    if len(set(map(tuple, orders.values()))) == 1:
        return []
    told = "; ".join(f"{name}: {' < '.join(order)}" for name, order in orders.items())
    return [f"warning: the extractors disagree on the order by FID ({told})"]


def save_results(
    folder: Path, results: Sequence[dict[str, Any]], run: RunFolder | None = None, trained_with: str = ""
) -> list[Path]:
    """Writes `fid-<extractor>.json` and figures; with several synthetic sets their names come into the file names.

    Args:
        folder: Where to.
        results: Of `evaluate`.
        run: The run whose generator it is, for the history of its training.
        trained_with: The extractor of that history.

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
    comparison = run_comparison(run.experiment, run.dataset, folder.generator, progress)
    results = evaluate(comparison, settings, run.real.classifier / "model", progress=progress)
    return save_results(folder.evaluation, results, folder, settings.extractor)
