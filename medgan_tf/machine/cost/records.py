"""Made dataset folders, real and synthetic ones, and an extractor of 1,024 features: inputs of the evidence."""

from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.data.records.check import combination_counts
from medgan_tf.data.records.example import Record, encode_record
from medgan_tf.data.records.manifest import FOLDS, Manifest
from medgan_tf.data.records.synthesis import Synthesis
from medgan_tf.data.records.writer import FolderWriter, images_per_shard, plan_shards
from medgan_tf.machine.cost.pictures import IMAGES_PER_PATIENT, drawn, label_names, one_label_each

SIDE = 32
"""Side of the image that the made extractor looks at: 32 x 32 = 1,024 grey values are its features."""


def write_records(folder: Path, images: int, labels: int, resolution: int, kind: str) -> None:
    """Writes a dataset folder.

    Args:
        folder: New folder.
        images: Images in all; of a real set 80 % are in the fold train, and 10 % each in valid and test.
        labels: Length of the label vectors.
        resolution: Side, pixels.
        kind: `real` or `synthetic`; a synthetic set has the fold train alone.
    """
    real = kind == "real"
    vectors = one_label_each(images, labels)
    patients = np.arange(images) // IMAGES_PER_PATIENT
    # A patient's images are in one fold, and no fold is empty.
    tenths = patients * 10 // (patients[-1] + 1) if real else np.zeros(images, int)
    folds = np.array(FOLDS, dtype=object)[np.maximum(tenths - 7, 0)]
    counts = {fold: int((folds == fold).sum()) for fold in FOLDS}
    pictures = drawn(images, resolution, f"made {kind} records")
    with FolderWriter(folder, "0" * 64) as writer:
        number = 0
        for file, fold, start, end in plan_shards(counts, images_per_shard(resolution)):
            # The folds follow each other, so the pictures are written in the order in which they are drawn.
            numbers = range(number, number + end - start)
            writer.write_shard(file, fold, _serialised(numbers, pictures, vectors, real))
            number += end - start
        writer.save_manifest(_manifest(writer, kind, vectors, folds, patients, resolution))
        writer.publish()


def _serialised(numbers: range, pictures, vectors: np.ndarray, real: bool):
    for number in numbers:
        patient = f"{number // IMAGES_PER_PATIENT:014x}" if real else None
        identifier = f"{number:014x}"
        yield identifier, encode_record(Record(next(pictures).tobytes(), vectors[number], identifier, patient))


def _manifest(
    writer: FolderWriter, kind: str, vectors: np.ndarray, folds: np.ndarray, patients: np.ndarray, resolution: int
) -> Manifest:
    real, names = kind == "real", label_names(vectors.shape[1])
    return Manifest(
        kind=kind,
        name="made",
        label_names=names,
        combinations=combination_counts(vectors, tuple(names), folds),
        images={fold: int((folds == fold).sum()) for fold in FOLDS},
        patients={fold: len(np.unique(patients[folds == fold])) for fold in FOLDS} if real else None,
        image_shape=[resolution, resolution, 1],
        encoding="raw",
        shards=[entry.shard for entry in writer.finished.values()],
        build_hash=writer.build_hash,
        synthesis=None if real else Synthesis(run="made", generator_sha256="0" * 64, seed=0, labels="drawn"),
    )


def write_extractor(folder: Path) -> None:
    """Writes a SavedModel whose features are the 1,024 grey values of an image of 32 x 32 pixels, -1..1.

    It costs next to nothing, so that a measurement shows search and statistics. The time of a network comes on top.
    """
    module = tf.Module()
    specification = tf.TensorSpec([None, SIDE, SIDE, 1], tf.float32, name="images")
    module.features = tf.function(
        lambda images: {"features": tf.reshape(images / 127.5 - 1.0, [-1, SIDE * SIDE])},
        input_signature=[specification],
    )
    tf.saved_model.save(module, str(folder), signatures={"features": module.features})
