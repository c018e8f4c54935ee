"""Puts images that are to be imported before the checks."""

from collections.abc import Collection, Sequence

import numpy as np

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.files.result_files import plain
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.synthesis.external.arrangement import Arrangement
from medgan_tf.synthesis.external.checks.against_real import MOST_IMAGES, RealSet, check_against_real
from medgan_tf.synthesis.external.checks.finding import refuse_wrong
from medgan_tf.synthesis.external.checks.plain import check_sizes
from medgan_tf.synthesis.external.checks.tables import check_label_names
from medgan_tf.synthesis.external.importing import Judge, Judged
from medgan_tf.synthesis.external.listing import Listing
from medgan_tf.synthesis.external.spool import Spool

_MOST_EMPTY_LOOKED_AT = 2 * MOST_IMAGES


def judge(listing: Listing, real: DatasetFolder, accepted: Collection[str], where: str, seed: int) -> Judge:
    """The checks against a dataset of real images.

    Args:
        listing: The images.
        real: The dataset.
        accepted: Names of checks that may find the images wrong.
        where: The folder of the images, for messages.
        seed: Chooses the images that are looked at where there are many.

    Returns:
        A function that raises `DataError` for images that are wrong and not accepted.
    """

    def look(spool: Spool, found: Arrangement) -> Judged:
        findings = [
            check_label_names([*listing.names, *listing.others], real.label_names),
            check_sizes(spool.sizes, spool.side),
        ]
        refuse_wrong(findings, accepted, where)
        labels = {fold: found.labels[numbers] for fold, numbers in found.order.items()}
        findings += check_against_real(_some(spool, [*found.order.values()], seed), labels, _real_set(real), seed)
        return Judged(tuple(refuse_wrong(findings, accepted, where)), tuple(plain(one.describe()) for one in findings))

    return look


def _some(spool: Spool, order: Sequence[np.ndarray], seed: int) -> np.ndarray:
    """A random part of the images, uint8 [N, R, R]; of the dataset's order, so that names of files do not matter."""
    numbers = np.concatenate(order)
    rows = chosen_rows(len(numbers), _MOST_EMPTY_LOOKED_AT, stream(seed, "synthetic images looked at"))
    return spool.pixels(numbers[rows].tolist())


def _real_set(real: DatasetFolder) -> RealSet:
    fold = real.read_fold("train")
    images, labels = fold.images[..., 0], fold.labels.astype(np.uint8)
    return RealSet(images, labels, fold.patients, real.label_names, real.manifest.images)
