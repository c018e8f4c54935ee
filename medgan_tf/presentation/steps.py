"""Progress of work that consists of single steps of several kinds."""

from collections.abc import Callable

from medgan_tf.presentation.progress import Progress


class Steps:
    """Turns single steps into progress reports: all steps so far, of unknown number, with a note.

    Args:
        progress: Receives them.
    """

    def __init__(self, progress: Progress):
        self.progress = progress
        self.done = 0

    def __call__(self, note: str) -> None:
        """One step more; `note` says what is done now."""
        self.done += 1
        self.progress(self.done, None, note)

    def counted(self, what: str) -> Callable[[int, int], None]:
        """For functions that report finished and all images."""
        return lambda done, total: self(f"{what}: {done:,} of {total:,} images")
