"""Files in a folder, and a CSV with their paths and labels."""

from collections import Counter
from pathlib import Path

from medgan_tf.data.tables.cells import shown_names
from medgan_tf.data.tables.listing import read_csv
from medgan_tf.errors import DataError
from medgan_tf.files.csv_files import neutralised
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.columns import OPTIONAL, file_in, listed_images
from medgan_tf.synthesis.external.listing import Listing
from medgan_tf.synthesis.external.named_hash import own_words
from medgan_tf.synthesis.external.pixels import ImageSource
from medgan_tf.synthesis.external.places import csv_of, folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

_HINT = "; the table of synthetic images needs the column of paths (external.path_column) and one for each label of the"
_SAMPLE = 20


@FORMATS.register("images")
def listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """PNG, JPEG, TIFF, DICOM, .npy and .npz files that a CSV lists, see `ExternalConfig.csv`.

    Raises:
        DataError: The table lacks a column, a cell has no meaning, an image is listed twice, lies outside the folder,
            or is not there; or
            the folder is an export of real images.
    """
    folder, csv = folder_of(config, seed), csv_of(config, seed)
    words = own_words(folder)
    written = {neutralised(name): name for name in names}
    table = read_csv(csv, [config.path_column, *written], f"{_HINT} real images, 0 or 1", optional=OPTIONAL)
    table = table.rename(columns=written)
    files = [ImageSource(file_in(folder, path, csv)) for path in table[config.path_column]]
    images = listed_images(table, files, names, csv)
    twice = [source for source, count in Counter(image.source for image in images).items() if count > 1]
    if twice:
        raise DataError(
            f"{csv}: {len(twice):,} images are listed twice, e.g. {twice[0]}; a stack of images needs the column index"
        )
    _check_files([image.source.file for image in images[:_SAMPLE]], csv)
    return Listing(tuple(names), images, words.trained_on)


def _check_files(files: list[str], csv: Path) -> None:
    missing = [file for file in files if not Path(file).is_file()]
    if missing:
        raise DataError(f"{csv} lists images that are not there, e.g. {shown_names(missing[:1])}")
