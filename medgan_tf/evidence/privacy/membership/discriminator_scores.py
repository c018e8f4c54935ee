"""The scores of a run's discriminator, which anyone who has the checkpoint can compute."""

import numpy as np
import pandas as pd
import tensorflow as tf

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.data.conditions.training import gan_conditions, label_vectors
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.inputs import Discriminator
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.objective import as_pair
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.metrics.streams import stream
from medgan_tf.training import record
from medgan_tf.training.checkpoints import Checkpoints
from medgan_tf.training.loop import make_gan

_BATCH = 64
# Scores depend on the batch; the mean over several orders depends less.
_ORDERS = 3


def checkpoint_discriminator(experiment: Experiment, dataset: DatasetFolder) -> Discriminator:
    """The discriminator of the newest checkpoint of an experiment's run.

    Returns:
        A function from uint8 images [N, R, R, 1], labels [N, L] and covariates to scores float64 [N].

    Raises:
        DataError: There is no checkpoint.
        RunError: The run was trained with other settings, or its checkpoints cannot be read.
    """
    training = experiment.training
    folder = run_folder(experiment)
    checkpoints = Checkpoints(folder.checkpoints, training.keep_checkpoints)
    if not checkpoints.list():
        raise DataError(f"{folder.path} has no checkpoint, so the discriminator cannot be attacked")
    record.check_same_experiment(folder, experiment)
    conditions = gan_conditions(experiment, dataset)
    record.check_same_conditions(folder, conditions)
    labels = label_vectors(dataset, "train", conditions)
    gan = make_gan(experiment, dataset, labels, tf.distribute.get_strategy())
    phases = plan_phases(experiment.gan, dataset.resolution, training)
    seen = checkpoints.restore_latest(gan).images_seen
    gan.enter_phase(next((phase for phase in phases if seen <= phase.end), phases[-1]), begins=False)
    return discriminator_scores(gan, experiment.seed, conditions=conditions)


def discriminator_scores(
    gan: ConditionalGan, seed: int, batch: int = _BATCH, conditions: Conditions | None = None
) -> Discriminator:
    """A GAN's discriminator as a function of uint8 images [N, R, R, 1], labels [N, L] and covariates.

    Args:
        gan: The GAN.
        seed: Seed of the orders in which images are scored.
        batch: Images at a time.
        conditions: The columns of its label vectors that follow the findings.

    The function raises `DataError` for images whose covariates the conditions do not know.
    """
    conditions = conditions or Conditions()

    def logits(images: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
        return as_pair(gan.discriminator([gan.prepare_images(images), labels], training=True))[0]

    score = tf.function(logits, autograph=False)

    def scores(images: np.ndarray, labels: np.ndarray, covariates: pd.DataFrame | None = None) -> np.ndarray:
        labels = conditions.beside(labels, covariates, "the images scored")
        pixels, total = images.astype(np.float32) / 127.5 - 1.0, np.zeros(len(images))
        random = stream(seed, "orders of images for the discriminator")
        for _ in range(_ORDERS):
            # Whole batches only: the last one is filled up from the beginning.
            order = np.resize(random.permutation(len(images)), -(-len(images) // batch) * batch)
            for start in range(0, len(order), batch):
                rows = order[start : start + batch]
                found = score(tf.constant(pixels[rows]), tf.constant(labels[rows])).numpy()
                first = start + np.arange(batch) < len(images)
                total[rows[first]] += found.reshape(-1)[first]
        return total / _ORDERS

    return scores
