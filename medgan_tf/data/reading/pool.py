"""Reading many files at once in reader processes, which are watched: a file costs at most itself, never the run."""

import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

from medgan_tf.data.image_files.limits import MAX_PIXELS
from medgan_tf.data.images import NEEDS_MEMORY
from medgan_tf.data.reading.frames import DATA, FAILED, ORDER, UNREADABLE, read_frame, write_frame
from medgan_tf.data.reading.limits import TOO_MUCH_MEMORY, Limits
from medgan_tf.data.reading.orders import to_text
from medgan_tf.errors import DataError

CHUNK, CHUNKS_IN_FLIGHT = 16, 4
_SECONDS_ALONE = 0.2
"""A second process is started only for work that keeps the first one busy for so long."""
_SECONDS_BETWEEN_LOOKS = 0.1
_SECONDS_TO_START = 300.0

# A program of its own, instead of a copy of this process (which may hold TensorFlow) or of its main script (which may
# import it). The modules of the task are looked for where this process finds them.
PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from medgan_tf.data.reading.process import serve; serve()"
)

Task = Callable[[str], bytes]
"""What is done with the file of a path; `orders` says what it may hold. Raises `DataError` that names a file that it
cannot read. Its method `start`, if it has one, is called once in every process."""


@dataclass(frozen=True)
class UnreadableFile:
    """A file that could not be read. `reason` names it: for the owner's terminal only."""

    reason: str


Answer = bytes | UnreadableFile


def read_files(
    task: Task, paths: Iterable[str], workers: int, limits: Limits | None = None, chunk: int = CHUNK
) -> Iterator[Answer]:
    """What a task makes of every file, in the order of `paths`.

    Args:
        task: Done with each file.
        paths: The files; at most 4 chunks per worker are asked for ahead.
        workers: Largest number of reader processes; one is started first, the others if there is work for them.
        limits: Memory and time. A file that breaks one, or that twice ends its process, is unreadable.
        chunk: Files sent to a process at once.

    Raises:
        DataError: A reader process cannot start.
    """
    pending = iter(paths)
    chunks = iter(lambda: list(itertools.islice(pending, chunk)), [])
    pool = ReaderPool(task, workers, limits or Limits())
    try:
        running = deque(pool.submit(one) for one in itertools.islice(chunks, CHUNKS_IN_FLIGHT * workers))
        while running:
            yield from running.popleft().result()
            running.extend(pool.submit(one) for one in itertools.islice(chunks, 1))
    finally:
        pool.close()


