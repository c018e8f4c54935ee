"""Element-wise parts of a training step as compiled pieces, where they pay.

TensorFlow's own kernels read and write whole tensors for each operation. XLA makes one loop of several. It does not pay
everywhere: convolutions are faster in oneDNN, a GPU has fast kernels already, and each piece is compiled once for each
shape, which takes a tenth of a CPU second and more. In float32 a step with pieces takes 1.01 to 1.02 times as long as
without. So pieces are compiled within `compiled_pieces` only (training steps, never an export), on a CPU, for tensors
of at least `SMALLEST` values, and where one of these has numbers of at most `WIDEST` bytes. Elsewhere the same function
runs as plain operations.
"""

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator

import tensorflow as tf

SMALLEST = 2**19
"""Values of a piece's largest tensor from which it is compiled: 32 images of 16 x 16 pixels and 64 channels."""

WIDEST = 2
"""Bytes of a number up to which a piece is compiled: bfloat16 and float16."""

_inside = contextvars.ContextVar("compiled_pieces", default=False)


@contextlib.contextmanager
def compiled_pieces(wanted: bool = True) -> Iterator[None]:
    """Within it pieces are compiled where they pay."""
    token = _inside.set(wanted)
    try:
        yield
    finally:
        _inside.reset(token)


def in_training_step() -> bool:
    """Whether this is within `compiled_pieces`."""
    return _inside.get()


def piece(function: Callable) -> Callable:
    """A function of tensors, and of plain numbers by name, that is compiled where it pays.

    The function is differentiable as often as its operations are.
    """
    compiled = tf.function(function, jit_compile=True, autograph=False)

    @functools.wraps(function)
    def chosen(*tensors, **numbers):
        return (compiled if pays(tensors) else function)(*tensors, **numbers)

    return chosen


def pays(tensors) -> bool:
    """Whether a piece on these tensors is compiled here."""
    if not _inside.get() or tf.config.list_logical_devices("GPU"):
        return False
    narrow = any(tensor.dtype.size <= WIDEST for tensor in tensors)
    return narrow and max(tensor.shape.num_elements() or 0 for tensor in tensors) >= SMALLEST
