"""Part `versions`: what machine this is, in words that name neither a user nor a host."""

import platform
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import tensorflow as tf

from medgan_tf.machine.cost.this_machine import described
from medgan_tf.machine.selfcheck.cases import PASSED, Case, Outcome
from medgan_tf.training.devices.memory import GIB

_BUILD = ("cuda_version", "cudnn_version", "is_cuda_build", "is_rocm_build")
_SECONDS = 10


def cases() -> list[Case]:
    """One case, which every machine can answer."""
    return [Case("this machine", True, _this_machine)]


def _this_machine() -> Outcome:
    build = tf.sysconfig.get_build_info()
    values = described() | {
        "tensorflow_build": {name: build[name] for name in _BUILD if name in build},
        "gpus": gpus(),
        "driver": driver(),
        "tf32": bool(tf.config.experimental.tensor_float_32_execution_enabled()),
    }
    names = [gpu["name"] for gpu in values["gpus"]]
    text = f"{values['cpu']}, {values['cores']} cores; " + (", ".join(names) if names else "no GPU")
    return Outcome(PASSED, text, values)


def gpus() -> list[dict[str, Any]]:
    """Name, compute capability and memory of each GPU that TensorFlow sees.

    `memory_gib` is what the driver says, else None.
    """
    found = []
    told = _nvidia_smi("memory.total")
    for number, gpu in enumerate(tf.config.list_physical_devices("GPU")):
        details = tf.config.experimental.get_device_details(gpu)
        memory = told[number] if number < len(told) else ""
        found.append(
            {
                "name": str(details.get("device_name", gpu.name)),
                "compute_capability": list(details.get("compute_capability", ())),
                "memory_gib": round(int(memory) * 2**20 / GIB, 1) if memory.isdecimal() else None,
            }
        )
    return found


def driver() -> str | None:
    """Version of the NVIDIA driver, as its own program or Linux tells it; None where there is none."""
    told = _nvidia_smi("driver_version")
    if told:
        return told[0]
    try:
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    numbers = re.findall(r"\d+\.\d+(?:\.\d+)?", text)
    return numbers[0] if numbers else None


def _nvidia_smi(value: str) -> list[str]:
    """One value of each GPU; empty where the program is missing or does not answer."""
    program = shutil.which("nvidia-smi")
    if program is None or platform.system() not in ("Linux", "Windows"):
        return []
    words = [program, f"--query-gpu={value}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError, ValueError):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()]
