"""The package's log as a file in a run folder, and the form of its lines."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from medgan_tf.files.places import hide_places
from medgan_tf.files.plain_text import visible, visible_lines


class LogLine(logging.Formatter):
    """One line for each record: what a message takes from other people's files cannot move a cursor or forge a line.

    A traceback has several lines and stands below its message.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:
        record.message = visible(self.shown(record.message))
        return super().formatMessage(record)

    def formatException(self, ei) -> str:
        return visible_lines(self.shown(super().formatException(ei)))

    def shown(self, text: str) -> str:
        """What is shown of a message or a traceback, before its control characters are written out."""
        return text


class _RunLine(LogLine):
    """A line with date, time and level, without the folders of this machine."""

    def __init__(self, run: Path):
        super().__init__("%(asctime)s %(levelname)s %(message)s")
        self.run = run

    def shown(self, text: str) -> str:
        return hide_places(text, self.run)


@contextlib.contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Appends every line that the package logs while the block runs to a file, with date, time and level.

    Lines of level INFO and above are logged, whatever level was set before. Folders of this machine are left out, see
    `hide_places`, because the file may be given away. Raises `OSError` when the file cannot be opened.
    """
    handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setFormatter(_RunLine(path.parent))
    logger = logging.getLogger("medgan_tf")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()
