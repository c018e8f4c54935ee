"""The switch of TensorFlow's oneDNN kernels: on unless the user said otherwise, and in time."""

import os
import subprocess
import sys

import pytest

CODE = """
import os, sys
from medgan_tf.startup import use_onednn
if sys.argv[1] == "late":
    sys.modules["tensorflow"] = sys
use_onednn()
print(os.environ.get("TF_ENABLE_ONEDNN_OPTS"))
"""


@pytest.mark.parametrize(
    ("value", "when", "expected"),
    [(None, "early", "1"), ("0", "early", "0"), ("1", "early", "1"), (None, "late", "None")],
)
def test_the_environment_decides_before_the_default(value, when, expected):
    environment = {name: text for name, text in os.environ.items() if name != "TF_ENABLE_ONEDNN_OPTS"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    if value is not None:
        environment["TF_ENABLE_ONEDNN_OPTS"] = value
    found = subprocess.run(
        [sys.executable, "-c", CODE, when], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == expected
