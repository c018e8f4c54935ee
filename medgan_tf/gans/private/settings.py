"""Section `privacy`: differentially private training (not in the paper, which names it as the missing piece)."""

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from medgan_tf.config.section import Changes, Count, Fraction, Names, Rate, Section, Title, added, afterwards, resumable


def _infinity_as_word(value: Any) -> Any:
    # JSON has no infinity, so the word is the value.
    return "inf" if isinstance(value, float) and value == math.inf else value


Epsilon = Annotated[Literal["inf"] | Rate, BeforeValidator(_infinity_as_word)]
"""A bound of epsilon; `inf` promises nothing."""


class EmbeddingConfig(Section):
    """A generator that matches one noisy mean of features of the real images, in place of steps of a discriminator
    (DP-MERF; Harder, Adamczewski, Park 2021). For few patients, and as a baseline."""

    features: Count = 1000
    """Random features of an image, whose noisy mean is released for each label combination."""


class DpConfig(Section):
    """Differentially private training: DP-SGD on the discriminator, for neighbours that differ in one unit.

    Either `noise_multiplier` or `target_epsilon` must be set, or both: then training stops before the target is
    exceeded.
    """

    noise_multiplier: Rate | None = None
    """Standard deviation of the noise, as a multiple of `clip`. None: as much as `target_epsilon` needs for all steps
    of the training."""
    target_epsilon: Epsilon | None = None
    """Epsilon that must not be exceeded. `inf`: the same training without noise and without any guarantee, to compare
    with."""
    delta: Fraction | None = None
    """Delta of the whole guarantee; None: the smaller one of 1e-5 and 1 / (10 n) for n training patients."""
    clip: Rate = 1.0
    """Largest norm of the gradient of one unit."""
    unit: Literal["patient", "image"] = "patient"
    """What neighbouring datasets differ in: all images of a patient, or one image."""
    images_per_patient: Count = 1
    """Images of a drawn patient whose mean gradient is taken, at most; drawn at random where there are more."""
    expected_batch: Count | None = None
    """Mean number of units in a discriminator step; it takes the place of `training.batch`. None: `training.batch`."""
    discriminator_steps: Literal["adaptive"] | Count = "adaptive"
    """Discriminator steps for each generator step. `adaptive`: begins with 1 and goes up to 2, 5, 10, ..., 500 while
    the discriminator tells generated images badly (Bie et al. 2023)."""
    chunk: Count = resumable(16)
    """Units whose gradients are computed at a time; decides memory, not the result but for rounding."""
    label_noise: Rate = 24.0
    """Standard deviation of the noise on the number of patients of each label combination."""
    combinations: Names | None = None
    """Label combinations that are public knowledge, e.g. `[(none), Cardiomegaly|Edema]`. Only these are generated.
    None: combinations are found under the guarantee, and rare ones are not."""
    public_selection: bool = False
    """Declares that it is public what `data.min_count`, `data.subset`, `data.no_finding_images` and `gan.conditions`
    chose by exact counts."""
    public_start: str | None = None
    """Run folder of a training on public images, from whose networks this one starts. None: random weights."""
    public_start_origin: Title | None = afterwards(None)
    """What the images of `public_start` are and why they are public, in a sentence for the report: the guarantee rests
    on it."""
    embedding: EmbeddingConfig | None = added(None)
    """Train the generator to match one noisy mean embedding, and no discriminator; then `noise_multiplier` is that of
    this one release, and the options of the steps have no effect: `clip`, `images_per_patient`, `discriminator_steps`,
    `chunk`. None: steps of the discriminator."""
    tried_runs: Count = afterwards(1)
    """Private trainings on these patients so far, with this one; for the report."""

    @model_validator(mode="after")
    def _some_bound(self) -> "DpConfig":
        if self.noise_multiplier is None and self.target_epsilon is None:
            raise ValueError("expected noise_multiplier or target_epsilon; received neither")
        if self.noise_multiplier is not None and self.target_epsilon == "inf":
            raise ValueError("target_epsilon: inf has no noise; expected noise_multiplier to be left out")
        return self

    @model_validator(mode="after")
    def _origin_of_public_start(self) -> "DpConfig":
        if self.public_start is not None and not (self.public_start_origin or "").strip():
            raise ValueError(
                "public_start needs public_start_origin: what its images are and why they are public, as the guarantee "
                "rests on it; received none"
            )
        return self


class PrivacyConfig(Section):
    """Guarantees of privacy."""

    dp: DpConfig | None = added(None, Changes.RESULTS)
    """Differentially private training; None, as in the paper, means none."""
