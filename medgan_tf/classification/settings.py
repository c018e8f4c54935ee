"""Section `classifier`: the predictive model trained on real or on synthetic images (paper S.4)."""

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from medgan_tf.config.section import Changes, Count, Names, Rate, Section, Share, added, afterwards, incidental

BATCH_NORM_MOMENTUM = 0.99
BASELINES = ("trivial", "augmented", "halves", "permutations")
OLDER_BASELINES = ("shuffled",)
FIRST_BASELINES = ("augmented", "halves", "shuffled")
"""The default of version 0.1, for hashes that were made with it."""
PERMUTATIONS = 5
KEPT_PERMUTED = ("shuffled", "permuted_1")
"""Permuted classifiers whose model is kept. That of version 0.1 comes first: maps made from it stay what they are."""


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

    weights: str = "imagenet"
    """Start of DenseNet-121: `imagenet` (Keras's published file), `none`, or the path of a weights file (DenseNet-121
    without top, HDF5)."""
    download: bool = incidental(False)
    """Whether `imagenet` may fetch its file (29 MB) when it is not in Keras's folder yet."""
    image_size: Annotated[int, Field(ge=32, le=1024)] = 224
    """Side the images are resized to, pixels."""
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