class ReaderPool:
    """Reader processes with a thread of this process for each, and one more thread that watches them."""

    def __init__(self, task: Task, workers: int, limits: Limits):
        try:
            self._order = to_text((task, limits)).encode()
        except TypeError as error:
            raise DataError(f"images cannot be read in another process: {error}") from error
        self._workers = max(1, workers)
        self._limits = limits
        self._jobs: queue.SimpleQueue = queue.SimpleQueue()
        self._readers: list[_Reader] = []
        self._threads: list[threading.Thread] = []
        self._closing = threading.Event()

    def submit(self, paths: list[str]) -> Future:
        """Queues files; the future holds a list of answers."""
        future: Future = Future()
        self._jobs.put((paths, future))
        if not self._threads:
            self._add_reader()
            self._start(self._watch)
        return future

    def close(self) -> None:
        """Ends all processes, also those that are reading."""
        self._closing.set()
        for reader in self._readers:
            self._jobs.put(None)
            reader.end()
        for thread in self._threads:
            thread.join()
        for reader in self._readers:
            reader.close()

    def _add_reader(self) -> None:
        reader = _Reader(self._order, self._limits, self._closing)
        self._readers.append(reader)
        self._start(self._serve, reader)

    def _start(self, target: Callable, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, name="reader", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _serve(self, reader: "_Reader") -> None:
        while (job := self._jobs.get()) is not None and not self._closing.is_set():
            paths, future = job
            try:
                future.set_result(reader.read(paths))
            except BaseException as error:
                future.set_exception(error)

    def _watch(self) -> None:
        alone, before = 0.0, time.monotonic()
        while not self._closing.wait(_SECONDS_BETWEEN_LOOKS):
            now = time.monotonic()
            # At most a second, because this whole process may have been stopped in between.
            passed, before = min(now - before, 1.0), now
            for reader in self._readers:
                reader.pass_time(passed)
            if len(self._readers) < self._workers and not self._jobs.empty():
                alone += passed if self._readers[0].ready else 0.0
                while alone >= _SECONDS_ALONE and len(self._readers) < self._workers:
                    self._add_reader()


class _Died(Exception):
    """The process ended before it answered; the argument says how, or is None when the file took too long."""


class _Reader:
    """One reader process, started when it is needed and again after it died."""

    def __init__(self, order: bytes, limits: Limits, closing: threading.Event):
        self._order = order
        self._limits = limits
        self._closing = closing
        self._process: subprocess.Popen | None = None
        self._lock = threading.Lock()
        self._most, self._waited, self._late = 0.0, 0.0, False
        self.ready = False

    def read(self, paths: list[str]) -> list[Answer]:
        """Answers for files, in order. A file at which the process dies is tried once more in a new one."""
        answers: list[Answer] = []
        tried = -1
        while len(answers) < len(paths):
            first = len(answers)
            try:
                self._ask(paths[first:])
                for _ in paths[first:]:
                    answers.append(self._answer())
            except _Died as died:
                if self._closing.is_set():
                    raise
                path, how = paths[len(answers)], died.args[0]
                if how is None:
                    seconds = f"{self._limits.seconds:g} s (data.seconds_per_file)"
                    answers.append(UnreadableFile(f"{path}: took longer than {seconds} to read; is the file damaged?"))
                elif how == "":
                    answers.append(UnreadableFile(f"{path}: {NEEDS_MEMORY}"))
                elif tried == len(answers):
                    answers.append(UnreadableFile(f"{path}: the process that read it died ({how}); is it damaged?"))
                else:
                    # It may have been another program that took the memory, so a good file gets a second chance.
                    tried = len(answers)
        return answers

    def pass_time(self, seconds: float) -> None:
        """Counts the time that the process takes for its file, and ends it when that is too long."""
        with self._lock:
            self._waited += seconds
            if self._most and self._waited > self._most and self._process is not None:
                self._late = True
                self._process.kill()

    def end(self) -> None:
        """Ends the process, whatever it does."""
        if self._process is not None:
            self._process.kill()

    def close(self) -> None:
        """Ends the process and lets go of it; for a reader that is not reading."""
        if self._process is not None:
            self.end()
            self._discard()

    def _ask(self, paths: list[str]) -> None:
        if self._process is None:
            self._start()
        try:
            write_frame(self._process.stdin, ORDER, json.dumps(paths).encode())
        except OSError as error:
            self._raise_died(error)

    def _answer(self) -> Answer:
        kind, content = self._receive(self._limits.seconds)
        if kind == DATA:
            return content
        if kind == UNREADABLE:
            return UnreadableFile(content.decode(errors="replace"))
        raise DataError(f"a reader process sent {kind!r}")

    def _receive(self, seconds: float) -> tuple[bytes, bytes]:
        with self._lock:
            self._waited, self._most, self._late = 0.0, seconds, False
        try:
            return read_frame(self._process.stdout)
        except (EOFError, OSError) as error:
            self._raise_died(error)
        finally:
            self._most = 0.0

    def _start(self) -> None:
        threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-P", "-X", f"utf8={sys.flags.utf8_mode}", "-c", PROGRAM]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **threads, "OPENCV_IO_MAX_IMAGE_PIXELS": str(MAX_PIXELS)},
        )
        if self._closing.is_set():
            self._process.kill()
        try:
            self._process.stdin.write(json.dumps(sys.path).encode() + b"\n")
            write_frame(self._process.stdin, ORDER, self._order)
            kind, content = self._receive(_SECONDS_TO_START)
        except (OSError, _Died) as error:
            how = error.args[0] if isinstance(error, _Died) else error
            raise DataError(f"a reader process could not start ({how or 'it took too long'})") from error
        if kind == FAILED:
            self._discard()
            raise DataError(f"a reader process could not start ({content.decode(errors='replace')})")
        self.ready = True

    def _raise_died(self, error: Exception) -> None:
        self.end()
        code = self._discard()
        if self._late:
            raise _Died(None) from error
        if code == TOO_MUCH_MEMORY:
            raise _Died("") from error
        raise _Died(_ending(code)) from error

    def _discard(self) -> int:
        process, self._process = self._process, None
        code = process.wait()
        process.stdout.close()
        try:
            process.stdin.close()
        except OSError:  # what was not sent cannot be sent any more
            pass
        return code


def _ending(code: int) -> str:
    """An exit code in words."""
    try:
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"
    except ValueError:
        return f"signal {-code}"
