"""The inputs that all parts of the privacy audit share: three sets of images, their features, and who is compared."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError, MedganError
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.foreign import Foreign
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.presentation.steps import Steps

Discriminator = Callable[[np.ndarray, np.ndarray, pd.DataFrame | None], np.ndarray]
"""Function from uint8 images [N, R, R, 1], labels [N, L] and covariates (N rows, or None) to scores [N]. It gets
members and non-members together, as scores may depend on the batch. Covariates count where the GAN has conditions."""


@dataclass(frozen=True)
class Model:
    """What an audit knows of the model beside its images.

    Attributes:
        experiment: The experiment whose run is audited; None for plain folders.
        discriminator: The discriminator of the checkpoint; or the reason why there is none, which becomes a row; or
            None for folders of images, which have no checkpoint.
        foreign: For a generator from elsewhere: what can be asked of it.
        guarantee: What is filed about the privacy of its training; None where that was not private.
    """

    experiment: Experiment | None = None
    discriminator: Discriminator | MedganError | None = None
    foreign: Foreign | None = None
    guarantee: FiledGuarantee | None = None


@dataclass
class PrivacyInputs:
    """Sets and features of one audit.

    Attributes:
        train, held_out, synthetic: The sets; `synthetic` thinned to `settings.images`.
        released: The synthetic images, all of them.
        settings: Section `evaluation.privacy`.
        seed: Seed of all random choices.
        store: Computes the features.
        steps: Shows how far the work is.
        model: The experiment and its discriminator, where there is one.
    """

    train: ImageSet
    held_out: ImageSet
    synthetic: ImageSet
    released: ImageSet
    settings: PrivacyConfig
    seed: int
    store: FeatureStore
    steps: Steps
    model: Model = Model()

    @classmethod
    def of(
        cls,
        sets: ReleaseSets,
        settings: PrivacyConfig,
        seed: int,
        store: FeatureStore,
        steps: Steps,
        model: Model | None = None,
    ) -> "PrivacyInputs":
        """The inputs from the sets of a release. Raises `DataError` for sets that are too small for any attack."""
        for one in (sets.train, sets.held_out, sets.synthetic):
            if len(one) < settings.smallest:
                raise DataError(
                    f"the {one.name} set holds {len(one)} images; an audit needs at least {settings.smallest} "
                    "(evaluation.privacy.smallest)"
                )
        rows = chosen_rows(len(sets.synthetic), settings.images, stream(seed, "synthetic images audited"))
        audited = sets.synthetic.take(rows)
        rest = settings, seed, store, steps, model or Model()
        return cls(sets.train, sets.held_out, audited, sets.synthetic, *rest)

    @cached_property
    def train_features(self) -> np.ndarray:
        """Features of the training images, float32 [N, D]."""
        return self._features(self.train.images, "training images")

    @cached_property
    def held_out_features(self) -> np.ndarray:
        """Features of the held-out images, float32 [H, D]."""
        return self._features(self.held_out.images, "held-out images")

    @cached_property
    def synthetic_features(self) -> np.ndarray:
        """Features of the synthetic images, float32 [M, D]."""
        return self._features(self.synthetic.images, "synthetic images")

    @cached_property
    def mirrored_synthetic(self) -> np.ndarray:
        """Features of the mirrored synthetic images, float32 [M, D]."""
        return self.mirrored(self.synthetic.images, "mirrored synthetic images")

    @property
    def unit(self) -> str:
        """What chance draws: "patients"; "images" where the patients of a real set are not known."""
        return "patients" if all((one.patients != "").any() for one in (self.train, self.held_out)) else "images"

    def _features(self, images: np.ndarray, what: str) -> np.ndarray:
        return self.store.features(images, self.steps.counted(f"features of {what}"))

    def plain(self, images: np.ndarray, what: str) -> np.ndarray:
        """Features of further images, not kept on disk."""
        return self.store.extractor.shared_features(images, self.store.batch, self.steps.counted(f"features of {what}"))

    def mirrored(self, images: np.ndarray, what: str) -> np.ndarray:
        """Features of images mirrored left to right."""
        return self._features(np.ascontiguousarray(images[:, :, ::-1]), what)

    @cached_property
    def held_out_half(self) -> np.ndarray:
        """0 or 1 for each held-out image; a patient's images are in one half."""
        numbers = patient_numbers(self.held_out.patients)
        order = stream(self.seed, "halves of the held-out patients").permutation(numbers.max() + 1)
        return order[numbers] % 2
