"""The 8 symmetries of the square and the inversion of grey: what may have happened to a set of images."""

from dataclasses import dataclass

import numpy as np

_WORDS = {
    (0, False): "",
    (1, False): "turned by 90 degrees to the left",
    (2, False): "turned by 180 degrees",
    (3, False): "turned by 90 degrees to the right",
    (0, True): "mirrored left to right",
    (1, True): "with rows and columns exchanged",
    (2, True): "upside down (mirrored top to bottom)",
    (3, True): "mirrored along the other diagonal",
}


@dataclass(frozen=True)
class Symmetry:
    """One of 16 changes of square images.

    Attributes:
        turns: Quarter turns to the left after the mirroring, 0..3.
        mirrored: Whether left and right change places.
        inverted: Whether black and white change places.
    """

    turns: int = 0
    mirrored: bool = False
    inverted: bool = False

    @property
    def words(self) -> str:
        """In words, e.g. "turned by 180 degrees and inverted in grey"; "unchanged" for the identity."""
        place, grey = _WORDS[self.turns, self.mirrored], "inverted in grey (black and white exchanged)"
        return f"{place} and {grey}" if place and self.inverted else place or (grey if self.inverted else "unchanged")

    @property
    def inverse(self) -> "Symmetry":
        """What undoes it."""
        return self if self.mirrored else Symmetry(-self.turns % 4, False, self.inverted)

    def moved(self, images: np.ndarray) -> np.ndarray:
        """[..., R, R] with each pixel at its new place, grey as it was."""
        images = images[..., ::-1] if self.mirrored else images
        return np.rot90(images, self.turns, axes=(-2, -1))

    def of_pattern(self, pattern: np.ndarray) -> np.ndarray:
        """A pattern [R, R] around 0: moved, and with the other sign where grey is inverted."""
        return -self.moved(pattern) if self.inverted else self.moved(pattern)

    def of_images(self, images: np.ndarray) -> np.ndarray:
        """uint8 images [..., R, R], changed."""
        return 255 - self.moved(images) if self.inverted else self.moved(images)

    def unchanged_part(self, pattern: np.ndarray) -> np.ndarray:
        """The part of a pattern [R, R] around 0 that stays as it is: the mean over all repetitions of the change."""
        parts, turned = [pattern], self.of_pattern(pattern)
        for _ in range(3):
            # The order of each of the 16 divides 4, so four steps are whole rounds.
            parts.append(turned)
            turned = self.of_pattern(turned)
        return np.mean(parts, axis=0)


IDENTITY = Symmetry()
OTHERS = tuple(
    Symmetry(turns, mirrored, inverted)
    for inverted in (False, True)
    for mirrored in (False, True)
    for turns in range(4)
    if turns or mirrored or inverted
)
