"""Sex, age and view of a dataset that is there, compared with those that its source has now."""

import json
from collections.abc import Iterable

from medgan_tf.data.image_records import covariate_column
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.data.tables.table import FoldTable
from medgan_tf.errors import DataError
from medgan_tf.presentation.progress import Progress

_CONTENT_VERSION = 1


def covariates_content(folds: FoldTable) -> Iterable[str]:
    """What the keyed hash of the covariates is made from.

    It stands apart from the hash of images, labels and folds: a dataset that was prepared before covariates were kept
    stays up to date.
    """
    if folds.covariates is None:
        return
    yield json.dumps([_CONTENT_VERSION, list(folds.covariates)])
    for image_id, values in zip(folds.frame["image_id"], covariate_column(folds), strict=True):
        yield f"{image_id}\0{values.hex()}"


def compare_covariates(existing: DatasetFolder, now: str, progress: Progress) -> None:
    """Says that a dataset lacks the covariates that its source has.

    Args:
        existing: The dataset.
        now: Keyed hash of what the source has now; "" for nothing.
        progress: Gets the note.

    Raises:
        DataError: The dataset has other covariates.
    """
    stored = existing.manifest.covariates
    if stored is None and now:
        progress.note(f"{existing.path} was made without sex, age and view, which the source has; --restart adds them")
    elif (stored.keyed_hash if stored else "") != now:
        raise DataError(
            f"{existing.path} was made with other values of sex, age or view; replace it with --restart or choose "
            "another data.dataset_dir"
        )
