"""What a generator from elsewhere was trained on: which images of a dataset, by the hash of an export or by their ids.

Attacks on membership need to know it. A generator that was trained on other patients than those who are called members
would pass every such attack, and a generator that was trained on held-out patients would fail none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medgan_tf.data.pseudonyms import KEY_FILE, load_pseudonyms, private_folder
from medgan_tf.data.records.manifest import FOLDS
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.cells import shown, shown_names
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.named_hash import is_hash
from medgan_tf.synthesis.external.settings import UNKNOWN, ExternalConfig
from medgan_tf.synthesis.external.training_fold import training_sha256

OTHER = "other"
_COLUMN = "image_id"


@dataclass(frozen=True)
class TrainedImages:
    """Images of a dataset that a generator was trained on.

    Attributes:
        images: Their pseudonyms; of any fold. Empty for a generator of other patients.
        notes: Sentences that the reader of a result has to know.
    """

    images: frozenset[str]
    notes: tuple[str, ...] = ()


def trained_images(
    config: ExternalConfig, dataset: DatasetFolder, private_dir: str | None = None
) -> TrainedImages | None:
    """The images that a generator was trained on; None where that is not known.

    A hash is compared with that of the dataset's own training fold, whose images are read for it.

    Args:
        config: The section `external`.
        dataset: The real images.
        private_dir: `data.private_dir`, the place of the secret that turns ids into pseudonyms.

    Raises:
        DataError: The hash is that of another dataset or none at all; the table of ids has a mistake, or none of its
            ids is in the dataset; or the secret is not here.
    """
    if config.trained_on_ids is not None:
        if config.trained_on != UNKNOWN:
            raise DataError("external.trained_on and external.trained_on_ids say the same thing twice; remove one")
        return _by_ids(Path(config.trained_on_ids), dataset, private_dir)
    if config.trained_on == UNKNOWN:
        return None
    if config.trained_on == OTHER:
        return TrainedImages(frozenset())
    check_hash(config.trained_on, dataset)
    return TrainedImages(frozenset(_pseudonyms(dataset, "train")))


def check_hash(trained_on: str, dataset: DatasetFolder) -> None:
    """Raises `DataError` unless this is the hash of the dataset's own training fold; reads its images."""
    if not is_hash(trained_on):
        raise DataError(
            "external.trained_on: expected the hash that `medgan-tf export-folds` printed (64 digits of 0-9 and a-f), "
            f"{UNKNOWN} or {OTHER}. Received: {shown(trained_on)}"
        )
    own = training_sha256(dataset)
    if trained_on != own:
        raise DataError(
            f"external.trained_on is {trained_on[:12]}..., the training fold of {dataset.path} is {own[:12]}...: the "
            "generator was trained on another dataset, other folds or other labels; name the dataset that was "
            "exported, or list its images in external.trained_on_ids"
        )


def _by_ids(path: Path, dataset: DatasetFolder, private_dir: str | None) -> TrainedImages:
    folder = private_folder(private_dir, dataset.path)
    # Asked before, because loading it draws a new secret where there is none.
    if not (folder / KEY_FILE).is_file():
        raise DataError(
            f"{path} lists images by the ids of the hospital's table, and the secret that turns them into pseudonyms "
            f"is not in {folder}; set data.private_dir, or do this where the dataset was prepared"
        )
    ids = [one.strip() for one in read_csv(path, [_COLUMN])[_COLUMN]]
    if "" in ids:
        raise DataError(f"{path}: row {ids.index('') + 2} has no {_COLUMN}")
    secret, different = load_pseudonyms(folder), list(dict.fromkeys(ids))
    known = {fold: frozenset(_pseudonyms(dataset, fold)) for fold in FOLDS}
    named = {secret.image(one): one for one in different}
    counts = {fold: len(known[fold] & named.keys()) for fold in FOLDS}
    images = frozenset(named) & frozenset().union(*known.values())
    if not images:
        raise DataError(
            f"{path}: none of its {len(different):,} ids, e.g. {shown(different[0])}, is an image of {dataset.path}; "
            "expected those of the table that it was prepared from, and the secret of that time (data.private_dir)"
        )
    return TrainedImages(images, tuple(_notes(len(different), counts, len(known["train"]))))


def _notes(listed: int, counts: Mapping[str, int], training: int) -> list[str]:
    """What is to be said of the listed images: how many are known, and those that were to be held out."""
    known = sum(counts.values())
    notes = [f"of the training fold the generator was trained on {counts['train']:,} of {training:,} images"]
    if known < listed:
        notes.append(
            f"warning: {listed - known:,} of the {listed:,} images that the generator was trained on are not in this "
            "dataset; nothing is said of them"
        )
    spoiled = {fold: counts[fold] for fold in ("valid", "test") if counts[fold]}
    if spoiled:
        found = shown_names(f"{count:,} of {fold}" for fold, count in spoiled.items())
        notes.append(
            f"warning: the generator was trained on held-out images, {found}: they count as members, and what is "
            "measured on the held-out folds is too good"
        )
    return notes


def _pseudonyms(dataset: DatasetFolder, fold: str) -> list[str]:
    parts = [batch.image_ids for batch in dataset.batches(fold)]
    return np.concatenate(parts).tolist() if parts else []
