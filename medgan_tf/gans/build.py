"""The one way to make a GAN."""

from typing import TYPE_CHECKING

from medgan_tf.config.schema import GanConfig
from medgan_tf.registry import GANS

if TYPE_CHECKING:
    from medgan_tf.gans.base import ConditionalGan


def build_gan(
    architecture: str, *, resolution: int, label_count: int, precision: str = "float32", **options
) -> "ConditionalGan":
    """Builds a GAN with random weights.

    Args:
        architecture: Registered name, e.g. "cpd".
        resolution: Side of the images, pixels; a power of two from 16 to 512.
        label_count: Length L of the multi-hot label vectors, at least 1.
        precision: `float32` or `mixed_bfloat16`.
        **options: Fields of `config.schema.GanConfig`, e.g. ``max_channels=24, latent_size=24``.

    Returns:
        A model with ``.generator([z, labels])`` -> images [N, R, R, 1], ``.discriminator([images, labels])`` -> logits
        [N] and ``.ema_generator``.

    Raises:
        ConfigError: Unknown architecture.
        ValueError: Unknown option, odd resolution or no labels.

    Example:
        >>> gan = build_gan("cpd", resolution=64, label_count=14, max_channels=24, latent_size=24)
        >>> images = gan.generator([z, labels])
    """
    if resolution not in (16, 32, 64, 128, 256, 512):
        raise ValueError(f"resolution must be a power of two from 16 to 512. Received: resolution={resolution}")
    if label_count < 1:
        raise ValueError(f"a conditional GAN needs at least one label. Received: label_count={label_count}")
    implementation = GANS.get(architecture)
    config = GanConfig(architecture=architecture, **options)
    return implementation(config, resolution=resolution, label_count=label_count, precision=precision)
