"""Processes that draw phantoms: one that is killed ends in one line, and other errors come through."""

import os

import pytest

from medgan_tf.errors import RunError
from medgan_tf.phantom.processes import worker_pool


def test_a_killed_process_is_one_line():
    with pytest.raises(RunError, match="that draw phantoms was killed, perhaps because") as error:
        with worker_pool(1) as pool:
            list(pool.map(os._exit, [1]))
    assert "\n" not in str(error.value) and error.value.__suppress_context__


def test_other_errors_come_through():
    with pytest.raises(ZeroDivisionError), worker_pool(1):
        raise ZeroDivisionError
