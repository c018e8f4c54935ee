"""Training ends when FID no longer improves, and the best generator is kept (paper S.3)."""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from medgan_tf.config.schema import FidConfig
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.files.json_files import json_lines
from medgan_tf.files.npz_files import read_arrays
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.state import Tick

log = logging.getLogger(__name__)

_NAME = "images-{:011d}.npz"
_FIELDS = ("images_seen", "fid", "seconds")
# Names in metrics.jsonl that differ from the fields'.
_RECORDED = {"seconds": "fid_seconds"}


@dataclass(frozen=True)
class Evaluation:
    """FID at one position of a run, and how long it took in seconds."""

    images_seen: int
    fid: float
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """The meaning of the evaluations so far.

    Attributes:
        best: The best one that counts, or None.
        without_best: Number of evaluations that count since the best one.
        stop: Whether training ends.
    """

    best: Evaluation | None
    without_best: int
    stop: bool


def judge(history: Sequence[Evaluation], minimum_images: int, patience: int) -> Verdict:
    """The paper's rule: from the minimum on, stop after `patience` evaluations in a row without a new best.

    Args:
        history: The evaluations, in order.
        minimum_images: Earlier evaluations are for the record only.
        patience: Evaluations without a new best before the end, at least 1.
    """
    counting = [one for one in history if one.images_seen >= minimum_images]
    finite = [number for number, one in enumerate(counting) if math.isfinite(one.fid)]
    if not finite:
        return Verdict(None, len(counting), len(counting) >= patience)
    best = min(finite, key=lambda number: counting[number].fid)
    without_best = len(counting) - 1 - best
    return Verdict(counting[best], without_best, without_best >= patience)


def paper_minimum(resolution: int) -> int:
    """Real images before FID may stop the paper's trainings (S.3): 7 M up to 64 pixels, 9 M above."""
    return 7_000_000 if resolution <= 64 else 9_000_000


def paper_maximum(resolution: int) -> int:
    """Upper limit of the paper's trainings, real images: 12 M at 32, 14 M at 64, 16 M at 128 pixels and above."""
    return {16: 12_000_000, 32: 12_000_000, 64: 14_000_000}.get(resolution, 16_000_000)


