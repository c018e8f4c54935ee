"""A data set of StyleGAN2-ADA and StyleGAN3: a zip archive, or a folder, of images with `dataset.json`.

``{"labels": [["00000/img00000000.png", [0, 1]], ...], "label_names": ["Cardiomegaly", "Edema"]}``. StyleGAN does not
know `label_names`; it does not mind them either.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from medgan_tf.data.tables.cells import shown
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import parse_json, read_json
from medgan_tf.files.zip_files import list_members, read_member
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.columns import file_in
from medgan_tf.synthesis.external.label_vectors import Vectors, check_names
from medgan_tf.synthesis.external.listing import ListedImage, Listing
from medgan_tf.synthesis.external.named_hash import label_names_of, own_words, refuse_real
from medgan_tf.synthesis.external.pixels import ImageSource
from medgan_tf.synthesis.external.places import folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

LABELS = "dataset.json"
_LARGEST = 2**27
_IMAGES = (".png", ".jpg", ".jpeg")
_NAMES = '"label_names": ["...", ...]'


@FORMATS.register("stylegan")
def listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """The images of a zip archive or a folder.

    Raises:
        DataError: It is no such data set, an archive that cannot be trusted, or its labels have a mistake.
    """
    place = folder_of(config, seed)
    words = own_words(place)
    json = f"{place}, {LABELS}" if place.is_file() else str(place / LABELS)
    there, values = _archive(place, json) if place.is_file() else _folder(place)
    refuse_real(values, json)
    found = check_names(label_names_of(values, json) or words.label_names, names, json, _NAMES)
    vectors = Vectors(found, names)
    labels = {}
    for name, value in _entries(values, json):
        if name in labels:
            raise DataError(f"{json}: {shown(name)} is listed twice")
        labels[name] = vectors.labels(value, f"{json}, {shown(name)}")
    _check_images(labels.keys(), there, json)
    images = [ListedImage(_source(place, name, json), one) for name, one in labels.items()]
    return Listing(tuple(names), images, words.trained_on)


def _archive(place: Path, json: str) -> tuple[set[str], dict[str, Any]]:
    """Names of the images in an archive, and its `dataset.json`."""
    members = list_members(place)
    if LABELS not in members:
        raise DataError(f"{place}: holds no {LABELS}, so its images have no labels")
    try:
        values = parse_json(read_member(place, LABELS, _LARGEST))
    except ValueError as error:
        raise DataError(f"{json} cannot be read: {' '.join(str(error).split()):.200}") from error
    if not isinstance(values, dict):
        raise DataError(f"{json}: expected a JSON object")
    return {name for name in members if _is_image(name)}, values


def _folder(place: Path) -> tuple[set[str], dict[str, Any]]:
    """The same for a folder."""
    if not (place / LABELS).is_file():
        raise DataError(f"{place}: holds no {LABELS}, so its images have no labels")
    values = read_json(place / LABELS, largest=_LARGEST)
    files = (path for path in place.rglob("*") if _is_image(path.name) and path.is_file())
    return {path.relative_to(place).as_posix() for path in files}, values


def _is_image(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in _IMAGES


def _entries(values: dict[str, Any], json: str) -> Iterator[tuple[str, Any]]:
    listed = values.get("labels")
    if not isinstance(listed, list):
        raise DataError(f"{json}: has no labels; expected a list of [file, label vector] under labels")
    for entry in listed:
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], str):
            raise DataError(f"{json}: expected [file, label vector]. Received: {shown(entry)}")
        # Tools on Windows write the other slash.
        yield entry[0].replace("\\", "/"), entry[1]


def _check_images(listed: Any, there: set[str], json: str) -> None:
    missing, extra = sorted(listed - there), sorted(there - listed)
    if missing:
        raise DataError(f"{json}: lists {len(missing):,} images that are not there, e.g. {shown(missing[0])}")
    if extra:
        raise DataError(f"{json}: does not list {len(extra):,} images that are there, e.g. {shown(extra[0])}")


def _source(place: Path, name: str, json: str) -> ImageSource:
    if place.is_file():
        return ImageSource(str(place), name)
    return ImageSource(file_in(place, name, Path(json)))
