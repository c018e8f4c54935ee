"""Use of a shared generator. It needs TensorFlow and the SavedModel folder, but none of the code that trained it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json

_CARD = "generator.json"
_LARGEST_CARD = 64 * 2**20


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
        DataError: There is none, or it lacks the signatures or the card of a medgan-tf generator.

    Example:
        >>> generator = medgan_tf.load_generator("runs/quickstart/cpd-seed1000/generator")
        >>> labels = generator.label_vectors(["Cardiomegaly"], count=16)
        >>> images = generator.sample(labels, seed=1)  # uint8 [16, 32, 32, 1]
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
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
        try:
            self._model = tf.saved_model.load(str(self.path))
            self._functions = {name: self._model.signatures[name] for name in ("generate", "sample")}
        except (OSError, ValueError, KeyError, tf.errors.OpError) as error:
            reason = str(error).splitlines()[0]
            raise DataError(f"{self.path} cannot be loaded as a generator: {reason}") from error

    def _read_card(self) -> dict:
        path = self.path / "assets" / _CARD
        if not (self.path / "saved_model.pb").is_file() or not path.is_file():
            raise DataError(
                f"no generator in {self.path}: expected saved_model.pb and assets/{_CARD}; "
                "`medgan-tf train` writes it into the run folder as generator/"
            )
        return read_json(path, largest=_LARGEST_CARD, advice="export or copy the generator again")

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
        """SHA-256 over the files that decide the images, by name and content."""
        digest = hashlib.sha256()
        files = [
            self.path / "saved_model.pb",
            *sorted((self.path / "variables").iterdir()),
            self.path / "assets" / _CARD,
        ]
        for file in files:
            digest.update(file.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
        return digest.hexdigest()


def load_generator(path: str | Path) -> Generator:
    """Loads a shared generator. See `Generator`."""
    return Generator(path)
