"""A reader study of version 0.1: its key, its answers, and a page with images that need not be those of the key."""

import csv
import hashlib
import io
import json
from pathlib import Path

import numpy as np

from medgan_tf.evidence.readers.study.page_folder import encode_blinded, set_hash, write_page

FOLDER = Path(__file__).parents[2] / "golden" / "version_0_1" / "runs" / "small" / "cpd-seed1" / "reader_study"
KEY = FOLDER / "key.json"
READER = "R01"
_READERS = (READER, "R02")


def answers(reader: str) -> bytes:
    """All answers of a reader, as the page exports them."""
    return (FOLDER / "answers" / f"{reader}.csv").read_bytes()


def images() -> list[str]:
    """Names of the images."""
    return [image["image"] for image in json.loads(KEY.read_bytes())["images"]]


def write(page: Path) -> None:
    """Writes the folder for the readers."""
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    files = {name: encode_blinded(pixels + number) for number, name in enumerate(images())}
    orders = {reader: [row["image"] for row in _rows(reader)] for reader in _READERS}
    settings = {
        "format_version": 1,
        "study": json.loads(KEY.read_bytes())["study"],
        "key_sha256": hashlib.sha256(KEY.read_bytes()).hexdigest(),
        "set_sha256": set_hash(files),
        "title": "Real or synthetic?",
        "instructions": ["Look."],
        "confidence": True,
        "smooth": True,
        "images": list(files),
        "orders": orders,
    }
    write_page(page, files, settings)


def _rows(reader: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answers(reader).decode())))
