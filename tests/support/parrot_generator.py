"""A generator that gives a patient's image back for some noise, and pictures of noise for all other."""

import zlib

import numpy as np

from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.synthesis.generate import latents

LATENT_SIZE = 4


class Parrot:
    """Stands for `Generator`, for two labels and 16x16 pixels.

    Args:
        image: uint8 [16, 16, 1], what it gives back.
        seed: Seed of the noise of the dataset.
        rows: Images of the train fold that are `image` at the first draw of their noise; None: all, at every draw.
        drift: Grey levels that are added to pictures in batches of fewer than 10.
    """

    label_names, resolution, latent_size, path = ("Square", "Disc"), 16, LATENT_SIZE, "parrot"
    conditions, guarantee = Conditions(), None

    def __init__(self, image, seed, rows=None, drift=0):
        self.image, self.drift = image.astype(np.float32) / 127.5 - 1, drift
        self.known = None if rows is None else {one.tobytes() for one in latents(seed, "train", rows, LATENT_SIZE)}

    def generate(self, z, labels):
        added = self.drift / 127.5 if len(z) < 10 else 0
        return np.stack([self._picture(one) + added for one in z]).astype(np.float32)

    def _picture(self, noise):
        if self.known is None or noise.tobytes() in self.known:
            return self.image
        return np.random.default_rng(zlib.crc32(noise.tobytes())).uniform(-0.9, 0.9, (16, 16, 1))

    def sha256(self):
        return "a" * 64

    file_sha256 = sha256
