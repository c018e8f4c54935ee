"""Section `classifier`: the predictive model trained on real or on synthetic images (paper S.4)."""

import os
import re
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from medgan_tf.config.section import (
    Changes,
    Count,
    Names,
    Rate,
    Section,
    Share,
    added,
    afterwards,
    incidental,
)

DENSENET, LINEAR = "densenet121", "linear"
BATCH_NORM_MOMENTUM = 0.99
BASELINES = ("trivial", "augmented", "halves", "permutations")
OLDER_BASELINES = ("shuffled",)
FIRST_BASELINES = ("augmented", "halves", "shuffled")
"""The default of version 0.1, for hashes that were made with it."""
PERMUTATIONS = 5
KEPT_PERMUTED = ("shuffled", "permuted_1")
"""Permuted classifiers whose model is kept. That of version 0.1 comes first: maps made from it stay what they are."""


def is_path(text: str) -> bool:
    """Whether a setting that takes names and paths is a path: it has a slash, or ends in .keras."""
    return "/" in text or os.sep in text or text.endswith(".keras")


class Mixture(Section):
    """A training set of real and synthetic images."""

    real: Share
    """Share of the real training images."""
    synthetic: Share
    """Share of the synthetic training images."""

    @model_validator(mode="after")
    def _both(self) -> "Mixture":
        if not self.real or not self.synthetic:
            raise ValueError(
                f"a mixture needs both kinds. Received: real={self.real:g}, synthetic={self.synthetic:g}; "
                "the pure sets are measured anyway"
            )
        return self


MIXTURES = (Mixture(real=0.5, synthetic=0.5), Mixture(real=1.0, synthetic=0.5), Mixture(real=1.0, synthetic=1.0))


PatientShare = Annotated[float, Field(gt=0, le=1)]
Multiple = Annotated[float, Field(gt=0, le=100)]
MOST_FREQUENT = "most_frequent"


