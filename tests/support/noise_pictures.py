"""A small synthetic dataset of pictures of noise, made without a network."""

import numpy as np
from parrot_generator import Parrot

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import LabelTable

TRAIN = np.array([[1, 0], [0, 1], [1, 1], [0, 0], [1, 0]], np.float32)
VALID = np.array([[0, 1], [1, 1]], np.float32)
NAMES = ("Square", "Disc")


def noise_pictures(folder, seed=3, **options):
    """7 images of 16x16 pixels: 5 of the train fold, 2 of the valid fold."""
    generator = Parrot(np.zeros((16, 16, 1)), seed, rows=[])
    table = LabelTable(NAMES, {"train": TRAIN, "valid": VALID})
    config = GenerateConfig(**options)
    return generate_dataset(generator, table, folder, config, seed=seed, name="noise", run="noise-seed3")
