"""The feature extractor: a function from grey images to vectors with an exact description of what it does."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from medgan_tf.errors import DataError
from medgan_tf.features.known_features import KnownFeatures


@dataclass(frozen=True)
class ExtractorRequest:
    """The things that an extractor is made from.

    Attributes:
        weights: File or folder with the weights; None for the extractor's own.
        sha256: The hash they must have; None accepts any.
        download: Whether weights may be downloaded.
        classifier: SavedModel of the experiment's real-trained classifier, whether or not it exists.
    """

    weights: str | None = None
    sha256: str | None = None
    download: bool = False
    classifier: Path | None = None


@dataclass(frozen=True)
class ExtractorDescription:
    """The description of an extractor, as every result states it.

    Attributes:
        name: Registered name, or `saved_model`.
        feature_size: Dimensions of the features.
        input: Channels and value range the network is given.
        resize: Method that brings images to the network's size.
        weights_sha256: Hash of the weights.
        comparable: Whether its values can be compared between projects and machines.
    """

    name: str
    feature_size: int
    input: str
    resize: str
    weights_sha256: str
    comparable: bool


class Extractor:
    """A feature extractor.

    Args:
        description: Its description.
        network: TensorFlow function from uint8 [N, R, R, 1] to float [N, D].
        side: The only side R that it takes; None takes any.

    Example:
        >>> extractor = load_extractor("random", ExtractorRequest())
        >>> extractor.features(images)  # uint8 [N, R, R, 1] -> float32 [N, 256]
    """

    def __init__(
        self, description: ExtractorDescription, network: Callable[[tf.Tensor], tf.Tensor], side: int | None = None
    ):
        self.description = description
        self.side = side
        self._network = tf.function(network, autograph=False)
        self._traced: dict[tuple[int, int], Callable[[tf.Tensor], tf.Tensor]] = {}
        self._known = KnownFeatures()
        # Whatever holds the network's variables, so that they live as long as this object, and can be saved with it.
        self.model: Any = None

    @property
    def network(self) -> Callable[[tf.Tensor], tf.Tensor]:
        """The function from uint8 [N, R, R, 1] to float [N, D]."""
        return self._network

    def describe(self) -> dict[str, Any]:
        """The description as plain values."""
        return asdict(self.description)

    def features(
        self,
        images: np.ndarray,
        batch: int = 64,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> np.ndarray:
        """Features of images, batch by batch.

        Args:
            images: uint8 [N, R, R, 1].
            batch: Images at a time.
            progress: Called with finished and all images.

        Returns:
            float32 [N, D].

        Raises:
            DataError: The images have another size than the extractor takes, its network fails, or a feature is not
                finite.
        """
        if images.dtype != np.uint8 or images.ndim != 4 or images.shape[3] != 1:
            raise ValueError(f"images must be uint8 [N, R, R, 1]. Received: {images.dtype} {list(images.shape)}")
        if self.side is not None and images.shape[1] != self.side:
            raise DataError(
                f"extractor {self.description.name!r} takes images of {self.side}x{self.side} pixels. "
                f"Received: {images.shape[1]}x{images.shape[2]}"
            )
        found = np.empty((len(images), self.description.feature_size), np.float32)
        for start in range(0, len(images), batch):
            try:
                part = self._for(images.shape[1:3])(tf.constant(images[start : start + batch])).numpy()
                found[start : start + len(part)] = part
            except (tf.errors.OpError, ValueError) as error:
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                raise DataError(f"extractor {self.description.name!r} cannot compute: {reason:.200}") from error
            progress(start + len(part), len(images))
        if not np.isfinite(found).all():
            raise DataError(
                f"extractor {self.description.name!r} gave features that are not finite; are its weights damaged?"
            )
        return found

    def shared_features(
        self, images: np.ndarray, batch: int = 64, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> np.ndarray:
        """As `features`, but images that this extractor was asked about before are not computed again."""
        return self._known.of(images, lambda new, report: self.features(new, batch, report), progress)

    def keep(self, images: np.ndarray, features: np.ndarray) -> None:
        """Takes features of images that it computed in an earlier process, for `shared_features`."""
        self._known.keep(images, features)

    def _for(self, shape: tuple[int, int]) -> Callable[[tf.Tensor], tf.Tensor]:
        """The network for images of one size, in batches of any: traced once, not again for the last batch."""
        if shape not in self._traced:
            self._traced[shape] = self._network.get_concrete_function(tf.TensorSpec([None, *shape, 1], tf.uint8))
        return self._traced[shape]


def check_sha256(path: Path, found: str, expected: str | None) -> None:
    """Raises `DataError` unless weights have the hash that was asked for, if one was."""
    if expected is not None and found != expected:
        raise DataError(
            f"{path} are not the weights asked for: expected SHA-256 {expected[:12]}... (evaluation.fid.sha256), "
            f"found {found[:12]}..."
        )
