"""Text of every language on every terminal, and names of files of every language, whatever the locale says."""

import os
import sys
from typing import TextIO

from medgan_tf.errors import ConfigError

_MODE = "PYTHONUTF8"


def use_utf8() -> None:
    """Starts the program again in Python's UTF-8 mode where the locale names another encoding (``LC_ALL=C``).

    Python could not open files there whose names have other letters than the locale's, and TensorFlow always takes
    names as UTF-8. The new program has the same process id, arguments and files. It does not come back from here.
    """
    if sys.getfilesystemencoding().lower() in ("utf-8", "utf8") or os.environ.get(_MODE) == "1":
        return
    os.environ[_MODE] = "1"
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def write_any_text() -> None:
    """Lets standard output and error show characters that their encoding lacks as ``\\xe9``, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        _lenient(stream)


def _lenient(stream: TextIO | None) -> None:
    # A program that uses ours may have put something else in their place.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def check_arguments(arguments: list[str]) -> None:
    """Raises `ConfigError` for an argument that is not UTF-8, e.g. the name of a file from an old disk."""
    for argument in arguments:
        try:
            argument.encode("utf-8")
        except UnicodeEncodeError:
            shown = argument.encode("utf-8", "backslashreplace").decode()
            raise ConfigError(f"expected names in UTF-8; received {shown}: rename the file or folder") from None
