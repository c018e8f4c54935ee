"""Settings to make before TensorFlow is imported: fewer notes on the terminal, oneDNN on. Does not import it."""

import contextlib
import faulthandler
import importlib.machinery
import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any

_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_ONEDNN = "TF_ENABLE_ONEDNN_OPTS"


def use_onednn() -> None:
    """Lets convolutions on a CPU run in oneDNN: 1.5 times as fast in training on a CPU without AVX-512.

    TensorFlow switches it on by itself only where it finds AVX-512 VNNI or later. Takes effect when TensorFlow is
    imported later; a value that the environment already has stays. Sums are rounded in another order with it, so
    results are equal between two machines only if both use it or both do not.
    """
    if "tensorflow" not in sys.modules:
        os.environ.setdefault(_ONEDNN, "1")


def quiet_tensorflow() -> None:
    """Hides what TensorFlow says about CPUs, GPUs and its own code; its errors arrive as exceptions anyway.

    Takes effect when TensorFlow is imported later. Does nothing when the environment has TF_CPP_MIN_LOG_LEVEL:
    ``TF_CPP_MIN_LOG_LEVEL=0`` shows everything.
    """
    if _LOG_LEVEL in os.environ or "tensorflow" in sys.modules:
        return
    os.environ[_LOG_LEVEL] = "3"
    for library in ("tensorflow", "keras", r"google\.protobuf", "absl"):
        warnings.filterwarnings("ignore", module=library)
    sys.meta_path.insert(0, _QuietFinder())


class _QuietFinder:
    """Finds TensorFlow like everyone else, but loads it with standard error held back.

    TensorFlow 2.21 writes its first lines (oneDNN, "Could not find cuda drivers") before it reads its own log level.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: _load_quietly(load, module)
        return spec


def _load_quietly(load: Any, module: ModuleType) -> None:
    with _held_back_errors():
        load(module)
    # Their own level is INFO or WARNING: retracing, "Assets written to", strategy notes.
    for logger in ("absl", "tensorflow"):
        logging.getLogger(logger).setLevel(logging.ERROR)


@contextlib.contextmanager
def _held_back_errors() -> Iterator[None]:
    """Catches file descriptor 2, which C++ writes to as well. Shows it only if the block fails."""
    try:
        terminal = os.dup(2)
    except OSError:  # a process without standard error has nothing to keep quiet
        yield
        return
    watch = not faulthandler.is_enabled()
    with tempfile.TemporaryFile() as held, os.fdopen(terminal, "wb", closefd=True) as shown:
        os.dup2(held.fileno(), 2)
        if watch:
            # TensorFlow aborts on processors it was not built for; then at least the place is shown.
            faulthandler.enable(shown)
        try:
            yield
        except Exception:
            held.seek(0)
            shown.write(held.read())
            raise
        finally:
            if watch:
                faulthandler.disable()
            shown.flush()
            os.dup2(shown.fileno(), 2)
