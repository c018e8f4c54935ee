"""Trains to the end in spite of many deaths: interrupted_run.py FOLDER ARCHITECTURE KILLS SEED.

The dataset is FOLDER/dataset. Each start is a fork, so that TensorFlow is imported only once; it dies by SIGKILL at a
random moment of its own: before or after a step, in the middle of a checkpoint's or an export's write, or before or
after a renaming. The last start is left alone. Prints one JSON line per start: its moment, whether it had begun to
train, and its return code, -9 for a death by SIGKILL.
"""

import json
import os
import random
import shutil
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.training import multi_step
from medgan_tf.training.loop import train

# Resolution 16: 8x8 until 40 images, 16x16 fades in until 80, stabilises until 160.
OPTIONS = {
    "progressive": {"growth": {"start_resolution": 8, "images_per_phase": 40, "batch": [8], "learning_rate": [0.004]}},
    # Attention needs a multiple of eight channels.
    "biggan": {"max_channels": 8},
}
RATES = {"generator_learning_rate": 0.002, "discriminator_learning_rate": 0.002}


def killed_experiment(folder, architecture, name="killed"):
    """The experiment of both the killed and the unbroken run; the latter has another name."""
    gan = {"architecture": architecture, **OPTIONS.get(architecture, {})}
    # Two calls for each tick of five steps, so that there is something between them.
    return small_experiment(folder, name=name, gan=gan, steps_per_call=3, sample_ticks=3, **RATES)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60)


# What a start can die at, and how often it happens in a whole run.
PLACES = {
    "step": (multi_step.MultiStepFunction, "__call__", 8),
    "checkpoint": (tf.train.Checkpoint, "write", 4),
    "rename": (os, "replace", 24),
    "export": (tf.saved_model, "save", 1),
}


@dataclass(frozen=True)
class Moment:
    """Before, after or `within` the usual time of the `count`-th call at a place."""

    place: str
    when: str
    count: int
    delay: float

    @classmethod
    def draw(cls, choice: random.Random) -> "Moment":
        place = choice.choice(list(PLACES))
        when = choice.choice(
            ["before", "after", "within"] if place in ("checkpoint", "export") else ["before", "after"]
        )
        return cls(place, when, choice.randint(1, PLACES[place][2]), choice.uniform(0, 0.03))

    def arm(self) -> None:
        """Arranges this process's death."""
        owner, name, _ = PLACES[self.place]
        original, calls = getattr(owner, name), [0]

        def watched(*positional, **named):
            calls[0] += 1
            now = calls[0] == self.count
            if now and self.when == "before":
                die()
            if now and self.when == "within":
                threading.Timer(self.delay, die).start()
            result = original(*positional, **named)
            if now and self.when == "after":
                die()
            return result

        setattr(owner, name, watched)


def note_first_steps(path: Path) -> None:
    """Arranges that a file shows that this process has trained: it is made after the first call of a few steps."""
    original = multi_step.MultiStepFunction.__call__

    def watched(self, iterator):
        result = original(self, iterator)
        path.touch()
        return result

    multi_step.MultiStepFunction.__call__ = watched


def start(folder: Path, architecture: str, name: str, moment: Moment | None) -> dict:
    """One start in a process of its own; returns how it ended."""
    begun = folder / "begun"
    begun.unlink(missing_ok=True)
    process = os.fork()
    if process:
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        return {"moment": moment and vars(moment), "begun": begun.exists(), "returncode": code}
    try:
        note_first_steps(begun)
        if moment:
            moment.arm()
        train(killed_experiment(folder, architecture, name), DatasetFolder(folder / "dataset"))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    folder, architecture, kills, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    choice, killed = random.Random(seed), killed_experiment(folder, architecture)

    def note(result: dict) -> bool:
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
        return result["returncode"] == -signal.SIGKILL

    note(start(folder, architecture, "unbroken", None))
    while kills:
        if note(start(folder, architecture, "killed", Moment.draw(choice))):
            kills -= 1
        else:
            # Its moment never came, and the run is done (the test refuses any other end): another one.
            shutil.rmtree(run_folder(killed).path)
    note(start(folder, architecture, "killed", None))
