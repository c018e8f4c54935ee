"""Checks that options of the section `gan` go together. Each architecture's `settings.py` begins with these checks."""

from medgan_tf.errors import ConfigError
from medgan_tf.gans.settings import GanConfig

SPECIAL_OPTIONS = ("auxiliary_weight", "growth", "orthogonal_weight")
"""Options of `GanConfig` that not every architecture has."""


def check_options(config: GanConfig, special: frozenset[str]) -> None:
    """Checks what does not depend on the resolution.

    Args:
        config: The section without open values.
        special: The options among `SPECIAL_OPTIONS` that the architecture has.

    Raises:
        ConfigError: An option is set that the architecture does not have, or two options contradict each other.
    """
    for name in SPECIAL_OPTIONS:
        if name not in special and getattr(config, name) is not None:
            raise ConfigError(f"gan.{name} is not an option of the architecture {config.architecture!r}")
    augmentation = config.augmentation
    if augmentation and augmentation.target is not None and config.loss == "wasserstein":
        raise ConfigError(
            "gan.augmentation.target needs logits with a zero point, so a loss other than 'wasserstein': hinge, "
            "non_saturating or logistic; or leave it out for a fixed strength"
        )
