"""A few images read as `prepare` will read them: can they be, and how large are they?"""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from medgan_tf.data.reading.pool import UnreadableFile, read_files
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import parse_json

LOOKED_AT = 12


@dataclass(frozen=True)
class ImageTrial:
    """What a few images showed.

    Attributes:
        sizes: Height and width of those that could be read, pixels.
        reasons: Why the others could not be. These name files: for the owner's terminal only.
    """

    sizes: tuple[tuple[int, int], ...]
    reasons: tuple[str, ...]

    @property
    def side(self) -> int | None:
        """The median of the shorter sides, pixels; None where no image could be read."""
        return int(statistics.median_low([min(size) for size in self.sizes])) if self.sizes else None


@dataclass(frozen=True)
class SizeTask:
    """Height and width of an image of a source, as JSON."""

    source: Source

    def __call__(self, path: str) -> bytes:
        return json.dumps(self.source.read_image(path).shape[:2]).encode()


def try_images(source: Source, paths: Sequence[str], most: int = LOOKED_AT) -> ImageTrial:
    """Reads a few images, spread over all.

    Args:
        source: Reads them.
        paths: All images.
        most: How many are read.
    """
    step = max(1, len(paths) // most)
    chosen = list(paths[::step][:most])
    if source.reads_in_processes:
        answers = list(read_files(SizeTask(source), chosen, 1))
    else:
        answers = [_read_here(source, path) for path in chosen]
    reasons = tuple(answer.reason for answer in answers if isinstance(answer, UnreadableFile))
    return ImageTrial(
        tuple(tuple(parse_json(answer)) for answer in answers if not isinstance(answer, UnreadableFile)), reasons
    )


def _read_here(source: Source, path: str) -> bytes | UnreadableFile:
    try:
        return SizeTask(source)(path)
    except DataError as error:
        return UnreadableFile(str(error))
