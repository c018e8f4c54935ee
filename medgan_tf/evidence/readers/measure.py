"""The result of a reader study: per reader, over readers, and what it means (paper S.8, Tables S2 and S3)."""

import collections
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np
from scipy import stats

import medgan_tf
from medgan_tf.evidence.readers.answers import Answer, count_answers
from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.measure_agreement import consistency, reader_agreement
from medgan_tf.evidence.readers.measure_chance import against_chance
from medgan_tf.evidence.readers.measure_readers_and_images import (
    ReadersAndImages,
    against_chance_beyond,
    area_beyond,
)
from medgan_tf.evidence.readers.measure_roc import ratings_of, roc_area, roc_over_readers
from medgan_tf.evidence.readers.measure_trends import halves, pace, trend
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.key import TRUTHS, KeyFile
from medgan_tf.evidence.readers.words import findings
from medgan_tf.metrics.group_tests import holm

FORMAT_VERSION = 2
"""1: without the tests for readers and images like these, and without Holm's correction."""
_CELLS = {"TR": "true_real", "FR": "false_real", "TS": "true_synthetic", "FS": "false_synthetic"}
METHODS = {
    "accuracy": "(TR + TS) / (TR + FR + TS + FS), paper S.8; interval: Clopper-Pearson",
    "sensitivity": "TS / (TS + FR); synthetic is the positive class",
    "specificity": "TR / (TR + FS)",
    "score": "mean of sensitivity and specificity, which equals the accuracy when there are as many real as synthetic "
    "images; the accuracy where only correct and total are known. The tests over readers use it",
    "binomial_p": "exact two-sided binomial test of the accuracy against 0.5; images are the sample",
    "binomial_p_holm": "binomial_p after Holm's correction over the readers",
    "sd": "standard deviation over readers with n - 1",
    "roc": "ratings -5 to 5: confidence, negative for real; interval per reader: DeLong; of the mean, for readers and "
    "images like these: as the score, with DeLong's covariance of the readers' areas; for these images only: Student's "
    "t over readers",
    "agreement": "Fleiss' kappa; interval: percentiles of bootstrap samples of images, for these readers",
    "consistency": "same answer to a repeated image; interval: Clopper-Pearson, which takes all answers as independent",
    "trends": "per reader P(value of a right answer > value of a wrong one), then an exact signed-rank test over "
    "readers, for these images",
    "undefined": "null",
}


def score_counts(
    readers: Sequence[ReaderCounts], config: ReaderStudyConfig, beyond: ReadersAndImages | None = None
) -> dict[str, Any]:
    """Scores readers of whom only counts are known.

    Args:
        readers: One entry for each reader.
        config: Level, margin and handling of zeros.
        beyond: The tests for readers and images like these, where single answers are known.

    Returns:
        The result, ready for JSON: undefined numbers are None.
    """
    started = time.monotonic()
    tests = against_chance([reader.score for reader in readers], config.level, config.margin, config.zeros)
    result = {
        "format_version": FORMAT_VERSION,
        "kind": "reader study",
        "medgan_tf_version": medgan_tf.__version__,
        "findings": findings(tests, beyond),
        "notes": [*_scope(config, beyond), *_notes(readers, config.level)],
        "readers_and_images": beyond.to_json() if beyond else None,
        "tests": tests.to_json(),
        "over_readers": _over_readers(readers),
        "readers": _corrected([_reader(reader, config.level) for reader in readers]),
        "methods": METHODS,
        "seconds": round(time.monotonic() - started, 3),
    }
    return _defined(result)


