"""Images lie below data.root, wherever the table that lists them was made.

A table is data of others: with "..", an absolute path or a link, its rows could take any picture of this machine into
the dataset.
"""

import functools
import os
from collections.abc import Sequence
from pathlib import Path

from medgan_tf.errors import DataError

_ADVICE = "move the files there or, if you trust the table, set data.options.outside_root to true"


def check_places(paths: Sequence[str], root: str | Path, source: str | Path, sample: int = 20) -> None:
    """Refuses a table with paths that leave `root`, and one whose first `sample` files are links that do.

    Other links are looked at by `refuse_outside`, when the file is read: to follow all would take minutes.

    Raises:
        DataError: Names the table, the number of such images and the first.
    """
    top = _as_prefix(os.path.abspath(root))
    outside = [path for path in paths if not _as_prefix(os.path.abspath(path)).startswith(top)]
    if outside:
        raise DataError(
            f"{source}: {len(outside):,} of {len(paths):,} images lie outside data.root, e.g. {outside[0]}; {_ADVICE}"
        )
    linked = [path for path in paths[:sample] if not is_inside(path, root)]
    if linked:
        raise DataError(f"{source}: {linked[0]} is a link that leads out of data.root; {_ADVICE}")


def refuse_outside(path: str, root: str | Path) -> None:
    """Raises `DataError` for a file that, after all links, does not lie below `root`."""
    if not is_inside(path, root):
        raise DataError(f"{path}: lies outside data.root; {_ADVICE}")


def is_inside(path: str, root: str | Path) -> bool:
    try:
        return _as_prefix(os.path.realpath(path)).startswith(_real_prefix(root))
    except ValueError:  # a zero byte; opening it says so
        return True


@functools.lru_cache(maxsize=16)
def _real_prefix(root: str | Path) -> str:
    return _as_prefix(os.path.realpath(root))


def _as_prefix(path: str) -> str:
    return os.path.join(os.path.normcase(path), "")
