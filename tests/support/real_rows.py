"""Rows of real label tables with made pictures in the folders of the published dataset.

A picture holds its number in 4x4 blocks, so that a stored image says which row it belongs to. Tables are read and
written as text with Python's csv module: nothing here goes through the readers that are tested.
"""

import csv
import gzip
import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
from raw_folders import write_ct

_BITS = 14
_ON, _LIMIT = 160, 80


def read_rows(path):
    """The header and the rows of a table in a .gz or .zip file, as lists of text."""
    path = Path(path)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path) as archive:
            content = archive.read(archive.namelist()[0])
    else:
        content = gzip.decompress(path.read_bytes())
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    return header, rows


def write_rows(path, header, rows):
    """A table with these rows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def picture(number):
    """uint8 [32, 32] that holds a number below 2^14; the first block is white, the second black."""
    bits = [(number >> bit) & 1 for bit in range(_BITS)]
    blocks = np.array([255, 0, *(_ON * bit for bit in bits)], np.uint8).reshape(4, 4)
    return np.kron(blocks, np.ones((8, 8), np.uint8))


def number_in(image):
    """The number in a stored image [16, 16] or [16, 16, 1]."""
    blocks = np.asarray(image, np.float64).reshape(4, 4, 4, 4).mean(axis=(1, 3)).ravel()
    assert blocks[0] > 240 and blocks[1] < 15, blocks
    return sum(int(block > _LIMIT) << bit for bit, block in enumerate(blocks[2:]))


def write_png(path, number, deep=False):
    """A PNG of 8 or, `deep`, 16 bits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = picture(number)
    assert cv2.imwrite(str(path), image.astype(np.uint16) * 257 if deep else image)


def write_radiograph(path, number, patient):
    """A DICOM file with one frame of 16 bits, as a digital radiograph."""
    none = {"RescaleIntercept": None, "RescaleSlope": None}
    write_ct(path, picture(number).astype(np.int64), patient, Modality="DX", PixelRepresentation=0, **none)
