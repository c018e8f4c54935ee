"""What the bits of a private training depend on, beside its state and its secret draws.

Equal fingerprints on deterministic devices mean equal bits, so that a draw may be repeated at no cost. A difference
that changes nothing costs some budget. One that goes unnoticed would show the noise. So this leans to one side.
"""

import hashlib
import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import medgan_tf
from medgan_tf.cores import usable_cores
from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.checkpoints import training_variables
from medgan_tf.training.devices.precision import processor_flags

_PREFIXES = ("TF_", "XLA_", "OMP_", "KMP_", "GOMP_", "MKL_", "DNNL_", "ONEDNN_", "CUDA_", "NVIDIA_", "KERAS_", "LD_")
# These say what is printed.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL", "TF_CPP_MAX_VLOG_LEVEL", "TF_CPP_VMODULE"}


def fingerprint(
    settings: dict[str, Any], mechanism: dict[str, Any], gan: ConditionalGan, fold: FoldArrays, units: np.ndarray
) -> dict[str, str]:
    """What the bits of a training depend on, by name, each as a text.

    Args:
        settings: The settings that decide the trained networks, by dotted key.
        mechanism: The numbers of the private step.
        gan: The GAN before any training: its weights may come from elsewhere.
        fold: The training images and label vectors.
        units: str [N], the unit of each image.
    """
    threads = (
        tf.config.threading.get_intra_op_parallelism_threads,
        tf.config.threading.get_inter_op_parallelism_threads,
    )
    environment = {name: text for name, text in os.environ.items() if name.startswith(_PREFIXES) and name not in _QUIET}
    return {
        "the settings": _digest(str(sorted(settings.items())).encode()),
        "the private step": _digest(str(sorted(mechanism.items())).encode()),
        "the images, labels or patients": _digest(fold.images, fold.labels, np.asarray(units).astype("U").tobytes()),
        "the first weights": state_digest(gan),
        "this package": source_digest(),
        "libraries": _libraries(),
        "devices": "; ".join(_devices()),
        "the processor": f"{platform.machine()} {_processor()} {_digest(' '.join(sorted(processor_flags())).encode())}",
        "cores and threads": f"{usable_cores()} of {os.cpu_count()}, {[ask() for ask in threads]}",
        "replicas": str(gan.distribute_strategy.num_replicas_in_sync),
        "precision": gan.precision,
        "environment variables": _digest(str(sorted(environment.items())).encode()),
    }


def deterministic() -> bool:
    """Whether equal steps give equal bits here: without a GPU, or where TensorFlow was asked for it."""
    if not tf.config.list_logical_devices("GPU"):
        return True
    return bool(tf.config.experimental.is_op_determinism_enabled())


def state_digest(gan: ConditionalGan) -> str:
    """SHA-256 of everything that changes during training."""
    variables = [variable for part in training_variables(gan).values() for variable in part]
    return _digest(*(tf.convert_to_tensor(variable).numpy() for variable in variables))


def source_digest() -> str:
    """SHA-256 over the names and contents of this package's source files."""
    root = Path(medgan_tf.__file__).parent
    files = sorted(root.rglob("*.py"))
    return _digest(*(part for file in files for part in (str(file.relative_to(root)).encode(), file.read_bytes())))


def _digest(*parts: bytes | np.ndarray) -> str:
    digest = hashlib.sha256()
    for part in parts:
        view = memoryview(np.ascontiguousarray(part)).cast("B") if isinstance(part, np.ndarray) and part.size else part
        size = view.nbytes if isinstance(view, memoryview) else len(bytes(view))
        digest.update(size.to_bytes(8, "big"))
        digest.update(view)
    return digest.hexdigest()


def _libraries() -> str:
    names = ("tensorflow", "keras", "numpy", "ml_dtypes")
    found = [f"{name} {version(name)}" for name in names]
    built = {name: str(value) for name, value in tf.sysconfig.get_build_info().items()}
    return (
        f"python {platform.python_version()}, {', '.join(found)}, build {_digest(str(sorted(built.items())).encode())}"
    )


def _devices() -> Iterable[str]:
    for device in tf.config.list_logical_devices():
        yield device.name
    for device in tf.config.list_physical_devices("GPU"):
        yield str(sorted(tf.config.experimental.get_device_details(device).items()))


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
