"""Which callbacks a run has, in which order, and whose state its checkpoints keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras
import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.callbacks import periodic
from medgan_tf.training.callbacks.fid_measure import make_fid_stop
from medgan_tf.training.callbacks.fid_stop import FidStop
from medgan_tf.training.callbacks.interruption import Interruption, LeaveWhenAsked
from medgan_tf.training.callbacks.profile import Profile
from medgan_tf.training.callbacks.sample_grid import sample_rows
from medgan_tf.training.callbacks.watchdog import Answers, Diversity, Watchdog
from medgan_tf.training.checkpoints import Remembering

if TYPE_CHECKING:
    from medgan_tf.training.session import Session


@dataclass
class PeriodicWork:
    """The callbacks of a run and what they share.

    Attributes:
        callbacks: For `fit`, in their order.
        tick: The last tick's measurements.
        save: Saves the state, and gives saved state back to the parts.
        answers: What the watchdog has done.
        fid: Computes FID while training; None when that was not asked for.
    """

    callbacks: list[keras.callbacks.Callback]
    tick: periodic.Tick
    save: periodic.SaveCheckpoint
    answers: Answers
    fid: FidStop | None = None

    @property
    def finished(self) -> bool:
        """Whether a part says, by its attribute `finished`, that the run ends before its last image."""
        return any(getattr(part, "finished", False) for part in self.save.remembering.values())


def make_work(session: Session, gan: ConditionalGan, interruption: Interruption) -> PeriodicWork:
    """The callbacks of a run. Workers other than the chief measure and decide, but write nothing."""
    training, folder, workers = session.experiment.training, session.folder, session.workers
    tick, answers, total = periodic.Tick(training.images_per_tick), Answers([]), session.phases[-1].end
    limits, chief = training.watchdog, workers.chief
    measured = Diversity(gan, session.fold) if chief and limits.diversity_floor is not None else None
    metrics = periodic.TickMetrics(gan, tick, total)
    fid = make_fid_stop(session, gan, tick)
    remembering: dict[str, Remembering] = {"tick": metrics, "watchdog": answers, **({"fid": fid} if fid else {})}
    save = periodic.SaveCheckpoint(gan, tick, session.checkpoints, training.checkpoint_ticks, remembering, writes=chief)
    called = [metrics, Watchdog(gan, tick, limits, answers, measured, workers), *([fid] if fid else [])]
    if chief:
        writer = tf.summary.create_file_writer(str(folder.tensorboard)) if training.tensorboard else None
        rows = sample_rows(session.dataset, session.fold, training.sample_rows, training.sample_columns)
        called.append(periodic.StatusLine(tick, total, folder.metrics))
        # Before the pictures: what cannot be made again comes first.
        called += [save, periodic.SampleGrid(gan, tick, folder, training.sample_ticks, rows, writer)]
        if writer is not None:
            called.append(periodic.TensorBoardScalars(tick, writer))
        if training.profile_steps is not None:
            called.append(Profile(folder.tensorboard, training.profile_steps))
    else:
        called.append(save)
    return PeriodicWork([*called, LeaveWhenAsked(interruption, gan, save, workers)], tick, save, answers, fid)
