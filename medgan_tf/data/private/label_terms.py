"""What the noisy numbers of patients by label combination are charged for. Needs no data."""

from dataclasses import dataclass
from statistics import NormalDist

from medgan_tf.config.schema import DpConfig

MOST_COMBINATIONS = 8
"""Label combinations that a patient is counted in, at most, where they are found under the guarantee. It is public, so
it is the same for all datasets."""
THRESHOLD_SHARE = 0.1
"""Share of delta that the threshold of combinations found under the guarantee is charged for."""


@dataclass(frozen=True)
class LabelTerms:
    """How units are counted by label combination.

    Attributes:
        noise: Standard deviation of the noise on each count. A unit changes the counts by 1 at most (L2 norm).
        threshold: Counts below it are left out; None where the combinations are public.
        combinations_per_unit: Combinations that a unit is counted in, at most; None where they are public.
        extra_delta: Delta that the threshold is charged for; 0 where the combinations are public.
    """

    noise: float
    threshold: float | None = None
    combinations_per_unit: int | None = None
    extra_delta: float = 0.0

    @property
    def releases(self) -> tuple[float, ...]:
        """Noise multipliers to charge, for `Charges.releases`."""
        return (self.noise,)


def label_terms(dp: DpConfig, delta: float) -> LabelTerms:
    """The terms of an experiment.

    Args:
        dp: Section `privacy.dp`.
        delta: Delta of the whole guarantee.
    """
    if dp.combinations is not None:
        return LabelTerms(dp.label_noise)
    most = 1 if dp.unit == "image" else MOST_COMBINATIONS
    extra = THRESHOLD_SHARE * delta
    return LabelTerms(dp.label_noise, threshold(dp.label_noise, most, extra), most, extra)


def threshold(noise: float, most: int, delta: float) -> float:
    """Smallest noisy count at which a combination is shown, so that those of a single unit stay hidden.

    Without the unit its own combinations cannot be shown at all. With it each of them has a count of 1 at most, and is
    shown with a probability of at most ``p / most``, where ``p = delta / (1 + delta)``: then the counts of the others
    have the privacy of the Gaussian mechanism, and delta grows by no more than `delta` in both directions.

    Args:
        noise: Standard deviation of the noise.
        most: Combinations that a unit is counted in, at most.
        delta: Delta to charge.
    """
    return 1.0 - noise * NormalDist().inv_cdf(delta / (1.0 + delta) / most)
