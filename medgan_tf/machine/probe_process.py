"""Measurements in a process of their own, whose peak memory is theirs alone; imports TensorFlow only there."""

import importlib
import multiprocessing
import os
from typing import Any

from medgan_tf.errors import MedganError, RunError
from medgan_tf.startup import quiet_tensorflow

_SWITCH = "TF_CPP_MIN_LOG_LEVEL"


def in_own_process(module: str, function: str, *arguments: Any) -> Any:
    """Calls a function of this package in a new process and returns its result.

    Args:
        module: Dotted name of its module.
        function: Its name.
        arguments: Plain values.

    Raises:
        MedganError: The function raised it.
        RunError: The process ended without a result, as when memory runs out.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_call_and_send, args=(module, function, arguments, sender))
    process.start()
    sender.close()
    try:
        result = receiver.recv()
    except EOFError:
        process.join()
        raise RunError(
            f"the measuring process ended without a result (code {process.exitcode}), as when memory runs out; lower "
            "the batch or the channels"
        ) from None
    process.join()
    if isinstance(result, MedganError):
        raise result
    return result


def _call_and_send(module: str, function: str, arguments: tuple, sender) -> None:
    # The parent's own quiet start is inherited as a variable, which alone does not reach the first lines.
    if os.environ.get(_SWITCH) == "3":
        del os.environ[_SWITCH]
    quiet_tensorflow()
    try:
        sender.send(getattr(importlib.import_module(module), function)(*arguments))
    except MedganError as error:
        sender.send(error)
