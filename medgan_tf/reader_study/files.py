"""Files that are written whole or not at all."""

import contextlib
import os
from pathlib import Path

from medgan_tf.errors import DataError


def write_file(path: str | Path, data: bytes, mode: int = 0o666) -> None:
    """Writes a file under a temporary name in its folder, which is made if it is missing, and moves it into place.

    Args:
        path: The file; an older one is replaced.
        data: Its content.
        mode: Its permissions, less the user's mask.

    Raises:
        DataError: It cannot be written; names it.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise DataError(f"cannot write {path}: {error.strerror}") from error
