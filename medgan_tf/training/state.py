"""A run in this process as plain data: `loop.train` makes it, the callbacks read and share it."""

import logging
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.records.reader import DatasetFolder, FoldArrays
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.schedule import Phase
from medgan_tf.training.checkpoints import Checkpoints, Restored, first_line
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.private.session import PrivateSession
from medgan_tf.training.tracking.tracker import NoTracker, Tracker

log = logging.getLogger(__name__)


class Checkpointable(Protocol):
    """A part of a run whose own state is saved in each checkpoint beside the variables.

    Attributes:
        finished: Whether this part ends the run before its last image.
    """

    finished: bool

    def state(self) -> dict[str, Any]:
        """The state as a JSON object."""

    def restore(self, state: dict[str, Any]) -> None:
        """Takes back a state that `state` returned earlier."""


@dataclass
class Tick:
    """The results of the last tick: `TickMetrics` fills it, and the callbacks after it read it.

    Attributes:
        before, after: Images seen at its beginning and end.
        last: Whether the run ends with it.
        values: Means over the tick by metric name, and images_seen, images_per_second, seconds, memory_gib, ....
    """

    before: int = 0
    after: int = 0
    last: bool = False
    values: dict[str, float] = field(default_factory=dict)

    def is_due(self, period: int) -> bool:
        """Whether work that is done once in `period` images is due.

        It is due in the tick in which the images seen reach a multiple of the period. So a resumed run keeps the
        rhythm, and a period below one tick means every tick.
        """
        return self.after // period > self.before // period


@dataclass
class WatchdogState:
    """The actions of the watchdog in a run. Every checkpoint keeps them, see `Checkpointable`.

    Attributes:
        events: One for each time that training diverged: images_seen, cause and action.
        rate_factor: Factor on the learning rates, 1 / 2 ** rollbacks.
        diverse: Whether diversity has ever been clearly above its floor.
    """

    finished: ClassVar[bool] = False
    events: list[dict[str, Any]] = field(default_factory=list)
    rate_factor: float = 1.0
    diverse: bool = False

    def state(self) -> dict[str, Any]:
        """See `Checkpointable`."""
        return {"events": self.events, "rate_factor": self.rate_factor, "diverse": self.diverse}

    def restore(self, state: dict[str, Any]) -> None:
        """See `Checkpointable`."""
        events, factor, diverse = state["events"], state["rate_factor"], state["diverse"]
        if not isinstance(events, list) or not all(isinstance(event, dict) for event in events):
            raise ValueError(f"expected a list of events; received {events!r:.60}")
        if not isinstance(factor, int | float) or not 0 < factor <= 1 or not isinstance(diverse, bool):
            raise ValueError(
                f"expected a rate_factor and whether it was diverse; received {factor!r:.40}, {diverse!r:.40}"
            )
        self.events, self.rate_factor, self.diverse = list(events), float(factor), diverse


@dataclass
class RunState:
    """One training run.

    Attributes:
        experiment: The resolved experiment.
        dataset, fold: The dataset and the arrays of its train fold; its labels have the columns of `conditions` too.
        phases: All phases of the run, in order; one, if the GAN does not grow.
        folder: The run folder. Only the chief among the workers writes there.
        strategy, workers: Devices and processes.
        checkpoints: The checkpoints in the run folder.
        gan: The networks and optimizers, in training.
        conditions: The columns of the label vectors that follow the findings.
        private: The private part of a training with `privacy.dp`, else None.
        tick: The last tick.
        watchdog: The actions of the watchdog so far.
        checkpointed: The parts whose own state a checkpoint keeps, by the name it has there.
        tracker: What follows the run beside its own files; nothing in workers other than the chief.
    """

    experiment: Experiment
    dataset: DatasetFolder
    fold: FoldArrays
    phases: list[Phase]
    folder: RunFolder
    strategy: tf.distribute.Strategy
    workers: Workers
    checkpoints: Checkpoints
    gan: ConditionalGan
    conditions: Conditions = Conditions()
    private: PrivateSession | None = None
    tick: Tick = field(default_factory=Tick)
    watchdog: WatchdogState = field(default_factory=WatchdogState)
    checkpointed: dict[str, Checkpointable] = field(default_factory=dict)
    tracker: Tracker = field(default_factory=NoTracker)

    @property
    def images_seen(self) -> int:
        """Real images shown to the discriminator so far. Waits for the devices."""
        return int(self.gan.images_seen.numpy())

    @property
    def total(self) -> int:
        """Images seen at the end of the run, unless a part ends it earlier."""
        return self.phases[-1].end

    @property
    def finished(self) -> bool:
        """Whether a part has ended the run before its last image."""
        return any(part.finished for part in self.checkpointed.values())

    def extra(self) -> dict[str, Any]:
        """The state of all parts by name, for a checkpoint."""
        return {name: part.state() for name, part in self.checkpointed.items()}

    def restore(self, restored: Restored) -> Restored:
        """Gives each part the state that a checkpoint holds under its name.

        A part that the checkpoint does not know starts from the beginning. If a state is damaged, the checkpoint before
        is restored with its variables, and a warning says so.

        Args:
            restored: The checkpoint whose variables the GAN has.

        Returns:
            The checkpoint that was taken.

        Raises:
            RunError: No checkpoint can be read.
        """
        try:
            for name, part in self.checkpointed.items():
                if name in restored.extra:
                    part.restore(restored.extra[name])
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, tf.errors.OpError) as error:
            words = f"{type(error).__name__}: {first_line(error)}"
            log.warning(
                "checkpoint %s: the state of %s is damaged (%s); trying the one before", restored.path, name, words
            )
            return self.restore(self.checkpoints.restore_latest(self.gan, before=restored.path))
        return restored


@dataclass(frozen=True)
class TrainingResult:
    """The result of a run.

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
