"""Use of a shared generator. It needs TensorFlow and the SavedModel folder, but none of the code that trained it.

A generator of others is a program: it comes in through `saved_models.loading`, which refuses all that does not compute.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of
from medgan_tf.saved_models.identity import model_sha256
from medgan_tf.saved_models.inspection import FILE, inspect_saved_model
from medgan_tf.saved_models.loading import load_inspected

_CARD = "generator.json"
_LARGEST_CARD = 64 * 2**20
_SIGNATURES = ("generate", "sample")


@dataclass(frozen=True)
class Combination:
    """A label combination of the training set: positive labels, label vector float32 [L], number of training images."""

    labels: tuple[str, ...]
    vector: np.ndarray
    train: int


class Generator:
    """A trained generator.

    Args:
        path: Folder of the SavedModel that ``medgan-tf train`` exported.

    Raises:
        DataError: There is none, it lacks the signatures or the card of a medgan-tf generator, or it is refused because
            it holds something that a generator does not need.

    Example:
        >>> generator = medgan_tf.load_generator("runs/quickstart/cpd-seed1000/generator")
        >>> labels = generator.label_vectors(["Cardiomegaly"], count=16)
        >>> images = generator.sample(labels, seed=1)  # uint8 [16, 32, 32, 1]
    """

    def __init__(self, path: str | Path):
        self.path, self._sha256 = Path(path), ""
        card = self._read_card()
        try:
            self.label_names = tuple(card["label_names"])
            self.resolution = int(card["resolution"])
            self.latent_size = int(card["latent_size"])
            self.combinations = tuple(
                Combination(tuple(entry["labels"]), np.asarray(entry["vector"], np.float32), int(entry["train"]))
                for entry in card["combinations"]
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{self.path}: {_CARD} has a missing or wrong value ({error}); export the generator again"
            ) from error
        self.card = card
        self._inspected = inspect_saved_model(self.path)
        self._model = load_inspected(self._inspected)
        found = getattr(self._model, "signatures", {})
        if missing := [name for name in _SIGNATURES if name not in found]:
            raise DataError(f"{self.path} is no generator: it lacks the signature {missing[0]!r}; export it again")
        self._functions = {name: found[name] for name in _SIGNATURES}

    def _read_card(self) -> dict:
        path = self.path / "assets" / _CARD
        if not (self.path / FILE).is_file() or not path.is_file():
            raise DataError(
                f"no generator in {self.path}: expected saved_model.pb and assets/{_CARD}; "
                "`medgan-tf train` writes it into the run folder as generator/"
            )
        if path.stat().st_size > _LARGEST_CARD:
            raise DataError(f"{path} is larger than {_LARGEST_CARD >> 20} MB, so it is not a generator's card")
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise DataError(f"{path} is damaged: not JSON ({error})") from error
        if not isinstance(card, dict):
            raise DataError(f"{path} is damaged: expected a JSON object")
        return card

    def sample(self, labels: np.ndarray, seed: int) -> np.ndarray:
        """Images with the given labels; the same seed and labels give the same images.

        Args:
            labels: [N, L] of 0 and 1.
            seed: Any integer.

        Returns:
            uint8 [N, R, R, 1], 0..255.
        """
        labels = self._checked(labels)
        return self._functions["sample"](labels=labels, seed=tf.constant(seed, tf.int64))["output_0"].numpy()

    def generate(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Images from given noise: z float32 [N, Z] and labels [N, L] to float32 [N, R, R, 1], about -1..1."""
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent_size:
            raise ValueError(f"z must have shape [N, {self.latent_size}]. Received: shape={z.shape}")
        return self._functions["generate"](z=tf.constant(z), labels=self._checked(labels))["output_0"].numpy()

    def _checked(self, labels: np.ndarray) -> tf.Tensor:
        labels = np.asarray(labels, np.float32)
        if labels.ndim != 2 or labels.shape[1] != len(self.label_names):
            raise ValueError(
                f"labels must have shape [N, {len(self.label_names)}], one column each for "
                f"{', '.join(self.label_names)}. Received: shape={labels.shape}"
            )
        return tf.constant(labels)

    def label_vectors(self, names: list[str], count: int = 1) -> np.ndarray:
        """`count` equal label vectors, float32 [count, L], with the named findings positive. Unknown names:
        `ValueError`."""
        unknown = [name for name in names if name not in self.label_names]
        if unknown:
            raise ValueError(f"unknown labels. Received: {unknown}; known: {', '.join(self.label_names)}")
        vector = np.array([name in names for name in self.label_names], np.float32)
        return np.tile(vector, (count, 1))

    def sha256(self) -> str:
        """SHA-256 of what decides the images: architecture, weights, label names, sizes and label combinations.

        Two exports of one generator, and the generators of two equal trainings, have the same.
        """
        if not self._sha256:
            combinations = [[list(one.labels), one.vector.tolist(), one.train] for one in self.combinations]
            described = [list(self.label_names), self.resolution, self.latent_size, combinations]
            self._sha256 = model_sha256(self._inspected, _SIGNATURES, described)
        return self._sha256

    def file_sha256(self) -> str:
        """SHA-256 over the files, by name and content, by which version 0.1 knew a generator."""
        digest = hashlib.sha256()
        for file in (self.path / FILE, *sorted((self.path / "variables").iterdir()), self.path / "assets" / _CARD):
            digest.update(file.name.encode() + b"\0" + bytes.fromhex(sha256_of(file)))
        return digest.hexdigest()


def load_generator(path: str | Path) -> Generator:
    """Loads a shared generator. See `Generator`."""
    return Generator(path)
