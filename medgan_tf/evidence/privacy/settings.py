"""Section `evaluation.privacy`: what the synthetic images give away (paper S.6)."""

from typing import Annotated

from pydantic import Field

from medgan_tf.config.section import Changes, Count, Fraction, Section, added
from medgan_tf.evidence.privacy.annex.settings import ReleaseContext
from medgan_tf.features.settings import FeatureSettings

KEY, ORDER = "privacy", 40


class Threshold(Section):
    """A limit of a verdict, and the reason for it."""

    limit: float
    """The limit."""
    reason: Annotated[str, Field(min_length=10)]
    """The reason for this limit; shown beside the verdict."""


class PrivacyThresholds(Section):
    """Limits of the verdicts. A limit is broken when the whole interval lies beyond it, not when the value does."""

    membership_auc: Threshold = Threshold(
        limit=0.5, reason="0.5 is guessing; an interval above it means that members can be told from others"
    )
    """Largest AUC of every membership attack."""
    authenticity: Threshold = Threshold(
        limit=0.05, reason="real images of other patients define the scale; 0.05 allows for images of another style"
    )
    """Largest loss of authentic images, compared with held-out real images."""
    training_excess: Threshold = Threshold(
        limit=0.0, reason="without copying, training images are nearest neighbours no more often than their number says"
    )
    """Largest excess of training images among the nearest real images."""
    copies: Threshold = Threshold(
        limit=0.01, reason="the detector is set to 1 % false alarms on held-out patients; more than that are copies"
    )
    """Largest share of suspected copies."""
    reidentification: Threshold = Threshold(
        limit=0.01, reason="the measure is set to 1 % false alarms on held-out patients; more than that are revealed"
    )
    """Largest share, beyond that of the control, of images that single out one patient."""
    power: Threshold = Threshold(
        limit=0.95, reason="a detector that misses planted copies cannot say that there are none"
    )
    """Smallest share of planted exact and mirrored copies that must be found."""


class PrivacyConfig(FeatureSettings):
    """The privacy audit. Not in the paper, which shows nearest neighbours and says that they prove nothing."""

    images: Annotated[int, Field(ge=50)] = 10_000
    """Largest number of synthetic images, and of candidates of a membership attack. All training images are
    searched."""
    planted: Annotated[int, Field(ge=10)] = 100
    """Training images slipped into a copy of the synthetic set, in each of four ways."""
    false_positives: Fraction = 0.01
    """Share of held-out real images that the search for copies, and that for single patients, may suspect."""
    density_dimensions: Annotated[int, Field(ge=1, le=64)] = 16
    """Number of principal components in which densities are estimated."""
    smallest: Annotated[int, Field(ge=10)] = 40
    """Smallest number of held-out real images, and of patients, for which an attack is run."""
    bootstrap: Annotated[int, Field(ge=100)] = 2000
    """Resamples of the patients behind each interval."""
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    """Coverage of the intervals."""
    few_images: Count = 500
    """Training images of a combination below which the paper saw memorisation."""
    enough_images: Count = 3000
    """Training images of a combination that the paper found enough."""
    listed: Annotated[int, Field(ge=1, le=1000)] = 50
    """Suspected copies listed; the first 12 are shown as pairs of pictures."""
    thresholds: PrivacyThresholds = PrivacyThresholds()
    """Limits of the verdicts."""
    context: ReleaseContext = added(ReleaseContext(), Changes.NOTHING)
    """Your own statements about the release, printed in the annex of the audit. They change no result."""


CONFIG = PrivacyConfig
