"""The interface through which jobs over many images report how far they are."""

from typing import Protocol


class Progress(Protocol):
    """Receives reports of a job; `console.progress_line.ProgressLine` shows them with the remaining time."""

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """`done` of `total` images are finished. Called for every image, so it must be cheap."""

    def note(self, text: str) -> None:
        """One line for the owner of the data. It may name source files, so it must not go into logs or datasets."""


class Silent:
    """Shows nothing."""

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """Ignored."""

    def note(self, text: str) -> None:
        """Ignored."""
