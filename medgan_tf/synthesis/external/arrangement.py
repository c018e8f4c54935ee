"""The labels, folds and order of images from elsewhere: functions of what they show and are, never of file names.

The order of a dataset decides which images a classifier sees together and which ones a measurement draws. It comes from
the column `row`, which `medgan-tf generate --png` writes: then it is that of the set that was exported. Without it, it
follows a SHA-256 of pixels, labels and covariates, which mixes them well. Both are the same however files are named and
rows are sorted.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from medgan_tf.data.records.covariate_bytes import pack_covariates, views_of
from medgan_tf.data.tables.cells import shown_names
from medgan_tf.data.tables.covariates import AGE, SEX, UNKNOWN_AGE, VIEW
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.listing import ListedImage, Listing

FOLDS = ("train", "valid")
_SPLIT = b"fold of a synthetic image"


@dataclass(frozen=True)
class Arrangement:
    """What becomes of the images of a listing.

    Attributes:
        order: Numbers of the images in the listing, by fold, in the order of the dataset.
        labels: uint8 [N, L], in the listing's order of images and the real dataset's order of labels.
        ids: Pseudonym of each image, from its content.
        covariates: `sex`, `age` and `view`, N rows; None where nothing is known of any image.
        content_sha256: Identifies images, labels, folds and covariates, whatever the order of files and columns.
        split: Whether the folds were drawn here.
    """

    order: Mapping[str, np.ndarray]
    labels: np.ndarray
    ids: Sequence[str]
    covariates: pd.DataFrame | None
    content_sha256: str
    split: bool


def arranged(
    listing: Listing, pixels: Sequence[bytes], names: Sequence[str], real_images: Mapping[str, int]
) -> Arrangement:
    """Arranges the images of a listing.

    Args:
        listing: N images.
        pixels: SHA-256 of the pixels of each.
        names: The labels of the real dataset.
        real_images: Images of the real dataset by fold; folds that the listing does not give are drawn in their ratio.

    Raises:
        DataError: A label of the real dataset is missing, or two images have one place.
    """
    labels = ordered_labels(listing, names)
    covariates = covariate_frame(listing.images)
    content = _content(listing.images, pixels, labels, covariates)
    folds, split = _folds(listing.images, pixels, content, real_images)
    order = {fold: _ordered(listing.images, np.flatnonzero(folds == fold), content) for fold in FOLDS}
    digest = hashlib.sha256("\n".join(names).encode())
    for fold in FOLDS:
        for one in sorted(content[number] for number in order[fold]):
            digest.update(hashlib.sha256(fold.encode() + one).digest())
    return Arrangement(order, labels, _ids(order, content), covariates, digest.hexdigest(), split)


def ordered_labels(listing: Listing, names: Sequence[str]) -> np.ndarray:
    """The labels of the real dataset in its order, uint8 [N, L]. Raises `DataError` if the listing lacks one."""
    missing = [name for name in names if name not in listing.names]
    if missing:
        raise DataError(
            f"the synthetic images have no label {shown_names(missing)}; expected {shown_names(names)}, as the real "
            f"images have; received {shown_names(listing.names)}"
        )
    places = [listing.names.index(name) for name in names]
    return np.array([image.labels for image in listing.images], np.uint8)[:, places]


def covariate_frame(images: Sequence[ListedImage]) -> pd.DataFrame | None:
    """Sex, age and view of the images as a dataset keeps them; without a column of which nothing is known. None if
    nothing is known at all."""
    columns = {
        SEX: np.array([image.sex or "" for image in images], dtype=object),
        AGE: np.array([UNKNOWN_AGE if image.age is None else image.age for image in images], np.int16),
        VIEW: np.array([image.view or "" for image in images], dtype=object),
    }
    known = {name: values for name, values in columns.items() if (values != (UNKNOWN_AGE if name == AGE else "")).any()}
    return pd.DataFrame(known) if known else None


def _content(
    images: Sequence[ListedImage], pixels: Sequence[bytes], labels: np.ndarray, covariates: pd.DataFrame | None
) -> list[bytes]:
    """What each image shows and is, whatever other images there are."""
    if covariates is None:
        return [digest + one.tobytes() for digest, one in zip(pixels, labels, strict=True)]
    # Views by their words: their numbers depend on the views of the others.
    packed = pack_covariates(covariates, views_of(covariates))[:, :2]
    views = [(image.view or "").encode() for image in images]
    columns = zip(pixels, labels, packed, views, strict=True)
    return [digest + one.tobytes() + known.tobytes() + view for digest, one, known, view in columns]


def _folds(
    images: Sequence[ListedImage], pixels: Sequence[bytes], content: Sequence[bytes], real_images: Mapping[str, int]
) -> tuple[np.ndarray, bool]:
    """The fold of each image, object [N], and whether they were drawn here: those whose hash is smallest are valid."""
    given = np.array([image.fold or "" for image in images], dtype=object)
    if (given != "").all():
        folds, split = given, False
    else:
        share = real_images["valid"] / max(1, real_images["train"] + real_images["valid"])
        valid = min(max(1, round(len(images) * share)), len(images) - 1) if share else 0
        # By pixels first, so that equal images stay together.
        keys = [hashlib.sha256(_SPLIT + digest).digest() for digest in pixels]
        ranked = sorted(range(len(images)), key=lambda number: (keys[number], content[number]))
        folds, split = np.full(len(images), "train", dtype=object), True
        folds[ranked[:valid]] = "valid"
    return folds, split


def _ordered(images: Sequence[ListedImage], numbers: np.ndarray, content: Sequence[bytes]) -> np.ndarray:
    """The images of a fold in the order of the dataset."""
    rows = [images[number].row for number in numbers]
    if None in rows:
        return np.array(sorted(numbers, key=lambda number: hashlib.sha256(content[number]).digest()), np.int64)
    order = np.argsort(np.array(rows, np.int64), kind="stable")
    places = np.array(rows, np.int64)[order]
    twice = places[1:][places[1:] == places[:-1]]
    if twice.size:
        raise DataError(f"two synthetic images of a fold have the row {twice[0]}; give each a row of its own, or none")
    return numbers[order]


def _ids(order: Mapping[str, np.ndarray], content: Sequence[bytes]) -> list[str]:
    """Pseudonyms from fold and content; images that are equal in all have the number of their repeat."""
    ids, seen = [""] * len(content), {}
    for fold, numbers in order.items():
        for number in numbers:
            key = fold.encode() + content[number]
            repeat = seen[key] = seen.get(key, -1) + 1
            ids[number] = hashlib.sha256(key + f" {repeat}".encode()).hexdigest()[:14]
    return ids
