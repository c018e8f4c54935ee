"""The folder that readers get: the page, and images that differ in nothing but their pixels."""

import hashlib
import os
import re
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.key import IMAGE_ID
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.result_files import json_text

SETTINGS = "study.js"
IMAGES = "images"
START = "index.html"
# Every file has this date, so that dates reveal nothing: 2000-01-01, the earliest that all file systems and ZIP hold.
_DATE = 946_684_800
_PREFIX = "window.STUDY = "
# Without compression the size of a file depends on that of the image alone. Compressed, smooth images would be smaller
# files, and generated images are smoother.
_PLAIN = (cv2.IMWRITE_PNG_COMPRESSION, 0, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_NONE)


def encode_blinded(image: np.ndarray) -> bytes:
    """uint8 [R, R] as PNG without compression: its length depends on R only."""
    written, data = cv2.imencode(".png", image, _PLAIN)
    if not written:
        raise RuntimeError(f"OpenCV could not encode an image of shape {image.shape} as PNG")
    return data.tobytes()


def set_hash(images: dict[str, bytes]) -> str:
    """SHA-256 over names and contents of the image files, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(images):
        digest.update(f"{name} {hashlib.sha256(images[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


def page_files() -> dict[str, bytes]:
    """The files of the page itself, by name."""
    sources = files("medgan_tf.evidence.readers.study").joinpath("page").iterdir()
    return {file.name: file.read_bytes() for file in sorted(sources, key=lambda file: file.name)}


def write_page(folder: str | Path, images: dict[str, bytes], settings: dict[str, Any]) -> None:
    """Writes the folder, complete or not at all.

    Args:
        folder: Must not exist.
        images: Image name to PNG bytes, all of one length.
        settings: Settings of the page; nothing in them may depend on the truth.
    """
    folder = Path(folder)
    if len({len(data) for data in images.values()}) != 1:
        raise ValueError("image files must have one size, or their sizes could tell real from synthetic")
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        (partial / IMAGES).mkdir(parents=True)
        # In the order of the random names, so that the order in which files were made reveals nothing either.
        for name in sorted(images):
            (partial / IMAGES / f"{name}.png").write_bytes(images[name])
        for name, data in page_files().items():
            (partial / name).write_bytes(data)
        (partial / SETTINGS).write_text(f"{_PREFIX}{json_text(settings, indent=1)};\n", encoding="utf-8")
        for path in [*partial.rglob("*"), partial]:
            os.utime(path, (_DATE, _DATE))
        os.rename(partial, folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise DataError(f"cannot write {folder}: {error.strerror}") from error


def remove_page(folder: str | Path) -> None:
    """Removes the folder of an older study. Raises `DataError`, before removing anything, if it holds other files."""
    folder = Path(folder)
    for path in sorted(folder.rglob("*")):
        own = path.parent == folder / IMAGES and path.suffix == ".png"
        if not own and path not in {folder / IMAGES, *(folder / name for name in (SETTINGS, *page_files()))}:
            raise DataError(f"{path} does not belong to the page of a study; move it away, then give the command again")
    shutil.rmtree(folder)


def read_settings(folder: str | Path) -> dict[str, Any]:
    """The settings of a folder's page. Raises `DataError` when it is no such folder or its images have changed."""
    path = Path(folder) / SETTINGS
    if not path.is_file():
        raise DataError(f"no reader study in {Path(folder)}: expected {SETTINGS}; `reader-study create` makes one")
    try:
        settings = parse_json(path.read_text(encoding="utf-8").removeprefix(_PREFIX).rstrip().removesuffix(";"))
        names, expected = settings["images"], settings["set_sha256"]
        # They become paths.
        if not all(re.fullmatch(IMAGE_ID, name) for name in names):
            raise ValueError("not names of images")
        found = set_hash({name: (Path(folder) / IMAGES / f"{name}.png").read_bytes() for name in names})
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path} is damaged; create the study again") from error
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read: {error.strerror}; copy the folder again") from error
    if found != expected:
        raise DataError(f"{Path(folder) / IMAGES}: the images are not those of the study; copy the folder again")
    return settings
