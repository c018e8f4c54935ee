"""The one form of images from elsewhere: where their pixels lie, their labels, and what else is said of each.

Every format of `formats/` makes a `Listing`. From it the import makes a synthetic dataset folder like that of our own
generators, and nothing after it asks for the format.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from medgan_tf.synthesis.external.pixels import ImageSource, read_pixels, stream_pixels


@dataclass(frozen=True)
class ListedImage:
    """One image from elsewhere.

    Attributes:
        source: The place of its pixels.
        labels: 0 or 1 for each of the listing's `names`.
        fold: The fold that it was made for; None where nothing says so.
        sex: F, M, O, or None where it is not known.
        age: Whole years, 90 for all above 89; None where it is not known.
        view: PA, AP, lateral, frontal or another word; None where it is not known.
        row: Its place in its fold, from 0, where the folder says so; else the import finds an order by content.
    """

    source: ImageSource
    labels: tuple[int, ...]
    fold: Literal["train", "valid"] | None = None
    sex: str | None = None
    age: int | None = None
    view: str | None = None
    row: int | None = None


@dataclass(frozen=True)
class Listing:
    """All images of a folder from elsewhere. Their order, and that of the labels, says nothing.

    Attributes:
        names: The labels, in the order of `ListedImage.labels`. There may be others than those of the real images.
        images: The images.
        named_hash: The hash of `medgan-tf export-folds` that the folder itself names as what its generator was trained
            on; None where it names none.
        others: Columns of its table that nobody reads.
    """

    names: tuple[str, ...]
    images: Sequence[ListedImage]
    named_hash: str | None = None
    others: tuple[str, ...] = ()

    def read(self, number: int) -> np.ndarray:
        """The pixels of one image, uint8 [H, W], read in this process. Raises `DataError` that names the file."""
        return read_pixels(self.images[number].source)

    def stream(self, numbers: Sequence[int], workers: int = 0) -> Iterator[np.ndarray]:
        """The pixels of some images in that order, uint8 [H, W] each, read in processes with limits on memory and time.

        A few images are held at a time. Raises `DataError` for the first image that cannot be read.
        """
        return stream_pixels([self.images[number].source for number in numbers], workers)
