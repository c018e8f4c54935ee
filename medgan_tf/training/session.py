"""One training run from inside: networks, resume, phases and their ticks, export."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.pipeline import training_batches
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.schedule import Phase
from medgan_tf.registry import GANS
from medgan_tf.training import record
from medgan_tf.training.callbacks import watchdog
from medgan_tf.training.callbacks.interruption import Interruption
from medgan_tf.training.checkpoints import Checkpoints, Restored
from medgan_tf.training.devices.precision import warn_if_slow, working_precision
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.export import export_generator, generator_card
from medgan_tf.training.host_calls import HostCalls
from medgan_tf.training.periodic_work import PeriodicWork, make_work

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingResult:
    """What a run did.

    Attributes:
        folder: The run folder.
        images_seen: Real images shown in all.
        resumed_from: Images seen at the checkpoint it went on from, or None.
        values: The last tick's metrics; empty if there was nothing left to do.
    """

    folder: RunFolder
    images_seen: int
    resumed_from: int | None
    values: dict[str, float]


@dataclass
class Session:
    """A run in this process: what `train` has checked and opened.

    Attributes:
        experiment, dataset, fold: What is trained on what.
        phases: The whole run's, in order.
        folder: The run folder; only the chief among the workers writes there.
        strategy, workers: Devices and processes.
        checkpoints: The run's.
    """

    experiment: Experiment
    dataset: DatasetFolder
    fold: FoldArrays
    phases: list[Phase]
    folder: RunFolder
    strategy: tf.distribute.Strategy
    workers: Workers
    checkpoints: Checkpoints

    def train(self) -> TrainingResult:
        """Does what is left of the run, and exports the generator. For errors see `run.train`."""
        gan = make_gan(self.experiment, self.dataset, self.fold.labels, self.strategy)
        restored = self.checkpoints.restore_latest(gan)
        self.workers.check_equal(restored.images_seen if restored else -1, "the images they have seen")
        interruption = Interruption()
        work = make_work(self, gan, interruption)
        self._begin(gan, work, restored)
        calls = HostCalls(gan, self.experiment.training.steps_per_call)
        with interruption:
            while True:
                try:
                    self._train_phases(gan, work, calls)
                    break
                except watchdog.Trouble as trouble:
                    watchdog.answer(trouble, self, work)
        images_seen = int(gan.images_seen.numpy())
        if self.workers.chief:
            self._export(gan, images_seen, work)
        self.workers.wait()
        return TrainingResult(self.folder, images_seen, restored.images_seen if restored else None, work.tick.values)

    def _begin(self, gan: ConditionalGan, work: PeriodicWork, restored: Restored | None) -> None:
        """Takes up what the checkpoint says, and says what is going to be trained."""
        training = self.experiment.training
        if restored is not None:
            work.save.restore(restored.extra)
            log.info(f"resuming at {restored.images_seen:,} images")
        if self.workers.chief:
            # A run may also have been killed before its first checkpoint.
            record.drop_metrics_after(self.folder.metrics, restored.images_seen if restored else 0)
            watchdog.write_events(self.folder, work.answers.events)
            if restored is None and training.watchdog.policy == "rollback":
                work.save.save()
        self.workers.wait()
        side, replicas = self.dataset.resolution, self.strategy.num_replicas_in_sync
        log.info(
            f"training {self.experiment.gan.architecture} at {side}x{side} on {len(self.fold.images):,} images with "
            f"{len(self.dataset.label_names)} labels, {replicas} replica{'s' if replicas > 1 else ''}, "
            f"{gan.precision}"
        )
        warn_if_slow(gan.precision)

    def _train_phases(self, gan: ConditionalGan, work: PeriodicWork, calls: HostCalls) -> None:
        """All that is left of all phases."""
        training = self.experiment.training
        for phase in self.phases:
            images_seen = int(gan.images_seen.numpy())
            if work.finished or (images_seen >= phase.end and phase is not self.phases[-1]):
                continue
            gan.learning_rate_factor = work.answers.rate_factor
            gan.enter_phase(phase, begins=images_seen == phase.start)
            if len(self.phases) > 1 and images_seen < phase.end:
                log.info(_announcement(phase))
            for steps, ticks in tick_plan(images_seen, phase, training.images_per_tick):
                batches = training_batches(
                    self.fold.images,
                    self.fold.labels,
                    batch=phase.images_per_step,
                    seed=self.experiment.seed,
                    start=int(gan.images_seen.numpy()),
                    replicas=self.strategy.num_replicas_in_sync,
                    group=self.experiment.gan.mbstd_group_size * phase.n_critic,
                )
                calls.prepare(steps)
                gan.fit(
                    batches, epochs=ticks, steps_per_epoch=steps, callbacks=work.callbacks, shuffle=False, verbose=0
                )
                if work.finished:
                    break

    def _export(self, gan: ConditionalGan, images_seen: int, work: PeriodicWork) -> None:
        if work.tick.values or not self.folder.generator.exists():
            best = work.fid.take_best() if work.fid else None
            card = generator_card(self.experiment, self.dataset, best.images_seen if best else images_seen)
            export_generator(gan, self.folder.generator, card)
            which = f", the best by FID, at {best.images_seen:,} images" if best else ""
            log.info(f"generator saved in {self.folder.generator}{which}")
        else:
            log.info(f"nothing to do: {images_seen:,} images are done and the generator is in {self.folder.generator}")


def make_gan(experiment: Experiment, dataset: DatasetFolder, labels: np.ndarray, strategy) -> ConditionalGan:
    """The GAN of a resolved experiment, ready for `fit`, with weights drawn from the experiment's seed."""
    with strategy.scope():
        keras.utils.set_random_seed(experiment.seed)
        gan = GANS.get(experiment.gan.architecture)(
            experiment.gan,
            resolution=dataset.resolution,
            label_count=len(dataset.label_names),
            precision=working_precision(experiment.training.precision),
        )
        gan.prepare_training(experiment.training, experiment.seed, labels)
    return gan


def tick_plan(images_seen: int, phase: Phase, images_per_tick: int) -> Iterator[tuple[int, int]]:
    """What is left of a phase as (steps per tick, ticks): the rest of a tick that was begun, whole ticks, a shorter
    one."""
    per_step = phase.images_per_step
    per_tick = steps_per_tick(images_per_tick, per_step)
    step, total = (images_seen - phase.start) // per_step, (phase.end - phase.start) // per_step
    while step < total:
        steps = min(per_tick - step % per_tick, total - step)
        ticks = max(1, (total - step) // per_tick) if steps == per_tick else 1
        yield steps, ticks
        step += steps * ticks


def steps_per_tick(images_per_tick: int, images_per_step: int) -> int:
    """Steps of one whole tick: `images_per_tick` rounded to whole steps."""
    return max(1, round(images_per_tick / images_per_step))


def _announcement(phase: Phase) -> str:
    what = "fades in" if phase.fading else "stabilises"
    return f"{phase.resolution}x{phase.resolution} {what} until {phase.end:,} images, batch {phase.batch}"
