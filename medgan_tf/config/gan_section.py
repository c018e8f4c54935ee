"""Section `gan`: architecture and loss (paper S.2)."""

from typing import Annotated

from pydantic import Field, field_validator

from medgan_tf.config.section import Count, Rate, Section
from medgan_tf.registry import GANS


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
    """Adam learning rate of both networks, likewise. Takes the place of the rates in `training`."""

    @field_validator("start_resolution")
    @classmethod
    def _power_of_two(cls, value: int) -> int:
        if value not in (4, 8, 16, 32, 64, 128, 256, 512):
            raise ValueError(f"start_resolution must be a power of two from 4. Received: start_resolution={value}")
        return value


class GanConfig(Section):
    """Architecture and loss."""

    architecture: str = "cpd"
    """Registered GAN architecture."""
    latent_size: Count = 512
    """Length of the normal noise vector z."""
    base_channels: Count | None = None
    """channels(stage) = min(base_channels / 2**stage, max_channels); None means the architecture's published value
    (cpd 16384, progressive 8192)."""
    max_channels: Count = 512
    """Widest layer."""
    gradient_penalty: Annotated[float, Field(ge=0)] = 10.0
    """Weight of (|grad D(mix)| - 1)^2."""
    drift: Annotated[float, Field(ge=0)] = 0.001
    """Weight of D(real)^2."""
    deviation_group: Count = 4
    """Examples per group of the minibatch standard deviation; each replica's batch must be a multiple of it."""
    auxiliary_weight: Annotated[float, Field(ge=0)] | None = None
    """Weight of the auxiliary classifier's loss; only for `progressive`, where None means 1."""
    growth: GrowthConfig | None = None
    """Progressive growing; only for `progressive`, where None means the paper's schedule."""

    @field_validator("architecture")
    @classmethod
    def _known_architecture(cls, value: str) -> str:
        if value not in GANS.names():
            raise ValueError(f"unknown GAN architecture {value!r}; known: {', '.join(GANS.names())}")
        return value