class FidStop(keras.callbacks.Callback):
    """Computes FID once in `every_images` real images, and ends the run by the paper's rule.

    Comes after `TickMetrics` and before what writes the tick's values or the checkpoint.

    Args:
        gan: The GAN in training.
        tick: The measured tick; gets `fid` and `fid_seconds` when it was computed.
        settings: Section `evaluation.fid`; `during_training` is `watch` or `stop`.
        minimum_images: Images seen from which on evaluations count. It must not be before the last phase, as the
            generator of that phase is exported.
        measure: Computes the FID of the averaged generator as it is now; None for a worker that leaves it to the chief.
        folder: Where the best generator's weights are kept.
        workers: All of them end together.
    """

    def __init__(
        self,
        gan: ConditionalGan,
        tick: Tick,
        settings: FidConfig,
        minimum_images: int,
        measure: Callable[[], float] | None,
        folder: Path,
        workers: Workers,
    ):
        super().__init__()
        self.gan = gan
        self.tick = tick
        self.settings = settings
        self.minimum_images = minimum_images
        self.measure = measure
        self.folder = folder
        self.workers = workers
        self.history: list[Evaluation] = []
        self.finished = False

    @property
    def stops(self) -> bool:
        """Whether it may end the run and choose the generator."""
        return self.settings.during_training == "stop"

    @property
    def verdict(self) -> Verdict:
        """The verdict on the history so far."""
        return judge(self.history, self.minimum_images, self.settings.patience)

    def on_epoch_end(self, epoch, logs=None):
        if self.tick.is_due(self.settings.every_images):
            self.evaluate()

    def evaluate(self) -> None:
        """Does one evaluation: records it, keeps the best generator, and ends the run if it is time."""
        if self.measure is not None:
            started = time.monotonic()
            fid = self.measure()
            self.history.append(Evaluation(self.tick.after, fid, time.monotonic() - started))
            self.tick.values |= {"fid": fid, "fid_seconds": self.history[-1].seconds}
            if self.stops and self.verdict.best == self.history[-1]:
                self.keep_best()
            log.info(self._status())
        # Only the chief has a history; its decision is everyone's.
        if self.workers.largest(int(self.stops and self.measure is not None and self.verdict.stop)):
            self.finished = self.tick.last = True
            self.gan.stop_training = True

    def _status(self) -> str:
        last, verdict = self.history[-1], self.verdict
        text = f"FID {last.fid:.4g} ({self.settings.extractor}) at {last.images_seen:,} images in {last.seconds:.0f} s"
        if verdict.best is None:
            return f"{text}; counts from {self.minimum_images:,} images on" if self.stops else text
        if verdict.best == last:
            return f"{text}, the best so far"
        text += f"; best {verdict.best.fid:.4g} at {verdict.best.images_seen:,}"
        if not self.stops:
            return text
        text += f", {verdict.without_best} of {self.settings.patience} evaluations without a new best"
        return f"{text}: training ends" if verdict.stop else text

    # --- the best generator -------------------------------------------------------------------------------------------

    def keep_best(self) -> None:
        """Writes the averaged generator's weights, and removes all others but those of the best evaluation before.

        A run that is killed now and goes on from an earlier checkpoint needs these earlier weights.
        """
        path = self.folder / _NAME.format(self.tick.after)
        arrays = {f"{n:04d}": tf.convert_to_tensor(v).numpy() for n, v in enumerate(self.gan.ema_generator.variables)}
        try:
            with atomic_path(path) as partial:
                np.savez(partial, **arrays)
        except OSError as error:
            raise RunError(f"the best generator could not be written to {self.folder}: {error.strerror}") from error
        for old in [other for other in sorted(self.folder.glob("images-*.npz")) if other != path][:-1]:
            old.unlink()

    def take_best(self) -> Evaluation | None:
        """Puts the best weights into the averaged generator, for export.

        Returns:
            Their evaluation, or None when the generator is to stay as it is: there is no best one, or its file is gone.
        """
        best = self.verdict.best if self.stops else None
        if best is None:
            return None
        path = self.folder / _NAME.format(best.images_seen)
        variables = self.gan.ema_generator.variables
        try:
            arrays = read_arrays(path)
            weights = [arrays[f"{number:04d}"] for number in range(len(variables))]
            if [weight.shape for weight in weights] != [tuple(variable.shape) for variable in variables]:
                raise DataError("it holds weights of another network")
        except (DataError, KeyError) as error:
            log.warning("%s cannot be read (%s); the last generator is exported instead of the best", path, error)
            return None
        for variable, weight in zip(variables, weights, strict=True):
            variable.assign(weight)
        return best

    # --- checkpoints --------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """See `state.Checkpointable`."""
        return {"history": [asdict(one) for one in self.history]}

    def restore(self, state: dict[str, Any]) -> None:
        """See `state.Checkpointable`. With more patience than before, a run that had ended goes on."""
        self.history = [_evaluation(one) for one in state["history"]]
        self.finished = self.stops and self.verdict.stop
        if self.history:
            log.info(f"{len(self.history)} evaluations of FID so far, the last {self.history[-1].fid:.4g}")


def read_history(metrics: Path) -> list[Evaluation]:
    """The evaluations that a run's `metrics.jsonl` records; empty without the file. Damaged lines are left out."""
    if not metrics.is_file():
        return []
    history = []
    for values in json_lines(metrics):
        if "fid" in values:
            try:
                history.append(_evaluation({name: values[_RECORDED.get(name, name)] for name in _FIELDS}))
            except (ValueError, KeyError) as error:
                log.warning(f"{metrics}: an evaluation of FID is damaged and left out ({error})")
    return history


def _evaluation(values: Any) -> Evaluation:
    """An evaluation from its values in a file. Raises `ValueError` for values of other kinds.

    A FID that is not finite is null there; version 0.1 wrote NaN.
    """
    if isinstance(values, dict) and values.get("fid", 0) is None:
        values = {**values, "fid": math.nan}
    if not isinstance(values, dict) or set(values) != set(_FIELDS) or not all(map(_is_real, values.values())):
        raise ValueError(f"expected numbers {', '.join(_FIELDS)}; received {values!r:.100}")
    if not float(values["images_seen"]).is_integer():
        raise ValueError(f"images_seen must be a whole number; received {values['images_seen']!r:.40}")
    return Evaluation(int(values["images_seen"]), float(values["fid"]), float(values["seconds"]))


def _is_real(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
