"""Copies of training images among synthetic ones: search, power of the search by planted leaks, re-identification."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from scipy.stats import binomtest

from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.neighbours import nearest
from medgan_tf.metrics.privacy.authenticity import RelativeDistances, excess_interval
from medgan_tf.metrics.privacy.data_copying import nearer_than_held_out, training_excess
from medgan_tf.metrics.streams import stream

_NOISE = 4.0
_JPEG_QUALITY = 75
DISGUISES = ("exact", "flipped", "noised", "recompressed")


@dataclass(frozen=True)
class CopySearch:
    """Synthetic images among training images and, as the control, among held-out ones.

    Attributes:
        in_train, in_held_out: Where the synthetic images lie; mirrored images count too.
        held_out_in_train: Where the held-out images lie among training images.
        threshold: Relative distance below which an image is suspected of being a copy.
    """

    in_train: RelativeDistances
    in_held_out: RelativeDistances
    held_out_in_train: RelativeDistances
    threshold: float

    @property
    def suspected(self) -> np.ndarray:
        """Which synthetic images are suspected, bool [M]."""
        return self.in_train.relative < self.threshold


def search_copies(inputs: PrivacyInputs) -> CopySearch:
    """Places all synthetic images and sets the threshold on the held-out ones."""
    inputs.steps("searching copies")
    mirrored = inputs.mirrored(inputs.held_out.images, "mirrored held-out images")
    held_out = inputs.among_train.place(inputs.held_out_features, mirrored)
    pair = inputs.synthetic_features, inputs.mirrored_synthetic
    in_train = inputs.among_train.place(*pair)
    in_held_out = inputs.among_held_out.place(*pair)
    return CopySearch(in_train, in_held_out, held_out, _threshold(held_out.relative, inputs.settings.false_positives))


def _threshold(relative: np.ndarray, rate: float) -> float:
    """The largest threshold for which at most `rate` of the relative distances lie below it."""
    return float(np.sort(relative)[int(rate * len(relative))])


def copies(inputs: PrivacyInputs, search: CopySearch) -> dict[str, Any]:
    """Suspected copies: their share, that of the control, and the list, most suspicious first.

    The control is the same search among held-out images, which cannot have been copied: synthetic images that are
    merely typical are near to both. Images that are a training image pixel for pixel, mirrored or not, are counted
    apart, as they need no control.
    """
    settings, found = inputs.settings, search.in_train
    excess, interval = _excess(inputs, search, search.threshold)
    order = np.argsort(found.relative, kind="stable")
    order = order[search.suspected[order]][: settings.listed]
    combinations = inputs.train.combinations()
    listed = [
        {
            "synthetic_id": str(inputs.synthetic.image_ids[query]),
            "image_id": str(inputs.train.image_ids[found.row[query]]),
            "patient": str(inputs.train.patients[found.row[query]]),
            "fold": str(inputs.train.folds[found.row[query]]),
            "labels": str(combinations[found.row[query]]),
            "distance": found.distance[query],
            "relative_distance": found.relative[query],
            "mirrored": bool(found.mirrored[query]),
        }
        for query in order
    ]
    halves = inputs.held_out_half
    false = [
        search.held_out_in_train.relative[halves == half]
        < _threshold(search.held_out_in_train.relative[halves != half], settings.false_positives)
        for half in (0, 1)
    ]
    false = np.concatenate(false)
    return {
        "images": len(found.row),
        "suspected": int(search.suspected.sum()),
        "identical": _identical(inputs.synthetic.images, inputs.train.images),
        "share": float(search.suspected.mean()),
        "control_share": float((search.in_held_out.relative < search.threshold).mean()),
        "excess": excess,
        "interval": asdict(interval),
        "threshold": search.threshold,
        "held_out_false_positives": _share(int(false.sum()), len(false), settings.level),
        "list": listed,
    }


def _identical(images: np.ndarray, real: np.ndarray) -> int:
    """Images that are a real one pixel for pixel, or mirrored."""
    known = {hashlib.sha256(np.ascontiguousarray(image)).digest() for image in real}
    mirrored = np.ascontiguousarray(images[:, :, ::-1])
    return sum(
        any(hashlib.sha256(np.ascontiguousarray(image)).digest() in known for image in pair)
        for pair in zip(images, mirrored, strict=True)
    )


def authenticity(inputs: PrivacyInputs, search: CopySearch) -> dict[str, Any]:
    """Share of authentic images (Alaa et al. 2022) and its loss against the control among held-out images."""
    loss, interval = _excess(inputs, search, 1.0)
    return {
        "images": len(search.in_train.row),
        "share": float((search.in_train.relative >= 1).mean()),
        "control_share": float((search.in_held_out.relative >= 1).mean()),
        "held_out_share": float((search.held_out_in_train.relative >= 1).mean()),
        "loss": loss,
        "interval": asdict(interval),
    }


def _excess(inputs: PrivacyInputs, search: CopySearch, threshold: float):
    hits = (
        (found.relative < threshold, real.patients[found.row])
        for found, real in ((search.in_train, inputs.train), (search.in_held_out, inputs.held_out))
    )
    (train, train_patients), (control, control_patients) = hits
    options = {"seed": inputs.seed, "draws": inputs.settings.bootstrap, "level": inputs.settings.level}
    return excess_interval(train, train_patients, control, control_patients, **options)


def data_copying(inputs: PrivacyInputs, search: CopySearch) -> dict[str, Any]:
    """Tests whether training images are the nearest real ones more often than their number makes likely."""
    inputs.steps("data copying")
    features = np.concatenate([inputs.train_features, inputs.held_out_features])
    found = nearest(inputs.synthetic_features, features)
    trained = np.arange(len(features)) < len(inputs.train)
    excess = training_excess(
        found.index[:, 0],
        trained,
        np.concatenate([inputs.train.patients, inputs.held_out.patients]),
        np.concatenate([inputs.train.combinations(), inputs.held_out.combinations()]),
        seed=inputs.seed,
        draws=inputs.settings.bootstrap,
        level=inputs.settings.level,
    )
    return {
        "images": len(found.index),
        **asdict(excess),
        "nearer_than_held_out": nearer_than_held_out(search.in_train.distance, search.held_out_in_train.distance),
    }


def reidentification(inputs: PrivacyInputs) -> dict[str, Any]:
    """Share of images that single out one patient, beside that of the control among held-out patients.

    An image singles out a patient when its distance to the nearest patient, over that to the next other patient, is
    smaller than for nearly all held-out images. `same_patient` is a simpler figure: for how many images the two nearest
    training images are of one patient; None where no patient is known to have two.
    """
    inputs.steps("re-identification")
    settings, synthetic = inputs.settings, inputs.synthetic_features
    threshold = _threshold(inputs.among_train.singling_out(inputs.held_out_features)[1], settings.false_positives)
    row, ratio = inputs.among_train.singling_out(synthetic)
    control_row, control = inputs.among_held_out.singling_out(synthetic)
    excess, interval = excess_interval(
        ratio < threshold,
        inputs.train.patients[row],
        control < threshold,
        inputs.held_out.patients[control_row],
        seed=inputs.seed,
        draws=settings.bootstrap,
        level=settings.level,
    )
    return {
        "images": len(row),
        "share": float((ratio < threshold).mean()),
        "control_share": float((control < threshold).mean()),
        "threshold": threshold,
        "excess": excess,
        "interval": asdict(interval),
        "same_patient": _same_patient(inputs),
    }


def _same_patient(inputs: PrivacyInputs) -> dict[str, float] | None:
    known = inputs.train.patients[inputs.train.patients != ""]
    if len(known) == len(np.unique(known)):
        return None
    shares = {}
    for name, features in (("synthetic", inputs.synthetic_features), ("held_out", inputs.held_out_features)):
        found = inputs.train.patients[nearest(features, inputs.train_features, 2).index]
        shares[name] = float(((found[:, 0] == found[:, 1]) & (found[:, 0] != "")).mean())
    return shares


def planted_leaks(inputs: PrivacyInputs, search: CopySearch) -> dict[str, dict[str, Any]]:
    """Slips training images into a copy of the synthetic set and counts how many the search suspects.

    Returns:
        By disguise: `found`, `planted`, `share` and `interval` (Clopper and Pearson 1934).
    """
    random = stream(inputs.seed, "planted copies")
    rows = np.sort(random.permutation(len(inputs.train))[: inputs.settings.planted])
    images, results = inputs.train.images[rows], {}
    for name in DISGUISES:
        planted = disguised(images, name, random)
        features = inputs.plain(planted, f"planted images, {name}")
        mirrored = inputs.plain(np.ascontiguousarray(planted[:, :, ::-1]), f"planted images, {name}")
        found = int((inputs.among_train.place(features, mirrored).relative < search.threshold).sum())
        share = _share(found, len(rows), inputs.settings.level)
        results[name] = {"found": found, "planted": len(rows), **share}
    return results


def disguised(images: np.ndarray, name: str, random: np.random.Generator) -> np.ndarray:
    """uint8 images [N, R, R, 1] as somebody might slip them in: exact, flipped, noised (standard deviation 4 of 255) or
    recompressed (JPEG, quality 75)."""
    if name == "flipped":
        return np.ascontiguousarray(images[:, :, ::-1])
    if name == "noised":
        noise = random.normal(0, _NOISE, images.shape)
        return np.clip(np.rint(images + noise), 0, 255).astype(np.uint8)
    if name == "recompressed":
        options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        coded = [cv2.imencode(".jpg", image, options)[1] for image in images]
        return np.stack([cv2.imdecode(one, cv2.IMREAD_GRAYSCALE) for one in coded])[..., None]
    return images


def _share(found: int, count: int, level: float) -> dict[str, Any]:
    interval = binomtest(found, count).proportion_ci(level)
    return {"share": found / count, "interval": {"low": interval.low, "high": interval.high, "level": level}}
