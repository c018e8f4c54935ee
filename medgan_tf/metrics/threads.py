"""Work in threads, for functions of NumPy that let others run meanwhile: sorting, products of matrices, ufuncs."""

import functools
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

from medgan_tf.cores import usable_cores

T = TypeVar("T")


@functools.cache
def _controller() -> ThreadpoolController:
    # To look through the libraries that are loaded takes longer than a small product of matrices.
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """While it lasts, products of matrices run in the thread that asks for them.

    Small products take longer in several threads than in one, as each waits for the others.
    """
    return _controller().limit(limits=1, user_api="blas")


def mapped_in_threads(task: Callable[[Any], T], items: Iterable[Any]) -> list[T]:
    """Results of `task` over `items`, in order, from one thread for each core.

    Args:
        task: Called with an item; must not change what other calls read.
        items: The items.
    """
    items = list(items)
    count = min(usable_cores(), len(items))
    with one_blas_thread():
        if count <= 1:
            return [task(item) for item in items]
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(task, items))
