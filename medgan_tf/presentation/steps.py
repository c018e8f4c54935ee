"""Progress of work that consists of single steps of several kinds."""

from collections.abc import Callable

from medgan_tf.presentation.progress import Progress


class Steps:
    """Turns single steps into progress reports: all steps so far, of unknown number, with a note.

    Args:
        progress: Receives the reports.
    """

    def __init__(self, progress: Progress):
        self.progress = progress
        self.done = 0

    def __call__(self, note: str) -> None:
        """Reports one more step. `note` describes the step that begins now."""
        self.done += 1
        self.progress(self.done, None, note)

    def counted(self, what: str) -> Callable[[int, int], None]:
        """The same reports for functions that call it with the numbers of finished and of all images."""
        return lambda done, total: self(f"{what}: {done:,} of {total:,} images")
