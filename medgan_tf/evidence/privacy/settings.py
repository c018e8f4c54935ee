"""Section `evaluation.privacy`: what the synthetic images give away (paper S.6)."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, model_validator

from medgan_tf.config.section import Changes, Count, Fraction, Section, Share, Weight, added, redefined
from medgan_tf.evidence.privacy.annex.settings import ReleaseContext
from medgan_tf.evidence.privacy.identity.settings import IdentityConfig
from medgan_tf.features.settings import FeatureSettings

KEY, ORDER = "privacy", 40


class Threshold(Section):
    """A limit of a verdict, and the reason for it."""

    limit: float
    """The limit."""
    reason: Annotated[str, Field(min_length=10)]
    """The reason for this limit; shown beside the verdict."""


EARLIER_DEFAULTS = {
    "membership_auc": {
        "limit": 0.5,
        "reason": "0.5 is guessing; an interval above it means that members can be told from others",
    },
    "training_excess": {
        "limit": 0.0,
        "reason": "without copying, training images are nearest neighbours no more often than their number says",
    },
}
"""Limits of version 0.1 that lay exactly where no leak lies, so that no audit could show them to hold. That version
wrote them into the settings of every run. There they are nobody's choice, and are read as the limits of today."""


class PrivacyThresholds(Section):
    """Limits of the verdicts. A limit holds when the whole interval is within it, and is broken when the value lies
    beyond it by more than chance explains. So each leaves a margin to the value without any leak."""

    membership_auc: Threshold = redefined(
        Threshold(
            limit=0.55,
            reason="0.5 is guessing; 0.55 tells 55 of 100 pairs of a member and another patient, 5 more than guessing",
        ),
        first=EARLIER_DEFAULTS["membership_auc"],
    )
    """Largest AUC of every membership attack."""
    membership_tpr: Threshold = added(
        Threshold(limit=0.02, reason="guessing finds 1 % of the members at 1 % false alarms; 2 % is twice as many")
    )
    """Largest share of the members that an attack may find at 1 % false alarms."""
    membership_tpr_strict: Threshold = added(
        Threshold(
            limit=0.005, reason="guessing finds 0.1 % of the members at 0.1 % false alarms; 0.5 % is five times as many"
        )
    )
    """Largest share of the members that an attack may find at 0.1 % false alarms. Judged from 10,000 non-members on."""
    authenticity: Threshold = Threshold(
        limit=0.05, reason="real images of other patients define the scale; 0.05 allows for images of another style"
    )
    """Largest loss of authentic images, compared with held-out real images."""
    training_excess: Threshold = redefined(
        Threshold(
            limit=0.05,
            reason="without copying it is 0; 0.05 is seen when 1 of 20 released images lies at the image it came from",
        ),
        first=EARLIER_DEFAULTS["training_excess"],
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
    """Smallest share of planted copies of each kind that the search must find. With less, the row is undecided."""
    attribute_inference: Threshold = added(
        Threshold(
            limit=0.05,
            reason="without a leak it is 0; 0.05 is one more right guess among 20 because the patient was trained on",
        )
    )
    """Largest gain of a guess about training patients over that about held-out patients."""

    identity: Threshold = added(
        Threshold(
            limit=0.02,
            reason="without a leak it is 0; 0.02 means that 1 of 50 released images shows a training patient",
        )
    )
    """Largest share of released images in which a trained verifier may recognise a training patient, beyond chance."""

    @model_validator(mode="before")
    @classmethod
    def _earlier_defaults(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {name: value for name, value in values.items() if EARLIER_DEFAULTS.get(name, "none") != value}


class CanarySettings(Section):
    """The strong attack on patients who were set apart (`data.canaries`), and the lower bound on epsilon from it."""

    draws: Annotated[int, Field(ge=100)] = 20_000
    """Images of the generator, and of the reference generator, from which densities are estimated."""
    guessed: Annotated[tuple[Share, ...], Field(strict=False, min_length=1)] = (0.1, 0.9)
    """Shares of the canaries whose coin is guessed, chosen before anyone looks at the scores; the best counts, with
    Bonferroni's correction."""
    claimed_epsilon: Weight | None = None
    """The epsilon that is claimed for the training. None: that of its guarantee, if it was private, at the delta of
    that; else nothing is claimed, and the bound is shown alone."""
    delta: Annotated[float, Field(ge=0, lt=1)] = 1e-5
    """The delta of the claim. The bound is one on epsilon at this delta."""


class PrivacyConfig(FeatureSettings):
    """The privacy audit. Not in the paper, which shows nearest neighbours and says that they prove nothing."""

    images: Annotated[int, Field(ge=50)] = 10_000
    """Largest number of synthetic images, and of members and of non-members (patients) of a membership attack. All
    training images are searched."""
    second_extractor: str | None = added(None)
    """Feature extractor that never saw the audited images, such as radiology, inception, or the folder of a SavedModel,
    e.g. a classifier of other patients. Membership attacks are then made in its features as well."""
    second_weights: str | None = added(None)
    """Weights of the second extractor, as `weights`."""
    second_sha256: str | None = added(None)
    """Expected SHA-256 of the second extractor's weights."""
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
    """Confidence with which all limits are said to hold, and of each limit on one side. A limit is said to be broken in
    at most one minus this share of the audits without a leak, all limits together."""
    few_images: Count = 500
    """Training images of a combination below which the paper saw memorisation."""
    enough_images: Count = 3000
    """Training images of a combination that the paper found enough."""
    listed: Annotated[int, Field(ge=1, le=1000)] = 50
    """Suspected copies listed; the first 12 are shown as pairs of pictures."""
    canaries: CanarySettings = added(CanarySettings())
    """The attack on canaries, where there are any."""
    identity: IdentityConfig = added(IdentityConfig())
    """Re-identification of patients by a trained verifier."""
    thresholds: PrivacyThresholds = PrivacyThresholds()
    """Limits of the verdicts."""
    context: ReleaseContext = added(ReleaseContext(), Changes.NOTHING)
    """Your own statements about the release, printed in the annex of the audit. They change no result."""


CONFIG = PrivacyConfig
