"""The key of a study: which image is real. It stays with whoever runs the study."""

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.files import write_file
from medgan_tf.files.json_files import parse_json
from medgan_tf.files.result_files import json_text

FORMAT_VERSION = 1
Truth = Literal["real", "synthetic"]
TRUTHS: tuple[Truth, ...] = ("real", "synthetic")
IMAGE_ID = r"^[a-z2-7]{12}$"
_LARGEST_FILE = 64 * 2**20

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class KeyImage(_Part):
    """One image of the set.

    Attributes:
        image: Its random name in the page.
        truth: real or synthetic.
        combination: Its positive labels, joined by "|".
        origin: Its pseudonym in the dataset it comes from, or its file name in a folder of PNG files.
        repeat_of: The image that this one shows again, or None.
    """

    image: Annotated[str, Field(pattern=IMAGE_ID)]
    truth: Truth
    combination: str
    origin: str
    repeat_of: str | None = None


class Origin(_Part):
    """A set that images come from: its name, fold, and the SHA-256 of its manifest or of its images."""

    name: str
    fold: str
    sha256: Sha256


class Key(_Part):
    """The content of a key file.

    Attributes:
        study: Identifier of the study, the same in page and answers.
        set_sha256: Hash of the names and contents of all image files of the page.
        nonce: Random, so that the key's hash, which is in the page, cannot be matched by trying all possible keys.
        images: The images, in the order of their names.
    """

    format_version: Literal[1] = FORMAT_VERSION
    study: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,100}$")]
    set_sha256: Sha256
    nonce: Annotated[str, Field(pattern=r"^[0-9a-f]{32,}$")]
    seed: int
    real: Origin
    synthetic: Origin
    images: Annotated[list[KeyImage], Field(min_length=2)]
    medgan_tf_version: str = medgan_tf.__version__

    @model_validator(mode="after")
    def _consistent(self) -> "Key":
        names = {image.image: image for image in self.images}
        if len(names) != len(self.images):
            raise ValueError("an image is listed twice")
        for image in self.images:
            if image.repeat_of is not None:
                first = names.get(image.repeat_of)
                if first is None or first.repeat_of is not None or first.truth != image.truth:
                    raise ValueError(f"{image.image} repeats {image.repeat_of}, which is not such an image of the set")
        return self

    def to_json(self) -> bytes:
        """The bytes of the key file."""
        return (json_text(self.model_dump(mode="json", exclude_none=True), indent=1) + "\n").encode()

    @property
    def truth(self) -> dict[str, str]:
        """Image to real or synthetic."""
        return {image.image: image.truth for image in self.images}

    @property
    def repeats(self) -> dict[str, str]:
        """Second showing to first showing."""
        return {image.image: image.repeat_of for image in self.images if image.repeat_of is not None}


class KeyFile:
    """A key and the hash of its file.

    Attributes:
        path: The file.
        key: Its content.
        sha256: SHA-256 of the file; page and answers carry it.
    """

    def __init__(self, path: str | Path):
        """Reads a key. Raises `DataError` saying what is wrong with it."""
        self.path = Path(path)
        try:
            data = self._bytes()
            self.sha256 = hashlib.sha256(data).hexdigest()
            self.key = Key.model_validate(_object(data))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            reason = first["msg"].removeprefix("Value error, ")
            raise DataError(f"{self.path} is not a key: {where + ': ' if where else ''}{reason}") from error
        except (ValueError, RecursionError) as error:
            raise DataError(f"{self.path} is not a key: expected JSON as `reader-study create` writes it") from error

    def _bytes(self) -> bytes:
        if not self.path.is_file():
            raise DataError(f"no key in {self.path}; `medgan-tf reader-study create` writes it, --key names another")
        if self.path.stat().st_size > _LARGEST_FILE:
            raise DataError(f"{self.path} is larger than {_LARGEST_FILE >> 20} MB, so it is not a key")
        return self.path.read_bytes()


def _object(data: bytes) -> dict[str, Any]:
    values = parse_json(data)
    if not isinstance(values, dict):
        raise ValueError("not an object")
    return values


def write_key(key: Key, path: str | Path) -> str:
    """Writes a key, readable by its owner only; returns the SHA-256 of the file. Raises `DataError` if it cannot."""
    data = key.to_json()
    write_file(path, data, mode=0o600)
    return hashlib.sha256(data).hexdigest()
