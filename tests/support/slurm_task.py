"""The command `medgan-tf` as a task of `fake_slurm` runs it: slurm_task.py WORDS...

The file `plan.json` of the working folder says what happens to a task: {start: {number of the task: [[what, when]]}}.
["die", N]: SIGKILL within the N-th checkpoint, its variables written, but not yet in its place. ["signal", N]: SIGTERM
before the N-th call of a few steps. ["slow", seconds]: a checkpoint takes so much longer. When its training ends, a
task writes its own copy of the weights. The prepared dataset is taken as it is.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

import tensorflow as tf
from interrupted_run import Moment
from worker_run import keep_weights

from medgan_tf.console.group import main
from medgan_tf.data import prepare
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.training import multi_step


def before(owner, name: str, act) -> None:
    """Arranges that `act(number of the call)` comes before each call of a method."""
    original, calls = getattr(owner, name), [0]

    def watched(*positional, **named):
        calls[0] += 1
        act(calls[0])
        return original(*positional, **named)

    setattr(owner, name, watched)


def arm(what: str, when: float) -> None:
    if what == "die":
        Moment("checkpoint", "after", when, 0.0).arm()
    elif what == "slow":
        before(tf.train.Checkpoint, "write", lambda _: time.sleep(when))
    elif what == "signal":
        before(multi_step.MultiStepFunction, "__call__", lambda count: count == when and signal.raise_signal(15))
    else:
        raise ValueError(what)


if __name__ == "__main__":
    plan = json.loads(Path("plan.json").read_text())
    for what, when in plan.get(os.environ["SLURM_RESTART_COUNT"], {}).get(os.environ["SLURM_PROCID"], []):
        arm(what, when)
    keep_weights(Path())
    prepare.prepared_dataset = lambda experiment, progress: DatasetFolder(experiment.dataset_dir)
    main(sys.argv[1:])
