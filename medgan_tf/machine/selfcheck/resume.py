"""Part `resume`: a training that is killed and goes on ends with the bits of one that was left alone."""

import functools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.config.run_folders import run_folder
from medgan_tf.errors import RunError
from medgan_tf.files.json_files import parse_json
from medgan_tf.machine.loop_benchmark import noise_dataset
from medgan_tf.machine.selfcheck.cases import FAILED, Case, Outcome, judged
from medgan_tf.machine.selfcheck.tiny_training import SIDE, TICK, TICKS, experiment_of
from medgan_tf.training.checkpoints import Checkpoints

IMAGES = 64
_CHECKPOINT = 2 * TICK
"""Images at the last checkpoint before the death."""


@dataclass(frozen=True)
class Ended:
    """How a training ended: its exit code, what it printed, and the last line of its errors."""

    code: int
    output: str
    error: str


Start = Callable[[Sequence[str]], Ended]
"""Starts `tiny_training` with these arguments and waits for its end."""


def start(arguments: Sequence[str]) -> Ended:
    """Trains in a process of its own."""
    program = [sys.executable, "-m", "medgan_tf.machine.selfcheck.tiny_training"]
    done = subprocess.run([*program, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines()
    return Ended(done.returncode, done.stdout, lines[-1][:300] if lines else "")


def cases() -> list[Case]:
    """Equal bits are demanded on a CPU; on a GPU they are reported, with TensorFlow's op determinism."""
    demanded = not tf.config.list_physical_devices("GPU")
    # This process would take the memory that the trainings need.
    tf.config.set_visible_devices([], "GPU")
    return [Case("killed and resumed", demanded, functools.partial(compared, demanded))]


def compared(
    demanded: bool,
    architecture: str = "cpd",
    begin: Start = start,
) -> Outcome:
    """Trains once unbroken, once with a death by SIGKILL and a second start, and compares the last checkpoints.

    Args:
        demanded: Whether other bits fail the check. A training that does not go on at all fails it in any case.
        architecture: Registered GAN.
        begin: See `Start`.

    Raises:
        RunError: A training failed.
    """
    with tempfile.TemporaryDirectory(prefix="medgan-selfcheck-") as name:
        folder = Path(name)
        noise_dataset(folder / "dataset", SIDE, IMAGES)
        _whole(begin([name, "unbroken", architecture, "0"]))
        killed = begin([name, "killed", architecture, "1"])
        if killed.code >= 0:
            raise RunError(f"the training that was to die by SIGKILL ended with code {killed.code}: {killed.error}")
        told = _whole(begin([name, "killed", architecture, "0"]))
        if told["resumed_from"] != _CHECKPOINT:
            text = f"the second start went on from image {told['resumed_from']}, not from {_CHECKPOINT}"
            return Outcome(FAILED, text, {"resumed_from": told["resumed_from"]})
        ends = [_weights(folder, one, architecture) for one in ("unbroken", "killed")]
    return _compared_ends(demanded, *ends)


def _whole(ended: Ended) -> dict:
    """What a training printed that came to its end."""
    if ended.code:
        raise RunError(f"a training ended with code {ended.code}: {ended.error}")
    try:
        return parse_json(ended.output.strip().splitlines()[-1])
    except (ValueError, IndexError) as error:
        raise RunError(f"a training printed no result: {ended.output[-200:]!r}") from error


def _weights(folder: Path, name: str, architecture: str) -> dict[str, np.ndarray]:
    """All variables of the last checkpoint: both networks, the average, the optimizers, the counter."""
    checkpoints = Checkpoints(run_folder(experiment_of(folder, name, architecture)).checkpoints, 1).list()
    if not checkpoints or not checkpoints[-1].name.endswith(f"{TICKS * TICK:011d}"):
        raise RunError(f"the training {name!r} left no checkpoint of its end")
    reader = tf.train.load_checkpoint(str(checkpoints[-1] / "state"))
    names = [one for one in reader.get_variable_to_shape_map() if "OBJECT_GRAPH" not in one]
    return {one: reader.get_tensor(one) for one in names}


def _compared_ends(demanded: bool, unbroken: dict[str, np.ndarray], killed: dict[str, np.ndarray]) -> Outcome:
    if unbroken.keys() != killed.keys():
        return Outcome(FAILED, "the checkpoints hold other variables")
    other = sorted(name for name in unbroken if unbroken[name].tobytes() != killed[name].tobytes())
    text = "equal bits" if not other else f"{len(other)} of {len(unbroken)} variables differ"
    values = {"variables": len(unbroken), "different": len(other), "resumed_from": _CHECKPOINT}
    return judged(demanded, not other, text, values)
