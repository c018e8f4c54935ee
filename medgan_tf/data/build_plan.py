"""What a dataset folder is to hold."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from medgan_tf.data.looks.record import PrivateRecord
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.tables.table import FoldTable


@dataclass(frozen=True)
class BuildPlan:
    """The dataset folder that is to be written.

    Attributes:
        path: The dataset folder.
        folds: Images, labels and folds; rows of one fold in the order in which they are stored.
        image_ids, patients: Pseudonyms, rows as in `folds.frame`; "" for an unknown patient.
        build_hash: Identifies the content.
        resolution, encoding: Side in pixels, and encoding, of the stored images.
        max_unreadable: Largest share of images that may be unreadable.
        manifest_values: Fields of the manifest besides counts and shards.
        workers: Decoding workers, 0 for one per core.
        limits: What reading one image may cost.
        covariates_hash: Identifies sex, age and view of all images.
        per_shard: Images in one shard; None means `images_per_shard(resolution)`.
        drop_constant: Leave out images that have one grey level only.
        duplicates: What is done about pictures under several patients, as `data.policy.duplicates` says.
        look_for_text: Look for burned-in text.
        record: The private files about the raw files; None keeps none.
    """

    path: Path
    folds: FoldTable
    image_ids: np.ndarray
    patients: np.ndarray
    build_hash: str
    resolution: int
    encoding: str
    max_unreadable: float
    manifest_values: dict = field(default_factory=dict)
    workers: int = 0
    limits: Limits = Limits()
    covariates_hash: str = ""
    per_shard: int | None = None
    drop_constant: bool = False
    duplicates: str = "warn"
    look_for_text: bool = True
    record: PrivateRecord | None = None
