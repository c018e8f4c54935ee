"""A data list of MONAI, as `load_decathlon_datalist` reads it: a JSON file with the lists `training` and `validation`.

``{"labels": {"0": "Cardiomegaly", "1": "Edema"}, "training": [{"image": "a.png", "label": [0, 1]}, ...]}``. Every entry
may have the keys sex, age and view. Other lists, such as `test`, are not read.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.covariates import AGE, SEX, UNKNOWN_AGE, VIEW, age_of, sex_of, view_of
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.columns import check_files, file_in
from medgan_tf.synthesis.external.label_vectors import Vectors, check_names
from medgan_tf.synthesis.external.listing import ListedImage, Listing
from medgan_tf.synthesis.external.named_hash import own_words, refuse_real
from medgan_tf.synthesis.external.pixels import ImageSource
from medgan_tf.synthesis.external.places import folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

LISTS = ("datalist.json", "dataset.json")
_FOLDS = {"training": "train", "validation": "valid"}
_LARGEST = 2**27
_NAMES = '"labels": {"0": "...", "1": "...", ...}'


@FORMATS.register("monai")
def listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """The images of a data list: the JSON file itself, or a folder with `datalist.json` or `dataset.json`.

    Raises:
        DataError: There is no list, an entry has a mistake, or an image is listed twice, lies outside the folder, or
            is not there.
    """
    path = _list_of(folder_of(config, seed))
    words, values = own_words(path), read_json(path, largest=_LARGEST)
    refuse_real(values, path)
    vectors = Vectors(check_names(_names(values, path) or words.label_names, names, path, _NAMES), names)
    lists = {key: values.get(key) or [] for key in _FOLDS}
    for key, entries in lists.items():
        if not isinstance(entries, list):
            raise DataError(f"{path}: expected a list under {key}. Received: {shown(entries)}")
    # One list says nothing of folds: `training` is what it is called where there is no other.
    several = all(lists.values())
    images = [
        _image(entry, vectors, _FOLDS[key] if several else None, path, f"{path}, {key} {number}")
        for key, entries in lists.items()
        for number, entry in enumerate(entries)
    ]
    check_files(images, path)
    return Listing(tuple(names), images, words.trained_on)


def _list_of(place: Path) -> Path:
    if place.is_file():
        return place
    found = [place / name for name in LISTS if (place / name).is_file()]
    if not found:
        raise DataError(f"{place}: holds neither {' nor '.join(LISTS)}; external.folder may also be the list itself")
    return found[0]


def _names(values: Mapping, path: Path) -> list[str] | None:
    """The names under `labels` by their numbers 0, 1, ...; None without them."""
    found = values.get("labels")
    if found is None:
        return None
    numbers = [str(number) for number in range(len(found))] if isinstance(found, dict) else []
    if not numbers or set(found) != set(numbers) or not all(isinstance(one, str) for one in found.values()):
        raise DataError(f"{path}: expected {_NAMES}, numbered from 0. Received: {shown(found)}")
    if len(set(found.values())) != len(found):
        raise DataError(f"{path}: a label is named twice. Received: {shown(found)}")
    return [found[number] for number in numbers]


def _image(entry: Any, vectors: Vectors, fold: Any, path: Path, what: str) -> ListedImage:
    if not isinstance(entry, dict) or not isinstance(entry.get("image"), str) or "label" not in entry:
        raise DataError(f'{what}: expected {{"image": a path, "label": a vector}}. Received: {shown(entry)}')
    about = {name: "" if entry.get(name) is None else str(entry[name]) for name in (SEX, AGE, VIEW)}
    age = age_of(about[AGE])
    return ListedImage(
        source=ImageSource(file_in(path.parent, entry["image"], path)),
        labels=vectors.labels(entry["label"], what),
        fold=fold,
        sex=sex_of(about[SEX]) or None,
        age=None if age == UNKNOWN_AGE else age,
        view=view_of(about[VIEW]) or None,
    )
