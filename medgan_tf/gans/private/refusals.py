"""What a private training of the networks refuses: whatever would break the guarantee or the step. No TensorFlow."""

from collections.abc import Iterator

from medgan_tf.config.schema import TrainingConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans.settings import GanConfig, GrowthConfig
from medgan_tf.registry import GANS


def check_private_networks(config: GanConfig, training: TrainingConfig, adaptive: bool) -> None:
    """Checks the sections `gan` and `training` of a private training.

    Args:
        config: The section `gan` without open values.
        training: The section `training` without open values; `training.batch` is the expected batch.
        adaptive: Whether the number of discriminator steps is adaptive.

    Raises:
        ConfigError: A setting that mixes the examples of a batch, looks at real images outside of the noise, or has
            another setting in its place; the message names what to change.
    """
    for reason in _refused(config, training, adaptive):
        raise ConfigError(f"privacy.dp: {reason}")


def _refused(config: GanConfig, training: TrainingConfig, adaptive: bool) -> Iterator[str]:
    augmentation = config.augmentation
    if config.mbstd_group_size != 1:
        yield (
            "the minibatch standard deviation mixes the images of several patients, so no gradient belongs to one "
            f"patient; set gan.mbstd_group_size: 1. Received: {config.mbstd_group_size}"
        )
    if config.n_critic != 1:
        yield (
            "privacy.dp.discriminator_steps says how many discriminator steps come before a generator step; set "
            f"gan.n_critic: 1. Received: {config.n_critic}"
        )
    if training.accumulation != 1:
        yield (
            "a private step computes privacy.dp.chunk gradients at a time already; lower that for less memory, and set "
            f"training.accumulation: 1. Received: {training.accumulation}"
        )
    if training.jit_compile:
        yield "XLA cannot compile a step whose number of patients changes; set training.jit_compile: false"
    if augmentation is not None and augmentation.target is not None:
        yield (
            "gan.augmentation.target adapts the strength to the discriminator's scores of real images, without noise; "
            "leave it out and set a fixed gan.augmentation.strength"
        )
    if adaptive and config.loss == "wasserstein":
        yield (
            "discriminator_steps: adaptive needs logits with a zero point, and the loss 'wasserstein' has none; set a "
            "number, e.g. privacy.dp.discriminator_steps: 5, or another gan.loss"
        )
    if "growth" in GANS.settings(config.architecture).SPECIAL_OPTIONS:
        batches = (config.growth or GrowthConfig()).batch
        if set(batches) != {training.batch}:
            yield (
                "the expected batch is the same in all phases of growth; set gan.growth.batch: "
                f"[{training.batch}]. Received: {list(batches)}"
            )
