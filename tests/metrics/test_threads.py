"""Work in threads: the order of the results, one thread for products of matrices, and errors."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from medgan_tf.metrics import threads
from medgan_tf.metrics.threads import mapped_in_threads, one_blas_thread


@pytest.mark.parametrize("cores", [1, 3])
def test_results_come_in_the_order_of_the_items(monkeypatch, cores):
    monkeypatch.setattr(threads, "usable_cores", lambda: cores)
    first = threading.Event()

    def task(item):
        # With several threads the first item is the last to be done.
        if item == 0 and cores > 1:
            assert first.wait(10)
        first.set()
        return item * item

    assert mapped_in_threads(task, range(5)) == [0, 1, 4, 9, 16]
    assert mapped_in_threads(task, []) == []


def test_an_error_of_a_task_is_raised(monkeypatch):
    monkeypatch.setattr(threads, "usable_cores", lambda: 2)
    with pytest.raises(ZeroDivisionError):
        mapped_in_threads(lambda item: 1 // item, [1, 0])


def test_products_of_matrices_take_one_thread_meanwhile():
    np.ones((2, 2)) @ np.ones((2, 2))

    def counts():
        return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]

    before = counts()
    with one_blas_thread():
        assert set(counts()) == {1}
    assert counts() == before
