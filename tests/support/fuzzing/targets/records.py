"""Dataset folders: a manifest with the images, and images with the manifest that belongs to them."""

import functools
import hashlib
import json
import random
import shutil
from pathlib import Path

import tensorflow as tf
from google.protobuf.message import DecodeError

from fuzzing import image_parts, json_texts, raw_bytes, tfrecords
from fuzzing.target import Given, Target
from medgan_tf.classification.conditions import content_sha256
from medgan_tf.data.description import describe
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS
from medgan_tf.data.records.reader import DatasetFolder

_GOLDEN = Path(__file__).parents[3] / "golden" / "version_0_1" / "datasets" / "small"
_SHARD = "valid-00000-of-00001.tfrecord"


class Records(Target):
    """Variants: `manifest`, and `shard`, whose hash and size stand in the manifest."""

    name = "records"
    suffix = ""

    def seeds(self, folder: Path) -> list[Given]:
        """A dataset folder of version 0.1."""
        shard = _GOLDEN / _SHARD
        return [Given("manifest", (_GOLDEN / FILE_NAME).read_bytes()), Given("shard", shard.read_bytes())]

    def prepare(self, folder: Path) -> None:
        """A copy of the folder."""
        shutil.copytree(_GOLDEN, folder / "dataset")

    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """Damage to the JSON, or to images and labels in records whose sums are right."""
        given = choice.choice(seeds)
        if given.variant == "manifest":
            return Given(given.variant, json_texts.damaged(given.data, choice))
        if choice.random() < 0.1:
            return Given(given.variant, raw_bytes.damaged(given.data, choice))
        records = [*_records(given.data)]
        for _ in range(choice.choice((1, 1, 3))):
            place = choice.randrange(len(records))
            records[place] = _damaged(records[place], choice)
        if choice.random() < 0.1:
            del records[choice.randrange(len(records))]
        return Given(given.variant, tfrecords.join(records))

    def parses(self, given: Given) -> bool:
        """Whether it is a JSON object, or a file of records."""
        return json_texts.parses(given.data) if given.variant == "manifest" else tfrecords.is_whole(given.data)

    def run(self, given: Given, folder: Path) -> str:
        """Reads all folds as arrays and as a stream."""
        dataset = folder / "dataset"
        for name in (FILE_NAME, _SHARD):
            shutil.copy(_GOLDEN / name, dataset / name)
        if given.variant == "manifest":
            (dataset / FILE_NAME).write_bytes(given.data)
        else:
            (dataset / _SHARD).write_bytes(given.data)
            values = json.loads((dataset / FILE_NAME).read_bytes())
            for shard in values["shards"]:
                if shard["file"] == _SHARD:
                    shard |= {"bytes": len(given.data), "sha256": hashlib.sha256(given.data).hexdigest()}
            (dataset / FILE_NAME).write_text(json.dumps(values), encoding="utf-8")
        found = DatasetFolder(dataset)
        said = [describe(found), content_sha256(found.manifest)]
        for fold in FOLDS:
            arrays = found.read_fold(fold)
            said.append(str(arrays.images.shape))
            if arrays.labels.shape != found.read_labels(fold).shape:
                raise AssertionError("labels of another shape")
        return "\n".join(said)


@functools.cache
def _records(data: bytes) -> tuple[bytes, ...]:
    return tuple(tfrecords.split(data))


def _damaged(record: bytes, choice: random.Random) -> bytes:
    example = tf.train.Example()
    try:
        example.ParseFromString(record)
        features = example.features.feature
        name = choice.choice(sorted(features))
        values = features[name].bytes_list.value
        how = choice.randrange(8)
        if how <= 2:
            values[0] = image_parts.damaged(values[0], choice) if name == "i" else raw_bytes.damaged(values[0], choice)
        elif how == 3:
            values.append(b"x")
        elif how == 4:
            del values[:]
        elif how == 5:
            features[name].int64_list.value.append(choice.choice((0, -1, 2**62)))
        elif how == 6:
            del features[name]
        else:
            return raw_bytes.damaged(record, choice)
    except (DecodeError, IndexError):
        return raw_bytes.damaged(record, choice)
    return example.SerializeToString(deterministic=True)


TARGET = Records()
