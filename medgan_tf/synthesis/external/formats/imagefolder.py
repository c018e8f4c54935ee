"""An imagefolder of Hugging Face: images and `metadata.csv` with a column `file_name` and one for each label.

The table lies in the folder itself, or in a folder for each split: `train/metadata.csv`, `validation/metadata.csv`.
"""

from dataclasses import replace
from pathlib import Path

from medgan_tf.data.tables.cells import shown
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import neutralised
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.columns import FOLDS, OPTIONAL, check_files, file_in, listed_images
from medgan_tf.synthesis.external.listing import ListedImage, Listing
from medgan_tf.synthesis.external.named_hash import own_words
from medgan_tf.synthesis.external.pixels import ImageSource
from medgan_tf.synthesis.external.places import folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

TABLE, FILE_NAME = "metadata.csv", "file_name"
_DATA = "data"
_HINT = f"; {TABLE} needs the column {FILE_NAME} and one of 0 and 1 for each label of the real images"


@FORMATS.register("imagefolder")
def listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """The images that the tables of a folder list.

    Raises:
        DataError: There is no table, it lacks a column, a cell has no meaning, an image is listed twice, lies outside
            the folder, or is not there.
    """
    folder = folder_of(config, seed)
    words, images = own_words(folder), []
    splits = _tables(folder)
    for fold, table in splits:
        found = _listed(table, names)
        # A folder with one split says nothing of folds: `train` is what it is called where there is no other.
        images += [replace(one, fold=fold) for one in found] if fold and len(splits) > 1 else found
    check_files(images, folder)
    return Listing(tuple(names), images, words.trained_on)


def _tables(folder: Path) -> list[tuple[str | None, Path]]:
    """The tables of a folder, each with the fold that the name of its split means."""
    if not folder.is_dir():
        raise DataError(f"{folder}: expected a folder with {TABLE}; archives are not opened, unpack it first")
    for place in (folder, folder / _DATA):
        if (place / TABLE).is_file():
            return [(None, place / TABLE)]
        found = sorted(place.glob(f"*/{TABLE}"))
        odd = [path.parent.name for path in found if path.parent.name.lower() not in FOLDS]
        if odd:
            raise DataError(
                f"{place}: synthetic images are for the splits train and validation. Received: {shown(odd[0])}"
            )
        if found:
            return [(FOLDS[path.parent.name.lower()], path) for path in found]
    other = next(iter(sorted(folder.rglob("metadata.jsonl"))), None)
    hint = f"; {other} is not read, write it as {TABLE}" if other else ""
    raise DataError(f"{folder}: holds no {TABLE}, nor does a folder train or validation in it{hint}")


def _listed(path: Path, names: tuple[str, ...]) -> list[ListedImage]:
    written = {neutralised(name): name for name in names}
    table = read_csv(path, [FILE_NAME, *written], _HINT, optional=OPTIONAL).rename(columns=written)
    files = [ImageSource(file_in(path.parent, name, path)) for name in table[FILE_NAME]]
    return listed_images(table, files, names, path)
