"""A private training in this process: which draws its steps get, what they are charged, and when its budget ends."""

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.private.noisy_counts import NoisyCounts
from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.files.atomic import flush_to_disk
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.draws import LabelTable
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.private.patients import Patients
from medgan_tf.training.private.fingerprint import deterministic, fingerprint, state_digest
from medgan_tf.training.private.ledger import Position, why_fork
from medgan_tf.training.private.opening import Opened, guarantee_values
from medgan_tf.training.record import deciding_settings

log = logging.getLogger(__name__)

BLOCK = 64
"""Draws that are reserved at a time, at most."""


class PrivateSession:
    """The private part of a run; a checkpoint keeps its state, see `state.Checkpointable`.

    Args:
        opened: Key, ledger and terms.
        folder: The run folder.
        fingerprint: What the bits of a step depend on, by name.
        deterministic: Whether equal steps give equal bits on these devices.

    Attributes:
        finished: Whether the budget has ended the run before its last image.
        at_beginning: Whether the state before the first step must be kept, as it cannot be made again.
    """

    at_beginning = False

    def __init__(self, opened: Opened, folder: RunFolder, fingerprint: dict[str, str], deterministic: bool):
        self.opened = opened
        self.terms, self.ledger = opened.terms, opened.ledger
        self.folder = folder
        self.fingerprint = fingerprint
        self.deterministic = deterministic
        self.finished = False
        self._last, self._failure = 0, None
        # Run, forks and offset of the restored checkpoint.
        self._restored: tuple[str, int, int] = ("", 0, 0)

    @property
    def counts(self) -> NoisyCounts:
        """The noisy numbers of units by label combination."""
        return self.opened.counts

    @property
    def last_step(self) -> int:
        """Discriminator steps at the end of the run: all of them, or as many as the budget allows."""
        return self._last

    @property
    def last_images(self) -> int:
        """Images seen at the end of the run."""
        return self._last * self.terms.step.expected_batch

    def step_of(self, images_seen: int) -> int:
        """Discriminator steps done after so many images: each counts the expected batch, whatever was drawn."""
        return images_seen // self.terms.step.expected_batch

    # --- where the run goes on ----------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """See `state.Checkpointable`."""
        entries = self.ledger.entries
        return {"run": entries.run, "forks": entries.forks, "offset": entries.offset}

    def restore(self, state: dict[str, Any]) -> None:
        """See `state.Checkpointable`."""
        run, forks, offset = state["run"], state["forks"], state["offset"]
        if not isinstance(run, str) or type(forks) is not int or type(offset) is not int:
            raise ValueError(f"expected a run, forks and an offset; received {state!r:.80}")
        self._restored = run, forks, offset

    def go_on(self, step: int, checkpointed: bool) -> bool:
        """Decides which draws the next steps get. Call it before the first of them, after `restore`.

        Args:
            step: Discriminator steps done.
            checkpointed: Whether that state is from a checkpoint, rather than the very beginning.

        Returns:
            Whether the run goes on with fresh noise. Then the checkpoints after this step must go, and that of this
            step must learn it.

        Raises:
            ConfigError: The budget does not allow a single step.
            RunError: The ledger is older than the checkpoint, or of another training.
        """
        at_first = self.ledger.entries.forks
        if self.folder.public_start.is_file():
            # The networks that the training began with: they are read after the fingerprint was taken.
            self.fingerprint["the public start"] = sha256_of(self.folder.public_start)
        at = Position(step, self._checked(step) if checkpointed else None)
        self._plan(step)
        reason = why_fork(self.ledger.entries, at, self.fingerprint, self.deterministic)
        if reason is not None and step < self._last:
            self.fork(step, reason)
        elif step < self._last:
            self.ledger.note(self.fingerprint)
        if not step and not self._last:
            raise ConfigError(
                f"privacy.dp.target_epsilon {self.terms.target_epsilon:g} does not allow a single step of the "
                f"training: epsilon {self.terms.epsilon(self.ledger.entries.reserved):.3g} is charged already; raise "
                "that, privacy.dp.label_noise or noise_multiplier"
            )
        return self.ledger.entries.forks > at_first

    def fork(self, step: int, reason: str) -> None:
        """Goes on with fresh noise from a step on. What was reserved before stays charged."""
        entries = self.ledger.entries
        again = entries.reserved - entries.offset - step
        self.ledger.fork(step, self.fingerprint)
        lost = f"; {again:,} draws are charged a second time" if again > 0 else ""
        log.warning(f"the training draws fresh noise from here on: {reason}{lost}")
        self._plan(step)

    def _checked(self, step: int) -> int:
        """The forks of the restored checkpoint. Raises `RunError` unless it belongs to the ledger."""
        entries, (run, forks, offset) = self.ledger.entries, self._restored
        if run != entries.run:
            raise RunError(
                f"the checkpoint in {self.folder.checkpoints} is not of the training whose noise {self.ledger.path} "
                "counts; restore the run folder, or use --restart"
            )
        if forks > entries.forks or step + offset > entries.reserved:
            raise RunError(
                f"{self.ledger.path} is older than the checkpoint at step {step}, so nobody knows what was charged: it "
                "must never be restored from a backup; begin anew with --restart"
            )
        return forks

    def _plan(self, step: int) -> None:
        """Finds the last step that the budget allows."""
        offset = self.ledger.entries.offset
        wanted = max(self.terms.steps, step)
        self._last = max(step, self.terms.affordable(wanted + offset) - offset)
        self.finished = self._last <= step < self.terms.steps

    # --- draws --------------------------------------------------------------------------------------------------------

    def seed_batches(self, step: int, per_tick: int, replicas: int) -> tf.data.Dataset:
        """The seeds of the steps from `step` on, int64 [replicas, streams, 2]: all replicas get the same ones.

        Draws are reserved on the disk before they are handed out, in blocks that end with a tick, so that at the end of
        a tick what is charged is what was used.

        Args:
            step: Discriminator steps done.
            per_tick: Steps of a tick.
            replicas: Replicas that train together.
        """
        entries = self.ledger.entries

        def draws() -> Iterator[np.ndarray]:
            for begin, end in blocks(step, self._last, per_tick):
                if not self._reserve(entries.offset + end, entries.forks):
                    return
                for number in range(begin, end):
                    seeds = self.opened.key.seeds(entries.salt, entries.offset + number)
                    yield np.repeat(seeds[None], replicas, axis=0)

        shape = self.opened.key.seeds("", 0).shape
        batches = tf.data.Dataset.from_generator(draws, output_signature=tf.TensorSpec([replicas, *shape], tf.int64))
        options = tf.data.Options()
        # Nothing is made ahead of the step that needs it.
        options.autotune.enabled = False
        options.experimental_optimization.apply_default_optimizations = False
        options.experimental_optimization.inject_prefetch = False
        return batches.with_options(options)

    def _reserve(self, draws: int, forks: int) -> bool:
        try:
            return self.ledger.reserve(draws, forks)
        except OSError as error:
            # TensorFlow would hide what happened.
            self._failure = RunError(
                f"the noise of the next steps cannot be charged, as {self.ledger.path} cannot be written: "
                f"{error.strerror}; the last checkpoint is kept, the same command resumes"
            )
            raise

    @contextlib.contextmanager
    def own_failures(self) -> Iterator[None]:
        """Errors of the ledger in the block keep their words."""
        try:
            yield
        except tf.errors.OpError as error:
            if self._failure is not None:
                raise self._failure from error
            raise

    def confirm(self, step: int, gan: ConditionalGan) -> None:
        """Checks at the end of a tick, before anything of it is shown, that steps with repeated draws were the same.

        Raises:
            RunError: They were not. The next start draws fresh noise.
        """
        if self.deterministic and not self.ledger.confirm(step + self.ledger.entries.offset, state_digest(gan)):
            raise RunError(
                f"the steps up to {step:,} were done before, and did not give the same bits again, so their noise must "
                "not be used: nothing of this start was written. The same command goes on, with fresh, charged noise"
            )

    # --- the guarantee ------------------------------------------------------------------------------------------------

    def epsilon(self, step: int) -> float:
        """Epsilon of the training up to a step, with all that earlier forks were charged for."""
        return self.terms.epsilon(step + self.ledger.entries.offset)

    def guarantee(self) -> dict[str, Any]:
        """The guarantee of everything charged until now, as JSON values."""
        return self.terms.guarantee(self.ledger.entries.reserved).as_json()

    def begins_with(self, name: str, digest: str) -> None:
        """Notes something public from elsewhere that the training begins with, in the fingerprint and the guarantee.

        Args:
            name: What it is, in words.
            digest: SHA-256 of its content.
        """
        self.fingerprint = {**self.fingerprint, name: digest}
        sentence = f"SHA-256 of {name}: {digest}."
        self.terms = replace(self.terms, declared_public=(*self.terms.declared_public, sentence))
        self.opened = replace(self.opened, terms=self.terms)

    def write_guarantee(self) -> None:
        """Writes `guarantee.json`. Raises `RunError` when the disk does not take it."""
        write_json(self.folder.guarantee, guarantee_values(self.opened))
        with contextlib.suppress(OSError):
            flush_to_disk(self.folder.path)

    def words(self) -> str:
        """What is promised, for the log."""
        terms = self.terms
        if not terms.step.noise_multiplier:
            return terms.words_without_noise()
        budget = "" if terms.target_epsilon is None else f" of {terms.target_epsilon:g}"
        planned = terms.epsilon(self._last + self.ledger.entries.offset)
        return (
            f"differentially private for {terms.units:,} {terms.unit}s: noise multiplier "
            f"{terms.step.noise_multiplier:g}, {terms.step.expected_batch} of them in a step on average, "
            f"{self._last:,} steps, epsilon {planned:.3g}{budget} at delta {terms.delta:.2g}. "
            f"Its randomness is secret; the key and the ledger of the noise lie in {self.ledger.path.parent}"
        )


