"""SIIM-ACR Pneumothorax Segmentation challenge (2019): one table and DICOM files in nested folders.

train-rle.csv has a row for each region: ImageId and, with a blank before its name, EncodedPixels: -1 for an image
without pneumothorax, else the region as starts and lengths. The image is <ImageId>.dcm in a folder of its study and
series. The images are of ChestX-ray14, where patients have several; which they are is not published, so patients are
unknown.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.dicom.image import read_dicom
from medgan_tf.data.images import read_grey
from medgan_tf.data.sources.siim.settings import Options
from medgan_tf.data.tables.listing import csv_row, read_csv, refuse_blank
from medgan_tf.data.tables.places import refuse_outside
from medgan_tf.data.tables.published_tables import check_listed_images, find_table, named_states
from medgan_tf.data.tables.search import find_files
from medgan_tf.data.tables.table import Source, SourceTable
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

PNEUMOTHORAX, NONE = "Pneumothorax", "No Pneumothorax"
TABLES = ("train-rle.csv", "stage_2_train.csv")
ENDINGS = (".dcm", ".png")
FOLDER_NAMES = ("siim", "siim-acr-pneumothorax-segmentation")
OBTAINED = (
    "The data are obtained, after registration, from https://www.kaggle.com/c/siim-acr-pneumothorax-segmentation; "
    "data.root is the folder with train-rle.csv and the unpacked images"
)
_REGION = re.compile(r"\d+ \d+(?: \d+ \d+)*")


@SOURCES.register("siim")
class SiimSource(Source):
    """Radiographs with and without pneumothorax.

    Args:
        root: The folder with the table and the images, or its parent.
        options: `data.options` of the experiment.
    """

    def __init__(self, root: str, options: Options):
        self.root = root
        self.options = options

    def read_table(self) -> SourceTable:
        """One row for each image; an image with a region has a pneumothorax. See `Source.read_table`."""
        options = self.options
        csv = find_table(self.root, [options.csv] if options.csv else TABLES, FOLDER_NAMES, OBTAINED)
        rows = read_csv(csv, ["ImageId", "EncodedPixels"])
        refuse_blank(rows["ImageId"], csv)
        images = rows["ImageId"].str.strip()
        first = ~images.duplicated()
        regions = _is_region(rows["EncodedPixels"], csv)
        shown = pd.Series(regions).groupby(images.to_numpy()).agg(["min", "max", "size"])
        odd = shown.index[shown["min"] != shown["max"]]
        if len(odd):
            raise DataError(f"{csv}: image {odd[0]} has regions and a row with -1, which says that it has none")
        names = images[first].tolist()
        positive = shown["max"].loc[names].tolist()
        counts = {f"rows in {csv.name}": len(rows), "images listed": len(names)}
        counts["images with several regions"] = int((shown["size"] > 1).sum())
        states = named_states([(PNEUMOTHORAX if found else NONE,) for found in positive], (PNEUMOTHORAX, NONE))
        found = {} if self.counts_only else find_files(csv.parent, names, ENDINGS, options.outside_root)
        paths = [found.get(name, f"{csv.parent}/{name}{ENDINGS[0]}") for name in names]
        check_listed_images(paths, self.root, csv, options.outside_root, self.counts_only)
        frame = pd.DataFrame({"image_id": names, "path": paths, "patient_id": "", **states})
        return SourceTable(frame, (PNEUMOTHORAX, NONE), counts, NONE, patients_known=False)

    def read_image(self, path: str) -> np.ndarray:
        """One radiograph, uint8 [H, W]; see `Source.read_image`."""
        if not self.options.outside_root:
            refuse_outside(path, self.root)
        return read_dicom(path) if path.lower().endswith(ENDINGS[0]) else read_grey(path)


def _is_region(cells: pd.Series, csv: Path) -> np.ndarray:
    """Whether each row holds a region, bool [N]. Raises `DataError` for a cell of another form."""
    texts = cells.str.strip()
    none = (texts == "-1").to_numpy()
    region = np.array([_REGION.fullmatch(text) is not None for text in texts])
    odd = ~(none | region)
    if odd.any():
        row = int(odd.argmax())
        raise DataError(
            f"{csv}: {csv_row(row)}, column {cells.name!r}: expected -1 or pairs of a start and a length. "
            f"Received: {texts.iloc[row]!r:.100}"
        )
    return region
