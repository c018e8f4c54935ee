"""Labels that a JSON file lists as vectors or as numbers of classes, in the order of the real images' labels."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.data.tables.cells import shown, shown_names
from medgan_tf.errors import DataError


def check_names(found: Sequence[str] | None, names: Sequence[str], path: object, where: str) -> tuple[str, ...]:
    """The names of a file's labels, which must hold those of the real images in any order.

    Args:
        found: The names; None where the file has none.
        names: The labels of the real images.
        path: The file, for messages.
        where: How names are written in the file, e.g. `"label_names": ["A", "B"]`.

    Raises:
        DataError: There are none, or a real label is not among them.
    """
    if found is None:
        raise DataError(
            f"{path}: does not say which label each place of its vectors is; add {where} in their order, or put the "
            "fold.json of the generator's training set beside the images as trained_on.json"
        )
    missing = [name for name in names if name not in found]
    if missing:
        raise DataError(
            f"{path}: no label {shown(missing[0])}; found: {shown_names(found)}; the real images have "
            f"{shown_names(names)}"
        )
    return tuple(found)


class Vectors:
    """Turns the labels of a file into those of the real images.

    Args:
        found: The names of the file's labels, in their order.
        names: The labels of the real images, all among `found`.
    """

    def __init__(self, found: Sequence[str], names: Sequence[str]):
        self._count = len(found)
        self._places = [found.index(name) for name in names]

    def labels(self, value: Any, what: str) -> tuple[int, ...]:
        """0 or 1 for each of the `names`.

        Args:
            value: A list of 0 and 1, or the number of the one label that is positive, from 0.
            what: File and image, for messages.

        Raises:
            DataError: It is neither.
        """
        if isinstance(value, int) and not isinstance(value, bool):
            if not 0 <= value < self._count:
                raise DataError(f"{what}: expected a label from 0 to {self._count - 1}. Received: {value}")
            return tuple(int(place == value) for place in self._places)
        if not isinstance(value, list) or len(value) != self._count or any(one not in (0, 1) for one in value):
            raise DataError(f"{what}: expected {self._count} labels, each 0 or 1. Received: {shown(value)}")
        return tuple(int(value[place]) for place in self._places)
