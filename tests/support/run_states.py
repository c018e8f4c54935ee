"""What a run left behind: the arrays of its newest checkpoint, and the lines it logged."""

import contextlib
import logging

import numpy as np
import tensorflow as tf


def final_state(folder) -> dict[str, np.ndarray]:
    """Every array of the newest checkpoint."""
    newest = sorted(folder.checkpoints.glob("images-*"))[-1]
    reader = tf.train.load_checkpoint(str(newest / "state"))
    return {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in name}


@contextlib.contextmanager
def shown():
    """The lines that the package logs."""
    lines, handler, logger = [], logging.Handler(), logging.getLogger("medgan_tf")
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)


def assert_equal_states(first, second):
    assert first.keys() == second.keys()
    for name, array in first.items():
        np.testing.assert_array_equal(array, second[name], err_msg=name)
