"""DICOM files: their header, and their image in a window."""

import functools
import io
import random
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    RLELossless,
)

from fuzzing import dicom_files, raw_bytes, words
from fuzzing.dicom_elements import Element, join, split
from fuzzing.target import Given, Target
from medgan_tf.data.dicom.headers import KEYWORDS
from medgan_tf.data.dicom.image import read_dicom, read_header
from medgan_tf.data.dicom.modality import has_wrong_intercept
from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import DataError

_META_GROUP = 0x0002
_VARIANTS: dict[str, Callable] = {
    "own": read_dicom,
    "brain": lambda path: read_dicom(path, Window(center=40, width=80), mend_intercept=True),
    "frame": lambda path: read_dicom(path, frame=1),
}


class Dicom(Target):
    """Variants: `own`, in the file's own window; `brain`, as the source `rsna`; `frame`, the second of many frames."""

    name = "dicom"
    suffix = ".dcm"

    def seeds(self, folder: Path) -> list[Given]:
        """Files of each kind that is read."""
        files = dicom_files.single_frames()
        return [
            *(Given("own", data) for data in files),
            *(Given("brain", data) for data in (files[0], files[-1])),
            *(Given("frame", data) for data in dicom_files.several_frames()),
        ]

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Mostly damage to elements, which stay in the form of elements."""
        given = choice.choice(seeds)
        elements = _elements(given.data)
        if elements is None or choice.random() < 0.15:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        changed = [one.copy() for one in elements]
        for _ in range(choice.choice((1, 1, 2, 3))):
            _damage(changed, choice)
        return Given(given.variant, _deflated(changed) if choice.random() < 0.05 else join(changed))

    def parses(self, given: Given) -> bool:
        """Whether pydicom finds elements of an image before the pixels."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = pydicom.dcmread(
                    io.BytesIO(given.data), stop_before_pixels=True, specific_tags=["Rows", "PatientID"]
                )
                return len(found) > 0
        except Exception:
            return False

    def run(self, given: Given, folder: Path) -> str:
        """Reads header and image as the sources do."""
        path = folder / "image.dcm"
        path.write_bytes(given.data)
        said = []
        try:
            header = read_header(path, KEYWORDS)
            said.append(str(header.get("PatientID") or "").strip())
            said.append(str(has_wrong_intercept(header)))
        except DataError as error:
            said.append(str(error))
        image = _VARIANTS[given.variant](path)
        if image.dtype != np.uint8 or image.ndim != 2 or image.size == 0:
            raise AssertionError(f"an image of {image.dtype} {image.shape}")
        return "\n".join(said)


@functools.cache
def _elements(data: bytes) -> list[Element] | None:
    """The elements of a file, if it is in explicit little-endian form."""
    found = split(data)
    joined = {one.tag: one.value for one in found}
    syntax = joined.get((_META_GROUP, 0x0010), b"").rstrip(b"\0").decode("ascii", "replace")
    plain = syntax not in (ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
    return found if plain and join(found) == data else None


def _deflated(elements: list[Element]) -> bytes:
    """A file whose elements behind the first group are deflated (PS3.5 A.5)."""
    meta = [one for one in elements if one.tag[0] == _META_GROUP]
    for one in meta:
        if one.tag[1] == 0x0010:
            one.value = DeflatedExplicitVRLittleEndian.encode()
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    rest = join([one for one in elements if one.tag[0] != _META_GROUP], b"")
    return join(meta) + deflate.compress(rest) + deflate.flush()


_SYNTAXES = [
    *(ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian),
    *(JPEG2000Lossless, JPEGBaseline8Bit, RLELossless, "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80"),
    *(
        "1.2.840.10008.1.2.4.57",
        "1.2.840.10008.1.2.4.91",
        "1.2.840.10008.1.2.4.102",
        "1.2.840.10008.1.2.4.201",
        "1.2.3",
    ),
]
_TEXTS = [
    *(
        "0",
        "-1",
        "1e400",
        "nan",
        "inf",
        "1\\2",
        "\\",
        "",
        "MONOCHROME1",
        "MONOCHROME2",
        "RGB",
        "PALETTE COLOR",
        "YBR_FULL",
    ),
    *(
        "YBR_FULL_422",
        "ARGB",
        "CT",
        "SIGMOID",
        "LINEAR_EXACT",
        "INVERSE",
        "100000",
        "2147483648",
        "1.5.2",
        "ISO 2022 IR 87",
    ),
    *("0.0000000001", "1e-320", "\x00", "\x1b$B"),
]
_SHORTS = [0, 1, 2, 3, 7, 8, 12, 15, 16, 17, 31, 32, 64, 255, 4096, 32_767, 32_768, 65_535]
_VRS = [
    b"US",
    b"SS",
    b"DS",
    b"IS",
    b"SQ",
    b"OB",
    b"OW",
    b"UN",
    b"UT",
    b"AT",
    b"FL",
    b"FD",
    b"CS",
    b"ZZ",
    b"\0\0",
    b"PN",
    b"TM",
]


def _damage(elements: list[Element], choice: random.Random) -> None:
    place, how = choice.randrange(len(elements)), choice.randrange(16)
    one = elements[place]
    if how < 7:
        one.value = _value(one, choice)
    elif how == 7:
        one.vr = choice.choice(_VRS)
    elif how == 8:
        one.length = choice.choice([0, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, len(one.value) + 1, len(one.value) + 2])
    elif how == 9:
        del elements[place]
        elements or elements.append(one)
    elif how == 10:
        elements.insert(place, one.copy())
    elif how == 11:
        other = choice.randrange(len(elements))
        elements[place], elements[other] = elements[other], elements[place]
    elif how == 12:
        one.tag = choice.choice(
            [other.tag for other in elements] + [(0xFFFE, 0xE000), (0xFFFE, 0xE00D), (0x0028, 0x3010)]
        )
    elif how == 13:
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(one.value)) + one.value
        elements[place] = Element(one.tag, b"SQ", item * choice.choice((1, 1, 500)))
    elif how == 14:
        syntax = str(choice.choice(_SYNTAXES)).encode()
        for other in elements:
            if other.tag == (_META_GROUP, 0x0010):
                other.value = syntax + b"\0" * (len(syntax) % 2)
    else:
        one.value = raw_bytes.damaged(one.value, choice)


def _value(one: Element, choice: random.Random) -> bytes:
    """A value of the element's own kind."""
    if one.vr in (b"US", b"SS"):
        return struct.pack("<H", choice.choice(_SHORTS)) * choice.choice((1, 1, 1, 2, 3, 0))
    if one.vr in (b"OB", b"OW", b"SQ", b"UN"):
        return raw_bytes.damaged(one.value, choice, 6)
    text = choice.choice(_TEXTS) if choice.random() < 0.7 else words.text(choice)
    data = text.encode("utf-8", "replace")[:60_000]
    return data + b" " * (len(data) % 2)


TARGET = Dicom()
