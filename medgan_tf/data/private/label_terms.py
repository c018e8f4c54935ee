"""What the noisy numbers of patients by label combination are charged for. Needs no data."""

from dataclasses import dataclass

from medgan_tf.accounting.thresholds import COMBINATIONS, extra_delta_of, threshold
from medgan_tf.config.schema import DpConfig


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
    most, extra = 1 if dp.unit == "image" else COMBINATIONS, extra_delta_of(delta)
    return LabelTerms(dp.label_noise, threshold(dp.label_noise, extra, most), most, extra)