def score_answers(answers: Sequence[Answer], key: KeyFile, config: ReaderStudyConfig) -> dict[str, Any]:
    """Scores complete answers (see `collect_answers`): everything of `score_counts`, and what needs single answers.

    Args:
        answers: Answers of all readers.
        key: The key.
        config: Level, margin and handling of zeros.

    Returns:
        The result, ready for JSON: undefined numbers are None.
    """
    started = time.monotonic()
    truth, repeats, level = key.key.truth, key.key.repeats, config.level
    first = [answer for answer in answers if answer.image not in repeats]
    beyond = against_chance_beyond(first, truth, level, config.margin)
    result = score_counts(count_answers(answers, key.key), config, beyond)
    by_reader: dict[str, list[Answer]] = collections.defaultdict(list)
    for answer in first:
        by_reader[answer.reader].append(answer)
    rated = {reader: ratings for reader, given in by_reader.items() if (ratings := ratings_of(given, truth))}
    if rated and len(rated) < len(by_reader):
        unrated = ", ".join(reader for reader in by_reader if reader not in rated)
        result["notes"].append(f"ROC curves leave out readers without a confidence for each answer: {unrated}.")
    for entry in result["readers"]:
        given = by_reader[entry["reader"]]
        entry["roc"] = asdict(roc_area(*rated[entry["reader"]], level)) if entry["reader"] in rated else None
        own = [answer for answer in answers if answer.reader == entry["reader"]]
        entry["consistency"] = asdict(consistency(own, repeats, level))
        entry["pace"] = asdict(pace(given))
        entry["accuracy_by_half"] = halves(given, truth)
    result |= {
        "study": key.key.study,
        "key_sha256": key.sha256,
        "images": {kind: sum(truth[image] == kind for image in truth if image not in repeats) for kind in TRUTHS}
        | {"repeated": len(repeats)},
        "roc": _roc(rated, [answer for answer in first if answer.reader in rated], truth, level) if rated else None,
        "agreement": asdict(reader_agreement(_votes(first), len(by_reader), key.key.seed, level)),
        "consistency": asdict(consistency(answers, repeats, level)),
        "trends": {
            "seconds": asdict(trend(first, truth, lambda answer: answer.seconds, config.zeros)),
            "position": asdict(trend(first, truth, lambda answer: answer.position, config.zeros)),
        },
        "by_combination": _by_combination(first, key),
        "seconds": round(time.monotonic() - started, 3),
    }
    return _defined(result)


def image_table(answers: Sequence[Answer], key: KeyFile) -> list[dict[str, Any]]:
    """A row for each image: truth, combination, origin, number of readers who called it synthetic; highest first."""
    votes: dict[str, list[str]] = collections.defaultdict(list)
    for answer in answers:
        votes[answer.image].append(answer.answer)
    table = [
        {
            "image": image.image,
            "truth": image.truth,
            "combination": image.combination,
            "origin": image.origin,
            "repeat_of": image.repeat_of or "",
            "readers": len(votes[image.image]),
            "called_synthetic": votes[image.image].count("synthetic"),
        }
        for image in key.key.images
    ]
    return sorted(table, key=lambda row: (-row["called_synthetic"], row["image"]))


def _roc(
    rated: dict[str, tuple[list[int], list[int]]], answers: Sequence[Answer], truth: dict[str, str], level: float
) -> dict[str, Any]:
    """The readers' curves and areas, for these images and for images like these."""
    return asdict(roc_over_readers(rated, level)) | {"readers_and_images": area_beyond(answers, truth, level)}


