"""The number format of the convolutions that suits this machine."""

import logging
from pathlib import Path

import tensorflow as tf

log = logging.getLogger(__name__)

# Intel since Cooper Lake and AMD since Zen 4; NVIDIA since Ampere.
CPU_FLAGS = frozenset({"avx512_bf16", "amx_bf16"})
_COMPUTE_CAPABILITY = (8, 0)


def processor_flags() -> frozenset[str]:
    """Instruction sets that Linux names for the first processor; empty where it names none."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return frozenset()
    return frozenset(next((line.split(":", 1)[1] for line in lines if line.startswith("flags")), "").split())


def computes_bfloat16() -> bool:
    """Whether every GPU, or without GPUs the processor, has bfloat16 in hardware.

    A device that does not report it counts as one without.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return bool(CPU_FLAGS & processor_flags())
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    return all(detail.get("compute_capability", (0, 0)) >= _COMPUTE_CAPABILITY for detail in details)


def working_precision(asked: str) -> str:
    """Keras dtype policy for `training.precision`.

    Args:
        asked: The setting: `float32`, `mixed_bfloat16`, or `auto`, which is `mixed_bfloat16` where
            `computes_bfloat16`, else `float32`.

    Returns:
        `float32` or `mixed_bfloat16`.
    """
    if asked != "auto":
        return asked
    return "mixed_bfloat16" if computes_bfloat16() else "float32"


def warn_if_slow(precision: str) -> None:
    """Logs a warning when this machine emulates a working precision."""
    if precision == "mixed_bfloat16" and not computes_bfloat16():
        log.warning(
            "this machine does not compute in bfloat16 itself: mixed_bfloat16 can be ten times slower than float32 "
            "here; --set training.precision=auto chooses the faster one"
        )
