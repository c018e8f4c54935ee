"""A private training with a mean embedding: one release at its very beginning, and no real image after it."""

import logging
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.errors import ConfigError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.private.embedding.features import ImageFeatures
from medgan_tf.gans.private.embedding.release import embedding_sums, noisy_embedding
from medgan_tf.gans.private.embedding.training import EmbeddingTraining
from medgan_tf.gans.private.patients import Patients
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.training.private.fingerprint import fingerprint
from medgan_tf.training.private.ledger import Position, why_fork
from medgan_tf.training.private.opening import Opened
from medgan_tf.training.private.session import PrivateSession, begun_session
from medgan_tf.training.record import deciding_settings

log = logging.getLogger(__name__)


class EmbeddingSession(PrivateSession):
    """The private part of a run whose generator matches a mean embedding. A draw is a release of the embedding.

    The release is made where there is no checkpoint; every checkpoint holds it. It is reserved in the ledger before it
    is made, as the draws of steps are. If it must be made again, because all checkpoints are lost, it is the same one
    at no cost, or a second one that is charged, by the rules of `why_fork`.

    Args:
        opened, folder, fingerprint: See `PrivateSession`.
        training: The private part of the GAN, which takes the release.
        patients: The training images by unit.
        steps: Steps of the generator in the whole training.
    """

    at_beginning = True

    def __init__(
        self,
        opened: Opened,
        folder: RunFolder,
        fingerprint: dict[str, str],
        training: EmbeddingTraining,
        patients: Patients,
        steps: int,
    ):
        # The release is computed without any GPU.
        super().__init__(opened, folder, fingerprint, deterministic=True)
        self.training, self.patients = training, patients
        self._last = steps

    def go_on(self, step: int, checkpointed: bool) -> bool:
        """Makes the release, if no checkpoint holds it. See `PrivateSession.go_on`; no checkpoint ever changes."""
        if checkpointed:
            # The release is the draw before the first step.
            self._checked(1)
            return False
        reason = why_fork(self.ledger.entries, Position(0), self.fingerprint, self.deterministic)
        draws = self.ledger.entries.reserved + 1 if reason or not self.ledger.entries.reserved else None
        self._check_budget(draws)
        if reason is not None:
            log.warning(f"the mean embedding is released with fresh noise, and charged again: {reason}")
            self.ledger.fork(0, self.fingerprint)
        else:
            self.ledger.note(self.fingerprint)
        entries = self.ledger.entries
        self.ledger.reserve(entries.offset + 1, entries.forks)
        self.training.take(self._release())
        return False

    def fork(self, step: int, reason: str) -> None:
        """Nothing: the steps have no noise, so that a way back costs nothing."""

    def confirm(self, step: int, gan: ConditionalGan) -> None:
        """Nothing: steps without noise may be repeated with other bits, as on a GPU or by another version."""

    def seed_batches(self, step: int, per_tick: int, replicas: int) -> tf.data.Dataset:
        """Batches that say nothing, as many as are asked for: the steps need no secret seeds."""
        return tf.data.Dataset.from_tensors(tf.zeros([replicas, 1], tf.int64)).repeat()

    def epsilon(self, step: int) -> float:
        """Epsilon of the release, whatever the step."""
        return self.terms.epsilon(self.ledger.entries.reserved)

    def words(self) -> str:
        """What is promised, for the log."""
        terms = self.terms
        if not terms.step.noise_multiplier:
            return terms.words_without_noise()
        noise = f"noise multiplier {terms.step.noise_multiplier:g}"
        return (
            f"differentially private for {terms.units:,} {terms.unit}s: one mean embedding of "
            f"{len(self.counts.vectors)} label combinations x {self.training.features.count:,} features, {noise}, "
            f"epsilon {self.epsilon(0):.3g} at delta {terms.delta:.2g}. Its randomness is secret; the key and the "
            f"ledger of the noise lie in {self.ledger.path.parent}"
        )

    def _release(self) -> np.ndarray:
        """The noisy sums of the draw that was reserved, float64 [K, D]."""
        entries, patients = self.ledger.entries, self.patients
        sums = embedding_sums(
            self.training.features,
            patients.images.numpy(),
            patients.labels.numpy(),
            patients.starts.numpy(),
            self.counts.vectors,
        )
        random = self.opened.key.generator(f"mean embedding|{entries.salt}|{entries.offset}")
        return noisy_embedding(sums, self.terms.step.noise_multiplier, random)

    def _check_budget(self, draws: int | None) -> None:
        """Raises `ConfigError` if so many releases exceed the target; None: nothing new is released."""
        target = self.terms.target_epsilon
        if draws is None or target is None or (epsilon := self.terms.epsilon(draws)) <= target:
            return
        raise ConfigError(
            f"privacy.dp.target_epsilon {target:g} does not allow "
            f"{'the release' if draws == 1 else f'{draws} releases'} of the mean embedding, which "
            f"with the numbers of {self.terms.unit}s costs epsilon {epsilon:.3g}; raise it, or noise_multiplier, or "
            "begin anew with --restart"
        )


def begun_mechanism(
    experiment: Experiment, opened: Opened, gan: ConditionalGan, fold: FoldArrays, strategy: tf.distribute.Strategy
) -> PrivateSession:
    """Makes a GAN that was never trained a private one, by steps of the discriminator or by a mean embedding.

    Arguments as `session.begun_session`.
    """
    options = experiment.privacy.dp.embedding
    if options is None:
        return begun_session(experiment, opened, gan, fold, strategy)
    features = ImageFeatures.drawn(gan.resolution, options.features, experiment.seed)
    with strategy.scope():
        training = EmbeddingTraining(gan, features, opened.counts.vectors, opened.terms.step.expected_batch)
        training.prepare()
    patients = Patients.of(fold.images, fold.labels, opened.units)
    mechanism: dict[str, Any] = {**opened.terms.mechanism(), "features": features.count}
    decides = fingerprint(deciding_settings(experiment), mechanism, gan, fold, opened.units)
    end = plan_phases(experiment.gan, gan.resolution, experiment.training)[-1].end
    steps = -(-end // opened.terms.step.expected_batch)
    return EmbeddingSession(opened, run_folder(experiment), decides, training, patients, steps)
