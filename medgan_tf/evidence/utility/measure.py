"""AUC_real - AUC_syn over repeated seeds, with its statistical tests (paper sections 3.2 and S.5)."""

import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.classification.conditions import REAL, SYNTHETIC, Condition, baseline_conditions
from medgan_tf.classification.predictions import Predictions, read_predictions
from medgan_tf.classification.published_code import FLIPPED, counted_predictions, gap_switches, reported_aucs
from medgan_tf.config.original_code import DATASET_SWITCHES
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility.classify import PREDICTIONS, RESULT
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.metrics.auc import flipped_below_half, mean_over_labels
from medgan_tf.metrics.bootstrap import bootstrap_auc, mean_of_defined, patient_numbers, percentile_interval
from medgan_tf.metrics.equivalence import detectable_gap, equivalence
from medgan_tf.metrics.group_tests import holm, paired_t, repeats, wilcoxon

LEVEL = 0.95


@dataclass(frozen=True)
class SeedScores:
    """Predictions of one seed's classifiers on the real test fold.

    Attributes:
        seed: The seed.
        predictions: Predictions by condition name; `real` and `synthetic` are always there.
        sha256: SHA-256 of the predictions files, by condition name.
    """

    seed: int
    predictions: dict[str, Predictions]
    sha256: dict[str, str]


def read_seed(experiment: Experiment) -> SeedScores:
    """The predictions of one seed's classifiers: real, synthetic, and whichever baselines have been trained.

    Raises:
        DataError: Real or synthetic predictions are missing, the files do not speak of the same test images, or the
            dataset was made with other switches of `original_code`.
    """
    predictions, hashes, switches = {}, {}, gap_switches(experiment)
    for condition in (REAL, SYNTHETIC, *baseline_conditions(experiment.classifier)):
        path = condition.folder(experiment).classifier / PREDICTIONS
        if condition.is_main or path.is_file():
            predictions[condition.name] = counted_predictions(read_predictions(path), switches)
            hashes[condition.name] = sha256_of(path)
            check_same_test(predictions["real"], predictions[condition.name], path)
            _check_dataset(path.parent / RESULT, experiment)
    return SeedScores(experiment.seed, predictions, hashes)


def _check_dataset(result: Path, experiment: Experiment) -> None:
    asked = experiment.original_code.in_dataset(experiment.data)
    stated = read_json(result).get("original_code", []) if result.is_file() else asked
    if not isinstance(stated, list | tuple) or not all(isinstance(name, str) for name in stated):
        raise DataError(f"{result} has a wrong value of original_code ({stated!r:.60}); train the classifier again")
    found = tuple(name for name in stated if name in DATASET_SWITCHES)
    if found != asked:
        raise DataError(
            f"{result} belongs to a dataset with original_code {_named(found)}, this experiment has "
            f"{_named(asked)}; change original_code, or prepare, train and classify with it under another name"
        )


def _named(switches: tuple[str, ...]) -> str:
    return ", ".join(switches) or "off"


def check_same_test(first: Predictions, second: Predictions, path: Path) -> None:
    """Raises `DataError` unless both tested the same images with the same labels."""
    if first.label_names != second.label_names:
        raise DataError(
            f"{path} has the labels {', '.join(second.label_names)}; the real classifier has "
            f"{', '.join(first.label_names)}; train it again"
        )
    same = np.array_equal(first.image_ids, second.image_ids) and np.array_equal(first.truth, second.truth)
    if not same:
        raise DataError(f"{path} was tested on other images than the real classifier; train it again")


def measure_gap(experiment: Experiment, seeds: list[SeedScores]) -> dict[str, Any]:
    """The gap over seeds: per label and mean, with intervals, tests, equivalence and the detectable gap.

    Every seed must have been tested on the same images. What is undefined is NaN: a label with one class in the test
    fold, and with one seed everything that needs a spread over seeds.

    Args:
        experiment: Its name, architecture, margin and number of bootstrap draws are used.
        seeds: One entry for each seed.

    Returns:
        The content of `gap.json`, as docs/utility.md describes it.

    Raises:
        DataError: No seeds, or seeds that were tested on different images.
    """
    started = time.monotonic()
    if not seeds:
        raise DataError("expected at least one seed. Received: none")
    first = seeds[0].predictions["real"]
    for other in seeds[1:]:
        check_same_test(first, other.predictions["real"], Path(f"seed {other.seed}"))
    names, config = first.label_names, experiment.classifier
    switches = gap_switches(experiment)
    reported = {name: _reported(seeds, name, switches) for name in _shared_conditions(seeds)}
    aucs = {name: values for name, (values, _) in reported.items()}
    defined = np.isfinite(aucs["real"][0])
    resampled = _resampled(seeds, config.bootstrap_draws, FLIPPED in switches)
    gaps = aucs["real"] - aucs["synthetic"]
    means = np.array([mean_over_labels(row).value for row in gaps])
    labels = _label_summaries(names, gaps, resampled["gap"])
    overall = _summary(means, mean_of_defined(resampled["gap"], defined))
    return {
        "format_version": 1,
        "what": "gap",
        "experiment": experiment.name,
        "architecture": experiment.gan.architecture,
        "original_code": switches,
        "seeds": [entry.seed for entry in seeds],
        "label_names": list(names),
        "undefined": [name for name, is_defined in zip(names, defined, strict=True) if not is_defined],
        "test": {"images": len(first.truth), "patients": int(patient_numbers(first.patients).max()) + 1},
        "gap": {"mean": overall, "labels": labels},
        "equivalence": _equivalence(means, mean_of_defined(resampled["gap"], defined), config.margin),
        "detectable_gap": {
            "power": 0.8,
            "alpha": 0.05,
            "gap": detectable_gap(overall["over_seeds"]["sd"], len(seeds)),
            "how": "one-sided paired t test over seeds",
        },
        "conditions": _conditions(experiment, reported, resampled, defined, names),
        "floor": _floor(aucs),
        "predictions_sha256": {str(entry.seed): entry.sha256 for entry in seeds},
        "how": {
            "bootstrap": f"{config.bootstrap_draws} resamples of the test patients, percentile interval",
            "level": LEVEL,
            "tests": "one-sided, AUC_real above AUC_syn; labels corrected by Holm",
        },
        "seconds": time.monotonic() - started,
    }