def _corrected(readers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each reader with the p-value of the binomial test after Holm's correction over the readers."""
    corrected = holm([reader["binomial_p"] for reader in readers])
    return [reader | {"binomial_p_holm": float(p)} for reader, p in zip(readers, corrected, strict=True)]


def _reader(reader: ReaderCounts, level: float) -> dict[str, Any]:
    test = stats.binomtest(reader.correct, reader.total)
    interval = test.proportion_ci(1 - level)
    return {
        "reader": reader.reader,
        **{short: getattr(reader, name) for short, name in _CELLS.items()},
        "correct": reader.correct,
        "total": reader.total,
        "accuracy": reader.accuracy,
        "accuracy_interval": (interval.low, interval.high),
        "sensitivity": reader.sensitivity,
        "specificity": reader.specificity,
        "score": reader.score,
        "binomial_p": test.pvalue,
    }


def _over_readers(readers: Sequence[ReaderCounts]) -> dict[str, Any]:
    """Mean and standard deviation of what the paper's tables show."""
    values: dict[str, Callable[[ReaderCounts], Fraction | int | None]] = {
        **{short: lambda reader, name=name: getattr(reader, name) for short, name in _CELLS.items()},
        "accuracy": lambda reader: reader.accuracy,
        "sensitivity": lambda reader: reader.sensitivity,
        "specificity": lambda reader: reader.specificity,
    }
    summary = {}
    for name, value in values.items():
        numbers = [value(reader) for reader in readers]
        if all(number is not None for number in numbers):
            sd = np.std([float(number) for number in numbers], ddof=1) if len(numbers) > 1 else math.nan
            summary[name] = {"mean": _mean(numbers), "sd": sd}
    return summary


def _scope(config: ReaderStudyConfig, beyond: ReadersAndImages | None) -> list[str]:
    """Whom the tests speak about."""
    notes = [
        "In the paper's signed-rank test readers are the sample and the images are fixed: it speaks about readers like "
        "these, for these images only. Its one-sided tests have the level "
        f"{config.level:g} each; who looks at both sides takes the two-sided p-value."
    ]
    if beyond is None:
        notes.append(
            "From counts nothing can be said about other images: the answers to single images would be needed. Images "
            "that look real to everyone, or synthetic to everyone, can make a difference for these images."
        )
    elif not config.one_per_patient:
        notes.append(
            "Real images may show a patient more than once (one_per_patient: false). Images of a patient are alike, "
            "but they are counted as independent, so intervals may be too narrow."
        )
    return notes


def _notes(readers: Sequence[ReaderCounts], level: float) -> list[str]:
    notes = []
    if len(readers) > 1:
        notes.append(
            f"Of {len(readers)} readers who guess, one can differ from 0.5 by chance. So each binomial test is shown "
            "as it is (binomial_p), and corrected for the number of readers (binomial_p_holm)."
        )
    if any(reader.sensitivity is None or reader.specificity is None for reader in readers):
        notes.append("Without TR, FR, TS and FS the tests assume as many real as synthetic images.")
    elif any(reader.real_images != reader.synthetic_images for reader in readers):
        notes.append(
            "Not as many real as synthetic images: the tests over readers use the mean of sensitivity and specificity; "
            "binomial_p holds only for readers who call as many images real as synthetic."
        )
    if len({reader.total for reader in readers}) > 1:
        notes.append("Readers answered different numbers of images; each reader counts the same.")
    if 0.5 ** len(readers) >= level:
        notes.append(
            f"So few readers ({len(readers)}) that the exact signed-rank test cannot reach p < {level:g}; look at each "
            "reader's corrected binomial test."
        )
    return notes


def _votes(answers: Sequence[Answer]) -> list[int]:
    """The number of readers who called each image synthetic."""
    votes: dict[str, int] = collections.defaultdict(int)
    for answer in answers:
        votes[answer.image] += answer.answer == "synthetic"
    return list(votes.values())


def _by_combination(answers: Sequence[Answer], key: KeyFile) -> list[dict[str, Any]]:
    """Accuracy by label combination, over all readers; the most images first."""
    key_images = {image.image: image for image in key.key.images}
    right: dict[str, list[bool]] = collections.defaultdict(list)
    names: dict[str, set[str]] = collections.defaultdict(set)
    for answer in answers:
        image = key_images[answer.image]
        right[image.combination].append(answer.answer == image.truth)
        names[image.combination].add(answer.image)
    rows = [
        {"combination": name, "images": len(images), "answers": len(right[name]), "accuracy": _mean(right[name])}
        for name, images in names.items()
    ]
    return sorted(rows, key=lambda row: (-row["images"], row["combination"]))


def _mean(values: Sequence[int | Fraction]) -> Fraction:
    return Fraction(sum(values)) / len(values)


def _defined(value: Any) -> Any:
    """The value for JSON: fractions become floats; NaN, which JSON does not have, becomes None."""
    if isinstance(value, dict):
        return {name: _defined(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_defined(item) for item in value]
    if isinstance(value, (float, Fraction, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value
