"""Blocks that could not be made: a page says so in their place, and everything else stays."""

import logging
from dataclasses import dataclass
from html import escape

log = logging.getLogger(__name__)

_LONGEST = 200


@dataclass(frozen=True)
class Failed:
    """A block that could not be made.

    Attributes:
        what: Name of the block.
        reason: The error, in one line.
    """

    what: str
    reason: str

    @property
    def sentence(self) -> str:
        """What failed and why."""
        return f"{self.what} could not be made ({self.reason})."

    @property
    def text(self) -> str:
        """The block as HTML."""
        advice = "Most often a result file is damaged, of another version or was edited by hand: make it again."
        return f'<p class="failed">{escape(self.sentence)} {advice}</p>'


def failed(what: str, error: Exception) -> Failed:
    """The block in place of one whose making raised an error; a line in the log says so too."""
    found = Failed(" ".join(what.split())[:_LONGEST] or "A part", one_line(error))
    log.warning(found.sentence)
    return found


def one_line(error: Exception) -> str:
    """Kind and message of an error in one line of at most 200 characters."""
    words = " ".join(f"{type(error).__name__}: {error}".split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
