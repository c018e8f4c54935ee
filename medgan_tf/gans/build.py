"""The one way to make a GAN from its options, and to read one back."""

from pathlib import Path
from typing import Any

from medgan_tf.config.schema import GanConfig
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.gans.resolve import check_gan, resolve_gan
from medgan_tf.registry import GANS
from medgan_tf.saved_models.keras_archives import load_keras_archive, read_keras_config


def build_gan(
    architecture: str, *, resolution: int, label_count: int, precision: str = "float32", **options: Any
) -> ConditionalGan:
    """Builds a GAN with random weights.

    Args:
        architecture: Registered name, e.g. "cpd".
        resolution: Side of the images, pixels; a power of two from 16 to 512.
        label_count: Length L of the multi-hot label vectors, at least 1.
        precision: `float32` or `mixed_bfloat16`.
        **options: Fields of `config.schema.GanConfig`, e.g. ``max_channels=24, latent_size=24``; where they are left
            out, the paper's values hold.

    Returns:
        A Keras model with ``.generator([z, labels])`` -> images [N, R, R, 1], ``.discriminator([images, labels])`` ->
        logits [N] and ``.ema_generator``.

    Raises:
        ConfigError: Unknown architecture, or options that do not fit it.
        ValueError: Unknown option, odd resolution or no labels.

    Example:
        >>> gan = build_gan("cpd", resolution=64, label_count=14, max_channels=24, latent_size=24)
        >>> gan.compile(seed=1)
        >>> gan.fit(images, labels, batch_size=32, epochs=10)
        >>> synthetic = gan.ema_generator([z, labels])
    """
    if resolution not in (16, 32, 64, 128, 256, 512):
        raise ValueError(f"resolution must be a power of two from 16 to 512. Received: resolution={resolution}")
    if label_count < 1:
        raise ValueError(f"a conditional GAN needs at least one label. Received: label_count={label_count}")
    implementation = GANS.get(architecture)
    config = resolve_gan(GanConfig(architecture=architecture, **options), resolution)
    check_gan(config, resolution)
    return implementation(config, resolution=resolution, label_count=label_count, precision=precision)


def load_gan(path: str | Path) -> ConditionalGan:
    """Reads a GAN that ``gan.save("name.keras")`` wrote, ready to go on with `fit` if it was compiled.

    `keras.saving.load_model` does the same once the architecture's module has been imported, as `build_gan` does. It
    also reads archives that run code; this function refuses them.

    Raises:
        ConfigError: The file holds an architecture that is not known here.
        DataError: The file is damaged, or names something that is not of the architecture.
        ValueError: The file holds no GAN.
    """
    values = read_keras_config(Path(path)).get("config")
    options = values.get("config") if isinstance(values, dict) else None
    if not isinstance(options, dict) or "architecture" not in options:
        raise ValueError(f"{path} holds a Keras model that is no GAN; read it with keras.saving.load_model")
    return load_keras_archive(path, own=(GANS.get(str(options["architecture"])),))