def begun_session(
    experiment: Experiment, opened: Opened, gan: ConditionalGan, fold: FoldArrays, strategy: tf.distribute.Strategy
) -> PrivateSession:
    """Makes a GAN that was never trained a private one. From now on its steps take secret seeds.

    Args:
        experiment: The experiment.
        opened: Key, ledger and terms.
        gan: The GAN after `prepare_training`, before a checkpoint is restored.
        fold: The train fold.
        strategy: The strategy in whose scope its variables are.
    """
    with strategy.scope():
        gan.prepare_private(opened.terms.step, Patients.of(fold.images, fold.labels, opened.units))
    step = {**opened.terms.mechanism(), "chunk": opened.terms.step.chunk}
    step |= {"expected_batch": opened.terms.step.expected_batch, "steps": opened.terms.step.discriminator_steps}
    decides = fingerprint(deciding_settings(experiment), step, gan, fold, opened.units)
    return PrivateSession(opened, run_folder(experiment), decides, deterministic())


def label_table(opened: Opened) -> LabelTable:
    """The noisy label frequencies, from which labels of generated images are drawn."""
    return LabelTable.of_counts(opened.counts.vectors, opened.counts.counts)


def blocks(step: int, last: int, per_tick: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most `BLOCK` steps from `step` to `last`, each within one tick; ticks begin at `step`."""
    first = step
    while step < last:
        tick_end = first + ((step - first) // per_tick + 1) * per_tick
        end = min(step + BLOCK, tick_end, last)
        yield step, end
        step = end
