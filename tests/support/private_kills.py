"""A private training that dies by SIGKILL: private_kills.py FOLDER [STEP PLACE]...

The dataset is FOLDER/dataset. Each pair is a death, at the call of a few steps that begins with step STEP, `before` or
`after` it. The last start is left alone. Then what it made is moved to FOLDER/ended, and the training begins once more
from its first step, with the same key, and nobody kills it. Prints the return codes as JSON. The steps are real ones of
the smallest networks. Each start is a fork, so that TensorFlow is imported once.
"""

import json
import os
import shutil
import signal
import sys
import traceback
from pathlib import Path

from private_shapes import private_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.training import loop, multi_step


def killed_experiment(folder: Path):
    gan = {"architecture": "dcgan", "max_channels": 8}
    return private_experiment(folder, gan=gan, steps_per_call=2, sample_ticks=9)


def die_at(step: int, place: str) -> None:
    original = multi_step.MultiStepFunction.__call__

    def watched(self, iterator):
        now = int(self.gan.images_seen.numpy()) // 8 == step
        if now and place == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(self, iterator)
        if now:
            self.gan.images_seen.numpy()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    multi_step.MultiStepFunction.__call__ = watched


def start(folder: Path, *death: str) -> int:
    """One start in a process of its own; returns its return code."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:
        loop.export_generator = lambda *_: None
        if death:
            die_at(int(death[0]), death[1])
        loop.train(killed_experiment(folder), DatasetFolder(folder / "dataset"))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    root, words = Path(sys.argv[1]), sys.argv[2:]
    codes = [start(root, *pair) for pair in zip(words[::2], words[1::2], strict=True)]
    codes.append(start(root))
    run = run_folder(killed_experiment(root))
    shutil.copytree(run.path, root / "ended")
    shutil.rmtree(run.checkpoints)
    codes.append(start(root))
    sys.stdout.write(json.dumps(codes))
