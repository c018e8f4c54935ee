"""What a private training is charged for, from its experiment and the size of its data. Loads no TensorFlow."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from medgan_tf.accounting.calibration import noise_for
from medgan_tf.accounting.epsilon import accountant, delta_of, epsilon, epsilon_rdp
from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.config.schema import Experiment
from medgan_tf.data.private.label_terms import label_terms
from medgan_tf.data.private.selection import public_knowledge
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.gans.private.terms import StepTerms
from medgan_tf.gans.resolve import plan_phases


@dataclass(frozen=True)
class PrivateTerms:
    """The numbers of a private training. All of them are public.

    Attributes:
        step: What each discriminator step, or the release of a mean embedding, is charged for.
        unit: patient or image.
        units: Number of units in the training fold.
        delta: Of the whole guarantee, with `extra_delta`.
        target_epsilon: Epsilon that must not be exceeded; None where there is no bound.
        steps: Draws of the whole training: its discriminator steps, or 1 for a mean embedding.
        releases: Noise multipliers of what is released once with all units.
        extra_delta: Delta of thresholds, see `Charges`.
        declared_public: Sentences on what was taken as public knowledge.
        embedding: Whether the draws are of a mean embedding, each a release of its own, rather than of a step.
    """

    step: StepTerms
    unit: str
    units: int
    delta: float
    target_epsilon: float | None
    steps: int
    releases: tuple[float, ...]
    extra_delta: float
    declared_public: tuple[str, ...]
    embedding: bool = False

    def charges(self, draws: int) -> Charges:
        """What is charged after so many draws of the noise of a step, or of a mean embedding."""
        step = self.step
        if self.embedding:
            return Charges(1.0, 0.0, 0, (*self.releases, *(draws * (step.noise_multiplier,))), self.extra_delta)
        return Charges(step.sampling_probability, step.noise_multiplier, draws, self.releases, self.extra_delta)

    def epsilon(self, draws: int) -> float:
        """Epsilon after so many draws; infinite without noise."""
        return epsilon(self.charges(draws), self.delta)

    def guarantee(self, draws: int) -> Guarantee:
        """The guarantee after so many draws."""
        charges = self.charges(draws)
        return Guarantee(
            epsilon=epsilon(charges, self.delta),
            epsilon_rdp=epsilon_rdp(charges, self.delta),
            delta=self.delta,
            unit=self.unit,
            units=self.units,
            charges=charges,
            declared_public=self.declared_public,
            accountant=accountant(),
        )

    def affordable(self, wanted: int) -> int:
        """The largest number of draws, up to `wanted`, whose epsilon does not exceed the target."""
        target = self.target_epsilon
        if target is None or self.epsilon(wanted) <= target:
            return wanted
        low, high = -1, wanted
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.epsilon(middle) <= target else (low, middle)
        return max(low, 0)

    def words_without_noise(self) -> str:
        """What the log says in place of a promise where `target_epsilon` is infinite."""
        return (
            f"NO GUARANTEE: trained on {self.units:,} {self.unit}s as a private training is, but without noise, so "
            "epsilon is infinite"
        )

    def mechanism(self) -> dict[str, Any]:
        """What must not change while a training goes on, as JSON values: one number of draws stands for all of it."""
        step = asdict(self.step)
        names = ("noise_multiplier", "sampling_probability", "clip", "images_per_patient")
        own = {"unit": self.unit, "units": self.units, "delta": self.delta, "extra_delta": self.extra_delta}
        own |= {"releases": list(self.releases)} | ({"embedding": True} if self.embedding else {})
        return {name: step[name] for name in names} | own


def private_terms(
    experiment: Experiment,
    units: int,
    images: int,
    noise_multiplier: float | None = None,
    earlier: Sequence[Mapping[str, Any]] = (),
) -> PrivateTerms:
    """The terms of an experiment with `privacy.dp`.

    Args:
        experiment: The experiment.
        units: Patients in the training fold; an image of no known patient counts as one.
        images: Images in the training fold.
        noise_multiplier: The noise of a training that was begun before; None takes that of the experiment.
        earlier: Draws of label counts that showed nothing, as the ledger has them; they are charged too.

    Raises:
        ConfigError: The expected batch is larger than the number of units, no noise reaches the target, or earlier
            draws of label counts took all of delta.
        DataError: No units.
    """
    dp, batch = experiment.privacy.dp, experiment.training.batch
    count = units if dp.unit == "patient" else images
    if count < 1:
        raise DataError("a private training needs training images; the train fold has none")
    if batch > count and dp.embedding is None:
        raise ConfigError(
            f"privacy.dp.expected_batch (or training.batch) must be at most the number of {dp.unit}s in the train "
            f"fold, {count:,}. Received: {batch:,}"
        )
    delta, probability = delta_of(count, dp.delta), batch / count
    steps = -(-plan_phases(experiment.gan, experiment.data.resolution, experiment.training)[-1].end // batch)
    if dp.embedding is not None:
        # All units take part in a single draw.
        probability, steps = 1.0, 1
    labels, target = label_terms(dp, delta), None if dp.target_epsilon is None else float(dp.target_epsilon)
    releases = (*(one["noise"] for one in earlier), *labels.releases)
    extra = math.fsum([*(one["extra_delta"] for one in earlier), labels.extra_delta])
    if earlier and extra >= delta:
        raise ConfigError(
            f"privacy.dp.delta {delta:.2g} is used up: label combinations were looked for {len(earlier)} times before, "
            "each with other settings or images, and each took a part of it; name public ones in "
            "privacy.dp.combinations and begin anew with --restart"
        )
    noise = dp.noise_multiplier if noise_multiplier is None else noise_multiplier
    if noise is None:
        noise = noise_for(target, delta, probability, steps, releases, extra)
    step = StepTerms(
        clip=dp.clip,
        noise_multiplier=noise,
        sampling_probability=probability,
        expected_batch=batch,
        images_per_patient=1 if dp.unit == "image" else dp.images_per_patient,
        chunk=dp.chunk,
        discriminator_steps=None if dp.discriminator_steps == "adaptive" else dp.discriminator_steps,
    )
    public = declared_public(experiment, count)
    return PrivateTerms(step, dp.unit, count, delta, target, steps, releases, extra, public, dp.embedding is not None)


def declared_public(experiment: Experiment, units: int) -> tuple[str, ...]:
    """Sentences on what a guarantee does not cover because it was taken as public knowledge."""
    dp, sentences = experiment.privacy.dp, public_knowledge(experiment, units)
    if dp.public_start is None:
        return sentences
    origin = dp.public_start_origin or "not described"
    return (*sentences, f"The networks that the training began with, and their images ({origin}).")
