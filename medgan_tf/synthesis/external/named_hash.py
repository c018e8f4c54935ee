"""What a folder of synthetic images says of itself: the training set of its generator, or that it is no such folder."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.data.tables.cells import shown, shown_names
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.synthesis.external.settings import UNKNOWN, ExternalConfig

NAMED = "trained_on.json"
"""File of a folder of synthetic images that names the hash: ``{"trained_on": "..."}``; a renamed `fold.json` is one."""
EXPORTED = "fold.json"
"""File of an export of real images."""
REAL_PATIENTS = "real_patients"
"""Key of a JSON file that marks real images, so that no reader of ours takes them for synthetic ones."""
_HASH = re.compile(r"[0-9a-f]{64}")
_LARGEST = 2**24


def is_hash(text: object) -> bool:
    """Whether this is written as a hash of `medgan-tf export-folds`: 64 digits of 0-9 and a-f."""
    return isinstance(text, str) and _HASH.fullmatch(text) is not None


@dataclass(frozen=True)
class OwnWords:
    """What a folder of synthetic images says of the training of its generator.

    Attributes:
        trained_on: The hash of the training set; None where it names none.
        label_names: The labels of that training set, in the order of its label vectors; None where it names none.
    """

    trained_on: str | None = None
    label_names: tuple[str, ...] | None = None


def own_words(place: Path) -> OwnWords:
    """The content of `trained_on.json` in a folder of synthetic images, or beside an archive or a list of them.

    Raises:
        DataError: The file names no hash or no labels; or the folder is an export of real images.
    """
    folder = place.parent if place.is_file() else place
    for one in (folder, folder.parent):
        if (one / EXPORTED).is_file():
            raise _real(one)
    path = folder / NAMED
    if not path.is_file():
        return OwnWords()
    values = read_json(path, largest=_LARGEST)
    return OwnWords(hash_of(values, path), label_names_of(values, path))


def label_names_of(values: Mapping, path: object) -> tuple[str, ...] | None:
    """The names of labels in a JSON object, under `label_names`; None without them. Raises `DataError` for no names."""
    found = values.get("label_names")
    if found is None:
        return None
    if not isinstance(found, list) or not found or not all(isinstance(one, str) and one for one in found):
        raise DataError(f"{path}: expected a list of names as label_names. Received: {shown(found)}")
    if len(set(found)) != len(found):
        raise DataError(f"{path}: label_names holds a name twice: {shown_names(found)}")
    return tuple(found)


def refuse_real(values: Mapping, path: object) -> None:
    """Raises `DataError` for a JSON object that lists real images of an export."""
    if REAL_PATIENTS in values:
        raise _real(path)


def hash_of(values: Mapping, path: object) -> str | None:
    """The hash in a JSON object, under `trained_on`; None without it. Raises `DataError` for what is no hash."""
    found = values.get("trained_on")
    if found is None or is_hash(found):
        return found
    raise DataError(f"{path}: expected a hash of `medgan-tf export-folds` as trained_on. Received: {shown(found)}")


def check_named(config: ExternalConfig, named: str | None) -> None:
    """Raises `DataError` when a folder says itself what its generator was trained on and the experiment does not agree.

    Args:
        config: The section `external`.
        named: `Listing.named_hash`.
    """
    if named is None or config.trained_on == named or config.trained_on_ids is not None:
        return
    says = UNKNOWN if config.trained_on == UNKNOWN else f"{config.trained_on[:12]}..."
    raise DataError(
        f"{config.folder} says that its generator was trained on {named}; external.trained_on is {says}; write that "
        "hash there, or list the images in external.trained_on_ids"
    )


def _real(place: object) -> DataError:
    return DataError(
        f"{place} holds the real images of patients that `medgan-tf export-folds` wrote, not a generator's; give the "
        "folder of the synthetic images"
    )