class ClassifierConfig(Section):
    """The predictive model trained on real or on synthetic images (paper S.4)."""

    architecture: str = added(DENSENET)
    """The classifier: `densenet121` (paper), any other network of `keras.applications` by its name in lower case, such
    as `resnet50`; the path of a backbone (a `.keras` file, which is trained on, or the folder of a SavedModel, which is
    frozen: only the layer after it learns); or `linear`, logistic regression on the features of `extractor`."""
    extractor: str = added("pixels")
    """Features of `linear`: pixels, random, inception, inception_2015, radiology, or the folder of a SavedModel. Their
    weights are those that `weights` names, where it names a path."""
    weights: str = "imagenet"
    """Start of the network: `imagenet` (Keras's published file), `none`, or the path of a weights file (the network
    without top, HDF5). A backbone by path has its own."""
    sha256: str | None = added(None)
    """Expected SHA-256 of a backbone by path, or of the extractor's weights; another one is an error. The extractors
    radiology and inception_2015 need it."""
    input_range: Literal["0..255", "0..1", "-1..1", "imagenet"] = added("0..255")
    """Grey values that a backbone by path expects; `imagenet`: 0..1 less the means of ImageNet, through its standard
    deviations. Networks of `keras.applications` get what they expect."""
    download: bool = incidental(False)
    """Whether `imagenet` may fetch its file (29 MB for DenseNet-121) when it is not in Keras's folder yet."""
    image_size: Annotated[int, Field(ge=32, le=1024)] = 224
    """Side the images are resized to, pixels. A backbone by path that takes one size only decides it itself, and so
    does an extractor."""
    batch: Count = 48
    """Images per step over all replicas."""
    images_per_epoch: Count = 5000
    """Upper limit of images per epoch."""
    max_epochs: Count = 100
    """Upper limit of epochs."""
    learning_rate: Rate = 1e-4
    """Initial Adam learning rate."""
    minimum_learning_rate: Rate = 1e-8
    """The rate is never divided below this."""
    reduce_patience: Count = 2
    """Epochs without a better mean validation AUC before the rate is divided by 10."""
    stop_patience: Count = 3
    """Epochs without a better mean validation AUC before training stops."""
    batch_norm_momentum: Annotated[float, Field(gt=0, lt=1)] = added(BATCH_NORM_MOMENTUM)
    """Momentum of the means and variances that are used outside of training; with a larger one they follow more slowly.
    The default is Keras's value. With random starting weights and only a few hundred steps they never settle, and the
    validation AUC says little: use 0.9 then."""
    flip: bool = True
    """Mirror training images left to right at random."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """`mixed_bfloat16` computes the convolutions in bfloat16; weights, features and probabilities stay float32."""
    baselines: Names = afterwards(BASELINES)
    """Further classifiers that `medgan-tf run` trains: `trivial` (logistic regression on the mean intensity, and on the
    image at 8 x 8 pixels, of real and of synthetic images: what needs no deep network), `augmented` (real images,
    classical augmentation), `halves` (two halves of the real patients: a difference which two real trainings show),
    `permutations` (real images, permuted labels, several short trainings: how far from 0.5 chance can lie). `shuffled`
    is one long training with permuted labels, as in earlier versions. Not in the paper."""
    permutations: Annotated[int, Field(ge=2, le=100)] = added(PERMUTATIONS, Changes.AFTERWARDS)
    """Classifiers with permuted labels of each seed, of one epoch each. Chance is no single value, so one is too few:
    the range of n such AUCs contains that of another permutation with a probability of (n - 1) / (n + 1)."""
    mixtures: Annotated[tuple[Mixture, ...], Field(strict=False)] = afterwards(MIXTURES)
    """Points of the mixing curve, which `medgan-tf run` trains too. Not in the paper."""
    fine_tuning: Annotated[tuple[PatientShare, ...], Field(strict=False)] = added((), Changes.AFTERWARDS)
    """Shares of the real training patients, e.g. `[1.0, 0.5, 0.1, 0.01]`. For each, a classifier is trained that starts
    from the weights of the synthetic-trained one and goes on with the images of these patients, and its control, which
    has these images alone. Whole patients are taken, and the patients of a smaller share are in every larger one. The
    validation fold stays whole. Not in the paper."""
    rare_augmentation: Literal["most_frequent"] | Count | None = added(None, Changes.AFTERWARDS)
    """A number N, or `most_frequent` for the number of images of the most frequent label combination: a classifier is
    trained on the real images and, for each combination with fewer than N, on synthetic images of it up to N. Not in
    the paper."""
    synthetic_multiples: Annotated[tuple[Multiple, ...], Field(strict=False)] = added((), Changes.AFTERWARDS)
    """Sizes of further synthetic training sets, as multiples of the synthetic set, e.g. `[0.5, 2, 5]`; a smaller one is
    in every larger one. Above 1 further images are generated, in folders of their own. Not in the paper."""
    bootstrap_draws: Count = afterwards(2000)
    """Has no effect any more: intervals do not come from resamples. Files that have it are still read."""
    margin: Rate = afterwards(0.05)
    """Equivalence margin: the largest mean AUC_real - AUC_syn that does not matter for the use at hand."""

    @property
    def is_linear(self) -> bool:
        """Whether it is logistic regression on features."""
        return self.architecture == LINEAR

    @property
    def has_own_backbone(self) -> bool:
        """Whether `architecture` is the path of a backbone."""
        return is_path(self.architecture)

    @field_validator("architecture")
    @classmethod
    def _name_or_path(cls, value: str) -> str:
        if not is_path(value) and not re.fullmatch(r"[a-z0-9]+", value):
            raise ValueError(
                "architecture must be linear, a network of keras.applications in lower case, e.g. resnet50, or a path, "
                f"e.g. ./folder or backbone.keras. Received: architecture={value!r}"
            )
        return value

    @field_validator("baselines")
    @classmethod
    def _known_baselines(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        known = (*BASELINES, *OLDER_BASELINES)
        if set(value) - set(known):
            raise ValueError(f"baselines must be among {', '.join(known)}. Received: baselines={list(value)}")
        return value

    @field_validator("fine_tuning", "synthetic_multiples")
    @classmethod
    def _named_once(cls, value: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
        """Folders are named by these numbers, with six digits."""
        names = [f"{number:g}" for number in value]
        if len(set(names)) < len(names):
            raise ValueError(f"{info.field_name} must not hold a number twice. Received: {', '.join(names)}")
        if info.field_name == "synthetic_multiples" and "1" in names:
            raise ValueError("synthetic_multiples must not hold 1: that is the synthetic set itself. Received: 1")
        return value
