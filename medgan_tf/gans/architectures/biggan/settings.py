"""The configuration's part of BigGAN (DuMont Schütte et al. 2020, section S.2.3), without its networks."""

from medgan_tf.errors import ConfigError
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.options import check_options
from medgan_tf.gans.paper_settings import PaperSettings
from medgan_tf.gans.parameters import convolution
from medgan_tf.gans.schedule import Phase, single_phase
from medgan_tf.gans.settings import GanConfig
from medgan_tf.training.settings import TrainingConfig

SPECIAL_OPTIONS = frozenset({"orthogonal_weight"})
"""The options among `options.SPECIAL_OPTIONS` that this architecture has."""

ATTENTION_SPLIT = 8
"""Self-attention needs a multiple of this number of channels."""


def paper_settings(resolution: int) -> PaperSettings:
    """The paper's values at a resolution in pixels."""
    return PaperSettings(
        base_channels=16 * resolution,
        latent_size=120,
        max_channels=256,
        loss="hinge",
        gradient_penalty=0.0,
        drift=0.0,
        n_critic=2,
        orthogonal_weight=1e-4,
        generator_learning_rate=0.01,
        discriminator_learning_rate=0.04,
    )


def check_settings(config: GanConfig, resolution: int) -> None:
    """Raises `ConfigError` for options that do not fit, and where attention cannot split its channels or z its parts;
    the section has no open values."""
    check_options(config, SPECIAL_OPTIONS)
    stages = list(resolution_stages(resolution))
    channels = stage_channels(stages[-2] - 1, config.base_channels, config.max_channels)
    if channels % ATTENTION_SPLIT:
        side = 2 ** stages[-2]
        raise ConfigError(
            f"gan.max_channels and gan.base_channels give {channels} channels at {side}x{side}, where attention needs "
            f"a multiple of {ATTENTION_SPLIT}"
        )
    if config.latent_size < len(stages):
        raise ConfigError(
            f"gan.latent_size must be at least {len(stages)}, one number for each of the parts into which "
            f"{resolution}x{resolution} pixels cut it. Received: latent_size={config.latent_size}"
        )


def plan_phases(config: GanConfig, resolution: int, training: TrainingConfig) -> list[Phase]:
    """One phase at the full resolution."""
    rates = (training.generator_learning_rate, training.discriminator_learning_rate)
    return [single_phase(resolution, training.batch, training.total_images, rates, config.n_critic)]


def discriminator_parameters(config: GanConfig, resolution: int, labels: int) -> int:
    """Trainable parameters of the discriminator, for label vectors of length `labels`."""
    stages, count, channels = list(resolution_stages(resolution)), 0, 1
    for r in stages[::-1]:
        outputs, inner = (stage_channels(one - 1, config.base_channels, config.max_channels) for one in (r - 1, r))
        if r == stages[-2]:
            # Queries, keys, values and outputs of attention without biases, its gate, and a 1x1 convolution.
            share = channels // ATTENTION_SPLIT
            count += 2 * channels * share + channels * channels // 2 * 2 + 1 + convolution(channels, outputs, 1)
        else:
            count += convolution(channels, inner) + convolution(inner, outputs) + convolution(channels, outputs, 1)
        channels = outputs
    return count + convolution(channels, 1, 1) + convolution(labels, channels, 1, bias=False)
