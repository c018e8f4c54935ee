"""Pools of images, a study made from them, and readers of known accuracy."""

import hashlib

import numpy as np

from medgan_tf.data.pseudonyms import Pseudonyms
from medgan_tf.evidence.readers.answers import Answer, to_csv
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.create import create_study
from medgan_tf.evidence.readers.study.files import write_file
from medgan_tf.evidence.readers.study.key import KeyFile, Origin
from medgan_tf.evidence.readers.study.page_folder import read_settings
from medgan_tf.evidence.readers.study.pools import ImagePool

SECRET = Pseudonyms(bytes(range(32)))
NAMES = ("Square", "Disc")
COMBINATIONS = ("Square", "Disc", "Square|Disc")


def pool(kind, count, side=16, patients=None, combinations=COMBINATIONS, label_names=NAMES):
    """Noise for real images, slow gradients for synthetic ones: as different for a compressor as can be."""
    random = np.random.default_rng(len(kind))
    if kind == "real":
        images = random.integers(0, 256, (count, side, side), dtype=np.uint8)
    else:
        ramp = np.arange(side, dtype=np.uint8)
        images = np.broadcast_to(ramp, (count, side, side)) + np.arange(count, dtype=np.uint8)[:, None, None] % 100
    return ImagePool(
        images=images.astype(np.uint8),
        combinations=tuple(combinations[number % len(combinations)] for number in range(count)),
        origins=tuple(f"{kind[0]}{number:013d}" for number in range(count)),
        patients=tuple(f"p{number}" for number in range(count)) if patients is None else patients,
        label_names=label_names,
        origin=Origin(name=kind, fold="test", sha256=hashlib.sha256(kind.encode()).hexdigest()),
    )


def make_study(folder, seed=5, count=None, **settings):
    config = ReaderStudyConfig(**{"images": 20, **settings})
    count = count or config.images
    return create_study(
        config,
        pool("real", count),
        pool("synthetic", count),
        folder / "for_readers",
        folder / "key.json",
        name="shapes",
        seed=seed,
        secret=SECRET,
    )


def simulate(folder, accuracies, seed=0, confidence=True):
    """Writes answers/<reader>.csv for readers who are right with the given probabilities; returns the key file."""
    random = np.random.default_rng(seed)
    key = KeyFile(folder / "key.json")
    orders = read_settings(folder / "for_readers")["orders"]
    for number, accuracy in enumerate(accuracies, start=1):
        reader = f"R{number:02d}"
        answers = []
        for position, image in enumerate(orders.get(reader, orders.get("*")), start=1):
            truth = key.key.truth[image]
            other = "real" if truth == "synthetic" else "synthetic"
            answers.append(
                Answer(
                    reader=reader,
                    image=image,
                    answer=truth if random.random() < accuracy else other,
                    place="",
                    confidence=int(random.integers(1, 6)) if confidence else None,
                    seconds=float(random.exponential(8)),
                    position=position,
                )
            )
        write_file(folder / "answers" / f"{reader}.csv", to_csv(answers, key.key.study, key.sha256).encode())
    return key
