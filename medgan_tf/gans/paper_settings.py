"""The type of the paper's values for one architecture, which each architecture's `settings.py` gives."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PaperSettings:
    """Published settings of one architecture (paper S.2.1 to S.2.3).

    Attributes:
        base_channels: channels(stage) = min(base_channels / 2**stage, max_channels).
        batch: Real images per discriminator step.
        generator_learning_rate, discriminator_learning_rate: Learning rates of Adam.
        latent_size, max_channels, loss, gradient_penalty, drift, n_critic: See `GanConfig`.
        orthogonal_weight: See `GanConfig`; None for an architecture without spectral normalisation.
        of_paper: Whether the paper had this architecture; otherwise the values are others' or ours.
    """

    base_channels: int
    batch: int = 256
    generator_learning_rate: float = 0.005
    discriminator_learning_rate: float = 0.005
    latent_size: int = 512
    max_channels: int = 512
    loss: str = "wasserstein"
    gradient_penalty: float = 10.0
    drift: float = 0.001
    n_critic: int = 1
    orthogonal_weight: float | None = None
    of_paper: bool = True
