"""Files in a folder, and a CSV with their paths and labels."""

from medgan_tf.data.tables.listing import read_csv, read_header
from medgan_tf.files.csv_files import original
from medgan_tf.registry import FORMATS
from medgan_tf.synthesis.external.checks.finding import refuse_wrong
from medgan_tf.synthesis.external.checks.tables import check_label_names
from medgan_tf.synthesis.external.columns import OPTIONAL, check_files, file_in, listed_images
from medgan_tf.synthesis.external.listing import Listing
from medgan_tf.synthesis.external.named_hash import own_words
from medgan_tf.synthesis.external.pixels import ImageSource
from medgan_tf.synthesis.external.places import csv_of, folder_of
from medgan_tf.synthesis.external.settings import ExternalConfig

_HINT = "; external.path_column names the column of the images' paths"


@FORMATS.register("images")
def listing(config: ExternalConfig, seed: int, names: tuple[str, ...]) -> Listing:
    """PNG, JPEG, TIFF, DICOM, .npy and .npz files that a CSV lists, see `ExternalConfig.csv`.

    Raises:
        DataError: The table lacks a column, a cell has no meaning, an image is listed twice, lies outside the folder,
            or is not there; or the folder is an export of real images.
    """
    folder, csv = folder_of(config, seed), csv_of(config, seed)
    words = own_words(folder)
    written = read_header(csv)
    header, known = [original(name) for name in written], (config.path_column, *OPTIONAL)
    if config.path_column in written:
        # Without that column it may be no such table at all, which reading it says.
        refuse_wrong([check_label_names(header, names, known)], where=str(csv))
    labels = {name: meant for name, meant in zip(written, header, strict=True) if meant in names}
    table = read_csv(csv, [config.path_column, *labels], _HINT, optional=OPTIONAL).rename(columns=labels)
    files = [ImageSource(file_in(folder, path, csv)) for path in table[config.path_column]]
    images = listed_images(table, files, names, csv)
    check_files(images, csv, "; a stack of images needs the column index")
    others = tuple(name for name in header if name not in (*known, *names))
    return Listing(tuple(names), images, words.trained_on, others)
