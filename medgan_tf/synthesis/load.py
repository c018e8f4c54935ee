"""Use of a shared generator. It needs TensorFlow and the generator's folder, but none of the code that trained it.

A generator comes as weights and the name of a network, which hold no program. One that comes as a SavedModel alone is a
program: it is loaded only by who trusts its author, and even then through `saved_models.loading`, which refuses all
that does not compute.
"""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.data.images import to_uint8
from medgan_tf.errors import DataError
from medgan_tf.files.hashing import sha256_of
from medgan_tf.gans.exported.architecture import Architecture
from medgan_tf.gans.exported.functions import ImageFunctions
from medgan_tf.gans.exported.weights import ARCHITECTURE, WEIGHTS, has_stored_generator, read_stored_generator
from medgan_tf.saved_models.identity import model_sha256
from medgan_tf.saved_models.inspection import FILE, InspectedModel, inspect_saved_model
from medgan_tf.saved_models.loading import load_inspected
from medgan_tf.saved_models.object_inspection import CARD
from medgan_tf.synthesis.card import GeneratorCard, read_generator_card
from medgan_tf.synthesis.noise import truncated_noise

_SIGNATURES = ("generate", "sample")


class Generator:
    """A trained generator.

    A label vector has one column for each of the L findings in `label_names`. A generator that was trained with
    `gan.conditions` has C further columns, ``sex=F``, ``age=40-64``, ...: `conditions` describes them, and
    `column_names` names all.

    `guarantee` is what is known of the privacy of the training images; None if the training was not private.

    Args:
        path: Folder that ``medgan-tf train`` exported.
        trust: Whether a folder without weights, which holds a SavedModel alone, is loaded too. A SavedModel is a
            program; it is checked before it is loaded. A folder with weights never needs that.

    Raises:
        DataError: There is no generator, it is damaged or refused, or it is a SavedModel and not trusted.

    Example:
        >>> generator = medgan_tf.load_generator("runs/quickstart/cpd-seed1000/generator")
        >>> labels = generator.label_vectors(["Cardiomegaly"], count=16)
        >>> images = generator.sample(labels, seed=1)  # uint8 [16, 32, 32, 1]
    """

    def __init__(self, path: str | Path, trust: bool = False):
        self.path = Path(path)
        self._card = read_generator_card(self.path)
        self.label_names, self.combinations = self._card.label_names, self._card.combinations
        self.conditions, self.column_names = self._card.conditions, self._card.column_names
        self.resolution, self.latent_size = self._card.resolution, self._card.latent_size
        self.card, self.guarantee = self._card.values, self._card.guarantee
        self._sha256 = ""
        make = _of_weights if has_stored_generator(self.path) else _of_saved_model
        if make is _of_saved_model and not trust:
            raise DataError(
                f"{self.path} holds no {WEIGHTS} and {ARCHITECTURE}, only a SavedModel, which is a program; load it "
                "with trust=True or --trust if you trust who made it, or ask for the weights"
            )
        self._functions, self._identity = make(self.path, self._card)

    def sample(self, labels: np.ndarray, seed: int, truncation: float | None = None) -> np.ndarray:
        """Images with the given labels; the same seed, labels and truncation give the same images.

        Args:
            labels: [N, L + C] of 0 and 1.
            seed: Any integer.
            truncation: Threshold above 0; values of the noise that are farther from 0 are drawn again (Brock et al.
                2019). Below about 1 images become more alike and more typical, so such a set measures nothing of
                the generator. None draws all.

        Returns:
            uint8 [N, R, R, 1], 0..255.

        Raises:
            DataError: The network fails, or gives something else than its card promises.
        """
        if truncation is not None:
            # By `generate`, so that every exported generator can do it.
            noise = truncated_noise(seed, len(labels), self.latent_size, truncation)
            return to_uint8(self.generate(noise, labels))
        labels = self._checked(labels)
        return self._images("sample", np.uint8, labels, seed=tf.constant(seed, tf.int64))

    def generate(self, z: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Images from given noise: z float32 [N, Z] and labels [N, L + C] to float32 [N, R, R, 1], about -1..1."""
        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent_size:
            raise ValueError(f"z must have shape [N, {self.latent_size}]. Received: shape={z.shape}")
        return self._images("generate", np.float32, self._checked(labels), z=tf.constant(z))

    def _images(self, name: str, dtype: type, labels: tf.Tensor, **inputs: tf.Tensor) -> np.ndarray:
        """What a signature gives. Raises `DataError` where a generator of others fails or gives no images."""
        try:
            images = self._functions[name](labels=labels, **inputs).numpy()
        except (tf.errors.OpError, AttributeError, KeyError, TypeError, ValueError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise DataError(f"{self.path} cannot make images: {reason:.200}") from error
        expected = (labels.shape[0], self.resolution, self.resolution, 1)
        if images.shape != expected or images.dtype != dtype:
            raise DataError(
                f"{self.path} gives {images.dtype} {list(images.shape)}; its card promises {dtype.__name__} "
                f"{list(expected)}; export the generator again"
            )
        return images

    def _checked(self, labels: np.ndarray) -> tf.Tensor:
        labels = np.asarray(labels, np.float32)
        if labels.ndim != 2 or labels.shape[1] != len(self.column_names):
            raise ValueError(
                f"labels must have shape [N, {len(self.column_names)}], one column each for "
                f"{', '.join(self.column_names)}. Received: shape={labels.shape}"
            )
        return tf.constant(labels)

    def label_vectors(self, names: list[str], count: int = 1) -> np.ndarray:
        """`count` equal label vectors, float32 [count, L + C].

        Args:
            names: The positive findings; and, for a generator with conditions, one group of each covariate, as
                ``["Cardiomegaly", "sex=F", "age=40-64"]``.
            count: Number of vectors.

        Raises:
            ValueError: An unknown name, or no group of a covariate, or two.
        """
        unknown = [name for name in names if name not in self.label_names and not self.conditions.knows(name)]
        if unknown:
            raise ValueError(f"unknown labels. Received: {unknown}; known: {', '.join(self.column_names)}")
        findings = np.array([name in names for name in self.label_names], np.float32)
        groups = self.conditions.named(name for name in names if name not in self.label_names)
        return np.tile(np.concatenate([findings, groups]), (count, 1))

    def sha256(self) -> str:
        """SHA-256 of what decides the images: architecture, weights, label names, sizes and label combinations.

        Two exports of one generator, and the generators of two equal trainings, have the same. A generator without
        weights has another than the same one with them.
        """
        if not self._sha256:
            self._sha256 = self._identity()
        return self._sha256

    def file_sha256(self) -> str:
        """SHA-256 over the files of its SavedModel, by name and content, by which version 0.1 knew a generator; "" for
        one that has none."""
        if not (self.path / FILE).is_file():
            return ""
        digest = hashlib.sha256()
        for file in (self.path / FILE, *sorted((self.path / "variables").iterdir()), self.path / "assets" / CARD):
            digest.update(file.name.encode() + b"\0" + bytes.fromhex(sha256_of(file)))
        return digest.hexdigest()


def load_generator(path: str | Path, trust: bool = False) -> Generator:
    """Loads a shared generator. See `Generator`."""
    return Generator(path, trust)


def generator_sha256(path: Path) -> str:
    """What `Generator.sha256` would say of the generator in a folder, without loading it; "" if there is none.

    Raises:
        DataError: It is damaged or refused.
    """
    if has_stored_generator(path):
        return read_stored_generator(path).sha256(read_generator_card(path).deciding())
    if not (path / FILE).is_file():
        return ""
    return _program_sha256(inspect_saved_model(path), read_generator_card(path))


def generator_guarantee(path: Path) -> dict[str, Any] | None:
    """The guarantee of the generator in a folder, as JSON values; None if it has none, or there is no generator.

    Raises:
        DataError: Its card is damaged.
    """
    is_there = has_stored_generator(path) or (path / FILE).is_file()
    guarantee = read_generator_card(path).guarantee if is_there else None
    return guarantee.as_json() if guarantee else None


_Made = tuple[dict[str, Callable[..., tf.Tensor]], Callable[[], str]]
"""The functions `generate` and `sample` by name, and what computes the identity."""


def _of_weights(path: Path, card: GeneratorCard) -> _Made:
    stored = read_stored_generator(path)
    _check_sizes(path, stored.architecture, card)
    module = ImageFunctions(stored.network())
    functions = {name: _function(module, name) for name in _SIGNATURES}
    return functions, functools.partial(stored.sha256, card.deciding())


def _check_sizes(path: Path, one: Architecture, card: GeneratorCard) -> None:
    """Raises `DataError` where card and network are not of one generator."""
    promised = (card.resolution, len(card.column_names), card.latent_size)
    if promised != (found := (one.resolution, one.label_count, one.latent_size)):
        raise DataError(
            f"{path} is refused: its card promises resolution, labels and latent size {promised}, and {ARCHITECTURE} "
            f"has {found}; export the generator again"
        )


def _of_saved_model(path: Path, card: GeneratorCard) -> _Made:
    inspected = inspect_saved_model(path)
    model = load_inspected(inspected)
    if missing := [name for name in _SIGNATURES if name not in model.signatures]:
        raise DataError(f"{path} is no generator: it lacks the signature {missing[0]!r}; export it again")
    functions = {name: _first_output(model, name) for name in _SIGNATURES}
    return functions, functools.partial(_program_sha256, inspected, card)


def _function(module: ImageFunctions, name: str) -> Callable[..., tf.Tensor]:
    # Traced at the first use. Called as what it is, TensorFlow would warn a process that loads several generators.
    traced = functools.cache(getattr(module, name).get_concrete_function)
    return lambda **inputs: traced()(**inputs)


def _first_output(model: Any, name: str) -> Callable[..., tf.Tensor]:
    return lambda **inputs: model.signatures[name](**inputs)["output_0"]


def _program_sha256(inspected: InspectedModel, card: GeneratorCard) -> str:
    return model_sha256(inspected, _SIGNATURES, card.deciding())
