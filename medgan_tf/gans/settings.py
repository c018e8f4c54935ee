"""Section `gan`: architecture and loss (paper S.2)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from medgan_tf.config.section import Count, Rate, Section, Share, Weight, added
from medgan_tf.registry import GANS

RENAMED = {"deviation_group": "mbstd_group_size"}
"""Older names of keys of the section `gan`, and what they are called now."""

Covariate = Literal["sex", "age_bin", "view"]
_ORDER = ("sex", "age_bin", "view")
Operation = Literal["brightness", "contrast", "translation", "cutout", "mirror"]


class GrowthConfig(Section):
    """Progressive growing (paper S.2.1); only for the architecture `progressive`."""

    start_resolution: int = 8
    """Resolution of the first phase, pixels; a power of two from 4."""
    images_per_phase: Count | None = None
    """Real images of each phase; None means the paper's: 1.4 M up to 32 pixels, 1 M above."""
    batch: Annotated[tuple[Count, ...], Field(strict=False, min_length=1)] = (256, 128, 64, 32, 16)
    """Real images per step over all replicas, for each resolution from `start_resolution` on; the last one holds for
    all that follow. Takes the place of `training.batch`."""
    learning_rate: Annotated[tuple[Rate, ...], Field(strict=False, min_length=1)] = (0.001,)
    """Adam learning rate of both networks, for each resolution in the same way. Takes the place of the rates in
    `training`."""

    @field_validator("start_resolution")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value not in (4, 8, 16, 32, 64, 128, 256, 512):
            raise ValueError(f"start_resolution must be a power of two from 4. Received: start_resolution={value}")
        return value


class AugmentationConfig(Section):
    """Differentiable augmentation of what the discriminator sees, real and generated, for few images (not in the paper;
    Zhao et al. 2020, Karras et al. 2020)."""

    operations: Annotated[tuple[Operation, ...], Field(strict=False, min_length=1)] = (
        "brightness",
        "contrast",
        "translation",
        "cutout",
    )
    """Operations on an image, in this order: `brightness`, `contrast`, `translation`, `cutout`, `mirror`. Mirroring
    turns left into right, also in the generated images if it is strong."""
    strength: Share = 1.0
    """Probability of each operation; with `target` the one it starts with, usually 0."""
    target: Share | None = None
    """Adapt the strength so that the mean sign of the discriminator's logits on real images comes to this (0.6 in
    Karras et al. 2020); None keeps it fixed. Not for the loss `wasserstein`, whose logits have no zero point."""
    adaptation_images: Count = 500_000
    """Real images in which an adapted strength can go from 0 to 1."""


class GanConfig(Section):
    """Architecture and loss.

    A value that is None stands for what the paper used for the architecture; `docs/config.md` lists it.
    """

    architecture: str = Field("cpd", description=f"Registered GAN architecture: {', '.join(GANS.names())}.")
    latent_size: Count | None = None
    """Length of the normal noise vector z."""
    base_channels: Count | None = None
    """channels(stage) = min(base_channels / 2**stage, max_channels)."""
    max_channels: Count | None = None
    """Channels of the widest layer."""
    loss: Literal["wasserstein", "hinge", "non_saturating", "logistic"] | None = None
    """Adversarial loss: `wasserstein`; `hinge` with the Wasserstein loss for the generator; `non_saturating`;
    `logistic`, which saturates."""
    gradient_penalty: Weight | None = None
    """Weight of (|grad D(mix)| - 1)^2."""
    drift: Weight | None = None
    """Weight of D(real)^2."""
    r1: Weight = 0.0
    """Weight of |grad D(real)|^2 / 2."""
    r2: Weight = 0.0
    """Weight of |grad D(fake)|^2 / 2."""
    penalty_every: Count = 1
    """Discriminator steps between two that contain the gradient penalties, which then weigh that much more (lazy
    regularisation; not in the paper)."""
    n_critic: Count | None = None
    """Discriminator steps, each on new real images, per generator step."""
    mbstd_group_size: Count = 4
    """Examples per group of the minibatch standard deviation; each replica's batch must be a multiple of it."""
    auxiliary_weight: Weight | None = None
    """Weight of the auxiliary classifier's loss; only for `progressive`, where None means 1."""
    orthogonal_weight: Weight | None = None
    """Weight of the orthogonal regularisation; only for `biggan`."""
    growth: GrowthConfig | None = None
    """Progressive growing; only for `progressive`, where None means the paper's schedule."""
    augmentation: AugmentationConfig | None = None
    """Differentiable augmentation; None, as in the paper, means none."""
    conditions: Annotated[tuple[Covariate, ...], Field(strict=False)] = added(())
    """Covariates that the networks are told beside the findings: `sex`, `age_bin` (0-17, 18-39, 40-64, 65-89, 90+) and
    `view`. The dataset must carry them. Groups of fewer than `generate.minimum_patients` training patients are joined
    with others. Empty, as in the paper, means none."""

    @field_validator("conditions")
    @classmethod
    def _each_once(cls, value: tuple[Covariate, ...]) -> tuple[Covariate, ...]:
        if len(set(value)) != len(value):
            raise ValueError(f"expected each covariate once. Received: conditions={list(value)}")
        return tuple(sorted(value, key=_ORDER.index))

    @field_validator("architecture")
    @classmethod
    def _known_architecture(cls, value: str) -> str:
        if value not in GANS.names():
            raise ValueError(f"unknown GAN architecture {value!r:.60}; known: {', '.join(GANS.names())}")
        return value
