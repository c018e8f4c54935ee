"""What two verifiers find: training patients in released images, and how good the verifiers are at it."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from medgan_tf.evidence.privacy.identity.altered import altered
from medgan_tf.evidence.privacy.identity.pairs import other_pairs
from medgan_tf.evidence.privacy.identity.verifier import Half, Verifiers
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.privacy.matches import ExcessMatches, Found, excess_matches
from medgan_tf.metrics.privacy.verification import (
    Described,
    PairAuc,
    Search,
    pair_auc,
    score_exceeded_by,
    scores,
    search_patients,
)
from medgan_tf.metrics.streams import stream

_OTHERS_OF_A_PAIR = 5
_JPEG_QUALITY = 75
PLANTED = ("another image of the patient", "altered copy", "recompressed copy")


@dataclass(frozen=True)
class Recognised:
    """Training patients that were recognised in released images.

    Attributes:
        excess: Matches beyond chance.
        thresholds: Score above which two images match, for each half.
        share: Share of the released images whose best score with a training image is a match.
        best: float64 [M], by how much the best score of each released image exceeds the threshold.
        row: int64 [M], the training image that has it.
    """

    excess: ExcessMatches
    thresholds: tuple[float, float]
    share: float
    best: np.ndarray
    row: np.ndarray


def recognised(inputs: PrivacyInputs, verifiers: Verifiers) -> Recognised:
    """Searches the training patients of each half in the released images, and held-out patients as the control."""
    inputs.steps("searching patients with the verifiers")
    thresholds = tuple(_threshold(inputs, half) for half in verifiers.halves)
    train, held_out, best, row = [], [], [], []
    for number, (half, threshold) in enumerate(zip(verifiers.halves, thresholds, strict=True)):
        found = search_patients(half.synthetic, half.train, verifiers.train.patients[half.train_rows], threshold)
        own = verifiers.held_out.patients[half.held_out_rows]
        control = search_patients(half.synthetic, half.held_out, own, threshold)
        train.append(_found(found, verifiers.train.patients, verifiers.train.strata, half.train_rows, number))
        held_out.append(
            _found(control, verifiers.held_out.patients, verifiers.held_out.strata, half.held_out_rows, number)
        )
        best.append(found.best - threshold)
        row.append(half.train_rows[found.row])
    excess = excess_matches(_joined(train), _joined(held_out), len(inputs.synthetic))
    better = np.argmax(best, axis=0)
    margin = np.max(best, axis=0)
    return Recognised(excess, thresholds, float((margin > 0).mean()), margin, np.choose(better, row))


def _threshold(inputs: PrivacyInputs, half: Half) -> float:
    """The score that as many chance matches exceed as are allowed, by held-out patients of the other half."""
    pairs = len(half.synthetic) * len(half.threshold_set)
    allowed = pairs * inputs.settings.identity.false_matches / len(inputs.train)
    return score_exceeded_by(int(allowed), half.synthetic, half.threshold_set)


def _found(search: Search, patients: np.ndarray, strata: np.ndarray, rows: np.ndarray, half: int) -> Found:
    return Found(search.matches, patients[rows], np.char.add(f"half {half}; ", strata[rows]))


def _joined(parts: list[Found]) -> Found:
    names = ("matches", "patients", "strata")
    return Found(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def told_apart(inputs: PrivacyInputs, verifiers: Verifiers) -> PairAuc:
    """How well the verifiers tell pairs of one held-out patient from pairs of two.

    Pairs of two patients have the labels and views of the pairs of one. Scores are ranks among the pairs of their half,
    because the two networks have scales of their own.
    """
    random = stream(inputs.seed, "pairs of held-out patients")
    same, different, own, both = [], [], [], []
    for half in verifiers.halves:
        known = verifiers.held_out.take(half.held_out_rows)
        pairs = verifiers.pairs(known, random)
        others = np.concatenate([other_pairs(pairs, known, random) for _ in range(_OTHERS_OF_A_PAIR)])
        if not len(pairs) or not len(others):
            continue
        partners = half.held_out.take(pairs[:, 1])
        if verifiers.altered_only:
            partners = half.describe(altered(known.images[pairs[:, 1]], random))
        found = scores(half.held_out.take(pairs[:, 0]), partners)
        beside = scores(half.held_out.take(others[:, 0]), half.held_out.take(others[:, 1]))
        ranks = np.argsort(np.argsort(np.concatenate([found, beside]))) / (len(found) + len(beside))
        same.append(ranks[: len(found)])
        different.append(ranks[len(found) :])
        own.append(known.patients[pairs[:, 0]])
        both.append(known.patients[others])
    if not same:
        return PairAuc(float("nan"), float("nan"), 0, 0, 0)
    return pair_auc(*(np.concatenate(parts) for parts in (same, different, own, both)))


def planted(inputs: PrivacyInputs, verifiers: Verifiers, thresholds: tuple[float, float]) -> dict[str, tuple[int, int]]:
    """How many training patients are recognised in images of theirs that are planted as released images.

    Returns:
        By kind of image, see `PLANTED`: found and planted. Another image of the patient is one that the search does not
        look at; without patients of two images there is none.
    """
    random = stream(inputs.seed, "images planted for the verifiers")
    counts = dict.fromkeys(PLANTED[1:] if verifiers.altered_only else PLANTED, (0, 0))
    for half, threshold in zip(verifiers.halves, thresholds, strict=True):
        known = verifiers.train.take(half.train_rows)
        pairs = verifiers.pairs(known, random)[: max(1, inputs.settings.identity.planted // 2)]
        if not len(pairs):
            continue
        first = known.images[pairs[:, 0]]
        for name in counts:
            if name == PLANTED[0]:
                hits = _by_other_images(half.train, known.patients, pairs[:, 0], threshold)
            else:
                copies = altered(first, random) if name == PLANTED[1] else recompressed(first)
                hits = scores(half.describe(copies), half.train.take(pairs[:, 0])) > threshold
            found, of = counts[name]
            counts[name] = found + int(hits.sum()), of + len(hits)
    return counts


def _by_other_images(seen: Described, patients: np.ndarray, rows: np.ndarray, threshold: float) -> np.ndarray:
    """Whether each image matches another image of its patient, bool [P]."""
    order = np.argsort(patients, kind="stable")
    starts, ends = (np.searchsorted(patients[order], patients[rows], side) for side in ("left", "right"))
    hits = np.zeros(len(rows), bool)
    for place, (row, start, end) in enumerate(zip(rows, starts, ends, strict=True)):
        others = order[start:end][order[start:end] != row]
        hits[place] = (scores(seen.take(np.full(len(others), row)), seen.take(others)) > threshold).any()
    return hits


def recompressed(images: np.ndarray) -> np.ndarray:
    """uint8 images [N, S, S, 1] after JPEG with quality 75."""
    options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    coded = [cv2.imencode(".jpg", image, options)[1] for image in images]
    return np.stack([cv2.imdecode(one, cv2.IMREAD_GRAYSCALE) for one in coded])[..., None]


def listed(inputs: PrivacyInputs, found: Recognised, count: int) -> list[dict[str, Any]]:
    """The released images that match a training patient best, at most `count`, with pseudonyms."""
    order = np.argsort(-found.best, kind="stable")[:count]
    return [
        {
            "synthetic_id": str(inputs.synthetic.image_ids[query]),
            "image_id": str(inputs.train.image_ids[found.row[query]]),
            "patient": str(inputs.train.patients[found.row[query]]),
            "above_threshold": float(found.best[query]),
        }
        for query in order
        if found.best[query] > 0
    ]