def _shared_conditions(seeds: list[SeedScores]) -> list[str]:
    """Conditions that every seed has, in the order of the first."""
    return [name for name in seeds[0].predictions if all(name in entry.predictions for entry in seeds)]


def _reported(seeds: list[SeedScores], condition: str, switches: list[str]) -> tuple[np.ndarray, list[list[str]]]:
    """AUCs [S, L] of one condition, and for each seed the labels whose AUC was flipped."""
    aucs, flipped = zip(*(reported_aucs(entry.predictions[condition], switches) for entry in seeds), strict=True)
    return np.stack(aucs), list(flipped)


def _resampled(seeds: list[SeedScores], draws: int, flip: bool) -> dict[str, np.ndarray]:
    """Bootstrap AUCs [S, draws, L] by condition, and of the gap.

    All are on the same resamples of the patients, which are drawn with the first seed.
    """
    names, samples = _shared_conditions(seeds), []
    for entry in seeds:
        real = entry.predictions["real"]
        scores = [entry.predictions[name].scores for name in names]
        samples.append(bootstrap_auc(real.truth, scores, real.patients, draws, seeds[0].seed))
    stacked = np.stack(samples, axis=1)
    stacked = flipped_below_half(stacked) if flip else stacked
    resampled = dict(zip(names, stacked, strict=True))
    return resampled | {"gap": resampled["real"] - resampled["synthetic"]}


def _summary(values: np.ndarray, samples: np.ndarray) -> dict[str, Any]:
    """A gap over seeds [S] with bootstrap samples [S, draws]: averages over seeds within each resample."""
    return {
        "values": values,
        "over_seeds": asdict(repeats(values)),
        "over_patients": asdict(percentile_interval(samples.mean(axis=0), LEVEL)),
        "each_seed_over_patients": [asdict(percentile_interval(row, LEVEL)) for row in samples],
        "paired_t": asdict(paired_t(values)),
        "wilcoxon": asdict(wilcoxon(values)),
    }


def _label_summaries(names: tuple[str, ...], gaps: np.ndarray, samples: np.ndarray) -> dict[str, dict[str, Any]]:
    """`_summary` of each label with p-values corrected by Holm: gaps [S, L], bootstrap samples [S, draws, L]."""
    labels = {name: _summary(gaps[:, k], samples[:, :, k]) for k, name in enumerate(names)}
    for test in ("paired_t", "wilcoxon"):
        corrected = holm([labels[name][test]["p"] for name in names])
        for name, p in zip(names, corrected, strict=True):
            labels[name][test]["p_holm"] = p
    return labels


def _equivalence(means: np.ndarray, samples: np.ndarray, margin: float) -> dict[str, Any]:
    """TOST over seeds, and over patients by the 90 % interval of the bootstrap, which also speaks for one seed."""
    test = equivalence(means, margin)
    interval = percentile_interval(samples.mean(axis=0), 0.9)
    return {
        "margin": margin,
        "over_seeds": {"p_below": test.p_below, "p_above": test.p_above, "p": test.p},
        "over_patients": {
            **asdict(interval),
            "below_margin": bool(interval.high < margin),
            "equivalent": bool(-margin < interval.low and interval.high < margin),
        },
    }


def _conditions(experiment, reported, resampled, defined, names) -> dict[str, Any]:
    known: dict[str, Condition] = {c.name: c for c in (REAL, SYNTHETIC, *baseline_conditions(experiment.classifier))}
    table = {}
    for name, (values, flipped) in reported.items():
        means = np.array([mean_over_labels(row).value for row in values])
        samples = mean_of_defined(resampled[name], defined)
        table[name] = {
            "title": known[name].title,
            "real_share": known[name].real,
            "synthetic_share": known[name].synthetic,
            "mean_auc": {
                "values": means,
                "over_seeds": asdict(repeats(means)),
                "over_patients": asdict(percentile_interval(samples.mean(axis=0), LEVEL)),
            },
            "label_aucs": values,
            "flipped": flipped,
            "labels": {label: asdict(repeats(values[:, k])) for k, label in enumerate(names)},
        }
    return table


def _floor(aucs: dict[str, np.ndarray]) -> dict[str, Any] | None:
    """Difference of two classifiers trained on two halves of the real patients: smaller gaps cannot be shown."""
    if "half_a" not in aucs or "half_b" not in aucs:
        return None
    values = np.array([mean_over_labels(row).value for row in aucs["half_a"] - aucs["half_b"]])
    return {"values": values, "absolute_mean": float(np.abs(values).mean()), "over_seeds": asdict(repeats(values))}
