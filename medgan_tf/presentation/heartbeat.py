"""Signs of life from jobs whose single steps take long."""

import threading
from typing import Any

from medgan_tf.presentation.progress import Progress


class Heartbeat:
    """Repeats the last progress report every few seconds, from a thread of its own, until it is left.

    Args:
        progress: Receives all reports.
        period: Seconds between two repetitions.

    Example:
        with Heartbeat(progress) as beating:
            evaluate(comparison, settings, classifier, progress=beating)
    """

    def __init__(self, progress: Progress, period: float = 2.0):
        self.progress = progress
        self.period = period
        self._last: tuple[int, int | None, str] | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __call__(self, done: int, total: int | None = None, note: str = "") -> None:
        """See `presentation.progress.Progress`."""
        with self._lock:
            self._last = (done, total, note)
            self.progress(done, total, note)

    def note(self, text: str) -> None:
        """See `presentation.progress.Progress`."""
        with self._lock:
            self.progress.note(text)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(self, *_: Any) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self.period):
            with self._lock:
                if self._last is not None:
                    self.progress(*self._last)
