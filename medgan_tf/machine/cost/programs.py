"""Programs of the cost measurement: each measures one thing in its own process and prints JSON.

Call: ``python -m medgan_tf.machine.cost.programs step RESOLUTION LABELS``, or ``network RESOLUTION``.
"""

import sys
import time

import numpy as np
import tensorflow as tf

from medgan_tf.classification.network import build_backbone
from medgan_tf.features.preparation import grey_to_channels
from medgan_tf.files.result_files import json_text
from medgan_tf.machine.step_benchmark import measure_step

_STEPS, _CHANNELS, _BATCH = 5, 64, 32
_NETWORK_BATCH, _NETWORK_SECONDS = 64, 5.0


def step(resolution: int, labels: int) -> dict[str, float]:
    """Images/s of training steps."""
    found = measure_step("cpd", _CHANNELS, _BATCH, resolution, "float32", label_count=labels, steps=_STEPS)
    return {"images_per_second": found.images_per_second, "first_step_seconds": found.first_step_seconds}


def network(resolution: int) -> dict[str, float]:
    """Images/s of DenseNet-121 without its last layer."""
    model = build_backbone(resolution)
    images = np.zeros((_NETWORK_BATCH, resolution, resolution, 1), np.float32)
    call = tf.function(lambda grey: model(grey_to_channels(grey, 3), training=False), autograph=False)
    started = time.perf_counter()
    call(images)
    first, begun, count = time.perf_counter() - started, time.perf_counter(), 0
    while not count or time.perf_counter() - begun < _NETWORK_SECONDS:
        call(images).numpy()
        count += 1
    return {
        "images_per_second": count * _NETWORK_BATCH / (time.perf_counter() - begun),
        "first_step_seconds": first,
    }


def main(arguments: list[str]) -> None:
    """Runs one program."""
    name, *numbers = arguments
    sys.stdout.write(json_text({"step": step, "network": network}[name](*map(int, numbers))) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
