"""What a private training costs before it is begun: epsilon, noise and signal. Takes seconds, and no TensorFlow."""

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from medgan_tf.accounting.calibration import noise_for
from medgan_tf.accounting.epsilon import accountant, epsilon, epsilon_rdp
from medgan_tf.config.schema import Experiment
from medgan_tf.data.private.label_terms import label_terms
from medgan_tf.data.records.manifest import FILE_NAME, Manifest
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.gans.resolve import checked_experiment, discriminator_parameters
from medgan_tf.training.private.refusals import check_private_training
from medgan_tf.training.private.terms import private_terms

LOUD = 0.8
"""Above it, noise drowns the gradient."""
QUARTERS = 4


@dataclass(frozen=True)
class TrainingFold:
    """What the cost depends on.

    Attributes:
        units: Patients in the training fold.
        images: Images in it.
        labels: Length of a label vector; None where it is not known.
    """

    units: int
    images: int
    labels: int | None = None


@dataclass(frozen=True)
class PrivacyPlan:
    """The cost of a private training.

    Attributes:
        name: Of the experiment.
        unit, units, delta: What neighbours differ in, how many there are, and delta of the whole guarantee.
        expected_batch, sampling_probability: Mean number of units in a step, and the probability of each.
        embedding: Whether real images are used once, for a mean embedding, and not in steps; then `planned_steps` is 1.
        planned_steps, steps: Discriminator steps of the training, and those after which the target ends it.
        noise_multiplier: The noise that the training will have.
        target_epsilon, noise_for_target: The bound, and the smallest noise with which all steps stay within; None
            without a bound.
        epsilon, epsilon_rdp: After the last step, with everything. Infinite without noise.
        by_quarter: (steps, epsilon) after each quarter.
        label_noise, label_epsilon, threshold: Noise of the numbers of units by label combination, what they cost
            alone, and the number up to which a combination is left out; None where combinations are public.
        parameters: Trainable parameters of the discriminator; None where its settings do not tell, and for a mean
            embedding, which trains none.
        parameters_known: False where the number of labels is not known: then there are more parameters.
        noise_by_signal: Norm of a step's noise divided by the largest norm of its gradient; None as `parameters`.
        accountant: Names and versions.
        warnings: Sentences.
    """

    name: str
    unit: str
    units: int
    delta: float
    expected_batch: int
    sampling_probability: float
    embedding: bool
    planned_steps: int
    steps: int
    noise_multiplier: float
    target_epsilon: float | None
    noise_for_target: float | None
    epsilon: float
    epsilon_rdp: float
    by_quarter: tuple[tuple[int, float], ...]
    label_noise: float
    label_epsilon: float
    threshold: float | None
    parameters: int | None
    parameters_known: bool
    noise_by_signal: float | None
    accountant: str
    warnings: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The plan as JSON values; an infinite epsilon is the word `inf`."""
        return {name: _words(value) for name, value in asdict(self).items()}


def _words(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_words(one) for one in value]
    return "inf" if value == math.inf else value


def training_fold(experiment: Experiment, patients: int | None) -> TrainingFold:
    """The size of the training fold: as the user says, or else from the manifest of the prepared dataset.

    Args:
        experiment: An experiment with `privacy.dp`.
        patients: Number of training patients, or of training images for `unit: image`; None reads the manifest.

    Raises:
        DataError: There is no dataset and no number, or the dataset does not know its patients.
    """
    findings = experiment.data.findings
    is_prepared = Path(experiment.dataset_dir, FILE_NAME).is_file()
    if patients is not None and not is_prepared:
        return TrainingFold(patients, patients, None if findings is None else len(findings))
    if not is_prepared:
        raise DataError(f"{experiment.dataset_dir}: there is no dataset; prepare it first, or give --patients")
    manifest = Manifest.load(experiment.dataset_dir)
    labels = None if experiment.gan.conditions else len(manifest.label_names)
    if patients is not None:
        return TrainingFold(patients, patients, labels)
    if manifest.patients is None and experiment.privacy.dp.unit == "patient":
        raise DataError(
            f"{experiment.dataset_dir}: the patients are not known; give --patients, or set privacy.dp.unit"
        )
    images = manifest.images["train"]
    return TrainingFold(images if manifest.patients is None else manifest.patients["train"], images, labels)


def plan_privacy(experiment: Experiment, fold: TrainingFold) -> PrivacyPlan:
    """What the training of an experiment costs.

    Args:
        experiment: The experiment.
        fold: The size of its training fold.

    Raises:
        ConfigError: It is not private, what it asks for is not covered, no noise reaches its target, or dp-accounting
            is not installed.
    """
    if not experiment.private:
        raise ConfigError(f"{experiment.name} is not private; expected a section privacy.dp")
    check_private_training(checked_experiment(experiment))
    terms = private_terms(experiment, fold.units, fold.images)
    step, dp, steps = terms.step, experiment.privacy.dp, terms.affordable(terms.steps)
    charges, nothing = terms.charges(steps), terms.charges(0)
    quarters = sorted({math.ceil(steps * number / QUARTERS) for number in range(1, QUARTERS + 1)})
    count = None
    if not terms.embedding:
        count = discriminator_parameters(experiment.gan, experiment.data.resolution, fold.labels or 1)
    loudness = None if count is None else step.noise_multiplier * math.sqrt(count) / step.expected_batch
    needed = terms.target_epsilon and noise_for(
        terms.target_epsilon, terms.delta, step.sampling_probability, terms.steps, terms.releases, terms.extra_delta
    )
    plan = PrivacyPlan(
        name=experiment.name,
        unit=terms.unit,
        units=terms.units,
        delta=terms.delta,
        expected_batch=step.expected_batch,
        sampling_probability=step.sampling_probability,
        embedding=terms.embedding,
        planned_steps=terms.steps,
        steps=steps,
        noise_multiplier=step.noise_multiplier,
        target_epsilon=terms.target_epsilon,
        noise_for_target=needed,
        epsilon=epsilon(charges, terms.delta),
        epsilon_rdp=epsilon_rdp(charges, terms.delta),
        by_quarter=tuple((one, terms.epsilon(one)) for one in quarters),
        label_noise=dp.label_noise,
        label_epsilon=epsilon(nothing, terms.delta),
        threshold=label_terms(dp, terms.delta).threshold,
        parameters=count,
        parameters_known=count is not None and fold.labels is not None,
        noise_by_signal=loudness,
        accountant=accountant(),
        warnings=(),
    )
    return PrivacyPlan(**{**vars(plan), "warnings": tuple(_warnings(plan))})


def _warnings(plan: PrivacyPlan) -> list[str]:
    found = []
    if plan.epsilon == math.inf:
        found.append("no guarantee: epsilon is infinite")
    if plan.noise_by_signal is not None and plan.noise_by_signal > LOUD:
        found.append(
            f"noise larger than signal: a step's noise has {plan.noise_by_signal:.2g} times the norm that its gradient "
            "can have; what helps is a larger privacy.dp.expected_batch, a smaller discriminator, or a larger epsilon"
        )
    if plan.delta * plan.units >= 1:
        found.append(
            f"delta is at least 1 / {plan.units:,}: that would allow showing one {plan.unit} whole; expected a smaller "
            "privacy.dp.delta"
        )
    if plan.embedding and not plan.steps:
        found.append(
            "the target does not allow the mean embedding, and the training is refused; it needs "
            f"privacy.dp.noise_multiplier: {plan.noise_for_target:g}"
        )
    elif plan.steps < plan.planned_steps:
        found.append(
            f"the training ends early, after {plan.steps:,} of {plan.planned_steps:,} steps; all of them need "
            f"privacy.dp.noise_multiplier: {plan.noise_for_target:g}"
        )
    return found


def privacy_text(plan: PrivacyPlan) -> str:
    """The plan for a terminal."""
    who = f"{plan.unit}s"
    bound = "" if plan.target_epsilon is None else f"; epsilon {plan.target_epsilon:g} needs {plan.noise_for_target:g}"
    spent = ", ".join(f"{value:.3f} after {steps:,}" for steps, value in plan.by_quarter)
    left_out = (
        "the combinations are public"
        if plan.threshold is None
        else f"combinations of fewer than about {math.ceil(plan.threshold):,} {who} are left out"
    )
    steps = (
        f"{plan.steps:,}, of {plan.expected_batch:,} {who} on average, each with probability "
        f"{plan.sampling_probability:.4g}"
    )
    spent = f"{spent} steps"
    if plan.embedding:
        steps, spent = f"none on real images: one mean embedding of all {who}", f"{plan.epsilon:.3f}"
    lines = [
        f"{plan.name}: differential privacy for {plan.units:,} {who}, delta {plan.delta:.2g}",
        f"  steps    {steps}",
        f"  noise    multiplier {plan.noise_multiplier:g}{bound}",
        f"  epsilon  {spent}; by RDP {plan.epsilon_rdp:.3f}",
        f"  labels   their noisy numbers of {who} cost {plan.label_epsilon:.3f} of it; {left_out}",
    ]
    if plan.noise_by_signal is not None:
        least = "" if plan.parameters_known else "at least "
        size = f"{least}{plan.parameters:,} parameters of the discriminator"
        lines.append(f"  signal   noise {least}{plan.noise_by_signal:.2g} times the largest gradient ({size})")
    return "\n".join([*lines, f"  by       {plan.accountant}", *(f"  WARNING  {one}" for one in plan.warnings)])
