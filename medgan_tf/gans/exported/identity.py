"""The identity of a generator that is stored as weights, computed without TensorFlow."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from medgan_tf.files.result_files import json_text


def network_sha256(architecture: Mapping[str, Any], described: Any, arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over network, weights and a description: what decides the images.

    Two exports of one generator have the same, whatever the order of their files' content.

    Args:
        architecture: Name and options, as `Architecture.as_json` gives them.
        described: JSON values that decide the images too, as `GeneratorCard.deciding` gives them.
        arrays: float32 weights by name.
    """
    lines = [json_text([architecture, described], sort_keys=True)]
    for name, array in sorted(arrays.items()):
        values = hashlib.sha256(array.astype("<f4", copy=False).tobytes()).hexdigest()
        lines.append(f"{name} {list(array.shape)} {values}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
