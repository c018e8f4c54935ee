"""What chose the images of a training fold by looking at all patients: refused, or declared public.

A private training is charged for what happens to its training fold. How the fold came about is not charged: each rule
here that depends on more than the image itself is public by declaration, or the experiment is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass

from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.errors import ConfigError
from medgan_tf.registry import SOURCES

FOLD = (
    "Which patients, and which of their images, are in the training fold: the guarantee is for the fold as it was "
    "prepared. The split balances label combinations, so where a patient came depends on the others too."
)
FINDINGS = "The names of the findings, which are those that any image of the dataset has, and the size of the images."


@dataclass(frozen=True)
class Rule:
    """A setting that chooses images or columns of labels by exact counts.

    Attributes:
        key: The setting, dotted.
        used: Whether an experiment uses it.
        does: What it does, for the message.
        instead: The value that does nothing, for the message.
        public: What is declared public by using it.
    """

    key: str
    used: Callable[[Experiment], bool]
    does: str
    instead: str
    public: str


def _prepared(used: Callable[[DataConfig], bool]) -> Callable[[Experiment], bool]:
    """The same for an experiment; a source with given folds applies no such rule."""

    def applies(experiment: Experiment) -> bool:
        fixed = getattr(SOURCES.settings(experiment.data.source), "FIXED_FOLDS", False)
        return not fixed and used(experiment.data)

    return applies


_OTHERS_COME_IN = "an image that is missing lets another patient's image in"
RULES = (
    Rule(
        "data.min_count",
        _prepared(lambda data: data.min_count > 0),
        "leaves out label combinations by their exact number of images",
        "0",
        "which label combinations have more images than data.min_count, and are in the dataset",
    ),
    Rule(
        "data.subset.combinations",
        _prepared(lambda data: data.subset.combinations is not None),
        "chooses the most frequent label combinations by their exact numbers of images",
        "null, with data.subset.kind=all",
        "which label combinations are the most frequent ones (data.subset.combinations)",
    ),
    Rule(
        "data.subset.train_per_combination",
        _prepared(lambda data: data.subset.train_per_combination is not None),
        f"draws training images within label combinations, so {_OTHERS_COME_IN}",
        "null",
        "which images of a label combination were drawn (data.subset.train_per_combination)",
    ),
    Rule(
        "data.no_finding_images",
        _prepared(lambda data: data.no_finding_images is not None),
        f"draws among the images without a finding, so {_OTHERS_COME_IN}",
        "null",
        "which images without a finding were drawn (data.no_finding_images)",
    ),
    Rule(
        "gan.conditions",
        lambda experiment: bool(experiment.gan.conditions),
        "makes columns of the groups that occur, and joins small ones by their exact numbers of patients",
        "[]",
        "which groups of sex, age and view occur in the dataset, which of them were joined because they are small, and "
        "which of the joined ones is the largest (gan.conditions)",
    ),
)


REJECTED = (
    "generate.reject compares generated images with real ones, and which of them are rejected depends on these, "
    "so the guarantee of privacy.dp does not hold for those that are left; set generate.reject=[]"
)


def refuse_uncovered(experiment: Experiment) -> None:
    """Refuses what the guarantee of a private experiment does not cover and nobody declared public.

    Raises:
        ConfigError: Images or columns of labels are chosen by exact counts; or generated images are compared with real
            ones before a release; or the generator is from elsewhere.
    """
    if not experiment.private:
        return
    if experiment.external is not None:
        raise ConfigError(
            "privacy.dp is the guarantee of a training by this project, and images of a generator from elsewhere have "
            "none; take out the section privacy.dp, or external"
        )
    if experiment.generate.reject:
        raise ConfigError(REJECTED)
    used = _used(experiment)
    if used and not experiment.privacy.dp.public_selection:
        first, further = used[0], ", ".join(rule.key for rule in used[1:])
        raise ConfigError(
            f"{first.key} {first.does}, which the guarantee (privacy.dp) does not cover; set it to {first.instead}, or "
            f"privacy.dp.public_selection=true if it may be known {first.public}"
            + (f"; the same holds for {further}" if further else "")
        )


def public_knowledge(experiment: Experiment, units: int) -> tuple[str, ...]:
    """What a private experiment takes as public knowledge of its images, for `Guarantee.declared_public`: sentences.

    Args:
        experiment: The experiment.
        units: Number of units in the training fold.
    """
    dp, data = experiment.privacy.dp, experiment.data
    sentences = [f"The number of {dp.unit}s in the training fold: {units:,}.", FOLD, FINDINGS]
    if dp.combinations is not None:
        sentences.append(f"These label combinations: {', '.join(dp.combinations)}.")
    sentences += [rule.public[0].upper() + rule.public[1:] + "." for rule in _used(experiment)]
    if data.policy.duplicates == "one_patient":
        sentences.append("Which patients share a picture, and count as one patient (data.policy.duplicates).")
    if data.canaries:
        sentences.append("Which patients were set apart for the privacy audit (data.canaries).")
    tried = "1 was" if dp.tried_runs == 1 else f"{dp.tried_runs} were"
    return (
        *sentences,
        "All settings of the experiment. They were not chosen by looking at results of trainings on these patients, "
        f"or each such training is charged too; {tried} tried, with this one.",
    )


def _used(experiment: Experiment) -> list[Rule]:
    return [rule for rule in RULES if rule.used(experiment)]
