"""Puts images that are to be imported before the checks."""

from collections.abc import Collection, Sequence

import numpy as np

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.synthesis.external.arrangement import Arrangement
from medgan_tf.synthesis.external.checks.against_real import MOST_IMAGES, RealSet, check_against_real
from medgan_tf.synthesis.external.checks.finding import refuse_wrong
from medgan_tf.synthesis.external.importing import Judge, Judged
from medgan_tf.synthesis.external.spool import Spool


def judge(real: DatasetFolder, accepted: Collection[str], where: str) -> Judge:
    """The checks against a dataset of real images.

    Args:
        real: The dataset.
        accepted: Names of checks that may find the images wrong.
        where: The folder of the images, for messages.
    """

    def look(spool: Spool, found: Arrangement) -> Judged:
        labels = {fold: found.labels[numbers] for fold, numbers in found.order.items()}
        # By content: a random part, and the same one whatever the files are called.
        images = spool.pixels(_chosen([one.sha256 for one in spool.images]))
        findings = check_against_real(images, labels, _real_set(real))
        return Judged(tuple(refuse_wrong(findings, accepted, where)), tuple(one.describe() for one in findings))

    return look


def _real_set(dataset: DatasetFolder) -> RealSet:
    train = dataset.read_fold("train")
    # Pseudonyms are random, so the first of them are a random part.
    rows = _chosen(train.image_ids.tolist())
    return RealSet(
        images=train.images[rows][..., 0],
        patients=train.patients[rows],
        labels=train.labels,
        names=dataset.label_names,
        counts=dataset.manifest.images,
    )


def _chosen(keys: Sequence[str] | Sequence[bytes]) -> np.ndarray:
    """Numbers of at most `MOST_IMAGES` keys, the smallest ones in rising order."""
    return np.array(sorted(range(len(keys)), key=keys.__getitem__)[:MOST_IMAGES], np.int64)
