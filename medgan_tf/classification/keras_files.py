"""Where Keras keeps the weights that it downloaded, and the file that the paper's classifier starts from."""

import os
from pathlib import Path

DENSENET_FILE = "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5"


def keras_file(name: str) -> Path:
    """The place of a weights file of Keras on this machine, whether or not it is there."""
    return Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser() / "models" / name
