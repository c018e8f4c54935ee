"""Files that are written whole or not at all."""

import os
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.files.atomic import atomic_path


def write_file(path: str | Path, data: bytes, mode: int = 0o666) -> None:
    """Writes a file, and its folder if that is missing, with the given permissions.

    Args:
        path: The file; an older one is replaced.
        data: Its content.
        mode: Its permissions, less the user's mask.

    Raises:
        DataError: It cannot be written; names it.
    """
    path = Path(path)
    try:
        with (
            atomic_path(path, shared=True) as partial,
            os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream,
        ):
            stream.write(data)
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}") from error
