"""A pool of processes that draw phantoms."""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager

import cv2

from medgan_tf.errors import RunError


@contextmanager
def worker_pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """So many processes, each with one thread of OpenCV. An error within the block drops the work that is left.

    Raises:
        RunError: A process was killed, such as by a system that is out of memory.
    """
    context = multiprocessing.get_context("spawn")  # a forked copy of a process that runs TensorFlow may hang
    with ProcessPoolExecutor(workers, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        try:
            yield pool
        except BrokenProcessPool:
            raise RunError(
                f"one of the processes ({workers}) that draw phantoms was killed, perhaps because memory ran out; use "
                "fewer cores, or close other programs, and repeat the command"
            ) from None
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
