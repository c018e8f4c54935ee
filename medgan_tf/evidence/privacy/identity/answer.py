"""Does a network that was trained to recognise patients find training patients in released images? A row of the audit.

A released image shows a patient if a verifier takes it for another image of the patient. Held-out patients, whom no
released image can show, say how often that happens by chance.
"""

import math
from dataclasses import dataclass
from typing import Any

from medgan_tf.errors import RunError
from medgan_tf.evidence.privacy.answers import Answer, Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.identity.settings import IdentityConfig
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.metrics.one_sided import Limits, share_limits
from medgan_tf.metrics.privacy.matches import ExcessMatches
from medgan_tf.metrics.privacy.verification import PairAuc

NAME = "identity"
PATIENTS, COPIES = "patients", "altered copies"
# Below this AUC a verifier is too near to guessing (0.5) for anything to follow from what it does not find.
_GUESSING = 0.55
# Nobody has so many times the patients.
_TOO_MANY = 1000


@dataclass(frozen=True)
class Recognition:
    """The figures behind the row.

    Attributes:
        excess: Matches with training patients for each released image, beyond chance, and its limits.
        quality: AUC of the verifiers for pairs of held-out patients, and its limits.
        found, planted: Training patients who were recognised in a planted image, of how many.
    """

    excess: float
    excess_limits: Limits
    quality: float
    quality_limits: Limits
    found: int
    planted: int

    def sensitivity(self, confidence: float) -> float:
        """Lower limit of the share of patients that the verifiers recognise; 0 if they are not shown to know any."""
        low = self.quality_limits(confidence)[0]
        if not low > _GUESSING or not self.planted:
            return 0.0
        return share_limits(self.found, self.planted)(confidence)[0]

    def limits(self, confidence: float) -> tuple[float, float]:
        """One-sided limits of the share of released images that show a training patient.

        The lower one is that of the excess: a verifier misses some. The upper one is the excess's divided by the share
        that the verifiers recognise (W. J. Rogan, B. Gladen, American Journal of Epidemiology 107, 1978). Both are then
        taken with half of the error.
        """
        upper, known = self.excess_limits((1 + confidence) / 2)[1], self.sensitivity((1 + confidence) / 2)
        return self.excess_limits(confidence)[0], min(1.0, upper / known) if known > 0 and upper < known else 1.0


def answer(inputs: PrivacyInputs) -> Answer:
    """Trains two verifiers, each with half of the training patients, and searches the other half with each."""
    settings = inputs.settings.identity
    if not settings.enabled:
        words = "not asked: switched off by evaluation.privacy.identity.enabled"
        return Answer([Remark(NAME, words)], {NAME: {"enabled": False}})
    if few := _too_few(inputs):
        return Answer([Unanswered(NAME, few)])
    # TensorFlow is needed from here on only.
    from medgan_tf.evidence.privacy.identity.measure import PLANTED, listed, planted, recognised, told_apart
    from medgan_tf.evidence.privacy.identity.verifier import knows_patients, train_verifiers

    with_two = knows_patients(inputs)
    altered_only = min(with_two) < settings.fewest_patients
    try:
        verifiers = train_verifiers(inputs, altered_only)
    except RunError as error:
        return Answer([Unanswered(NAME, str(error))])
    found = recognised(inputs, verifiers)
    quality, counts = told_apart(inputs, verifiers), planted(inputs, verifiers, found.thresholds)
    main = PLANTED[1] if altered_only else PLANTED[0]
    result = Recognition(found.excess.value, found.excess.limits, quality.value, quality.limits, *counts[main])
    kind = COPIES if altered_only else PATIENTS
    figures = {
        "enabled": True,
        "recognises": kind,
        "patients_with_two_images": {"train": with_two[0], "held_out": with_two[1]},
        **_figures(result, found.excess, quality, counts, inputs.settings.level),
        "matched_share": found.share,
        "list": listed(inputs, found, inputs.settings.listed),
    }
    row = Finding(
        NAME,
        result.excess,
        result.limits,
        inputs.settings.thresholds.identity,
        _words(figures, inputs.settings.level),
        _missing(inputs, result, figures),
        smallest_plausible=0.0,
    )
    return Answer([row], {NAME: figures}, _notes(kind, with_two, settings))


def _figures(
    result: Recognition,
    excess: ExcessMatches,
    quality: PairAuc,
    counts: dict[str, tuple[int, int]],
    level: float,
) -> dict[str, Any]:
    """JSON values of what was found and of how good the verifiers are."""
    pairs = {"same": quality.same, "different": quality.different, "patients": quality.patients}
    return {
        "images": excess.images,
        "matches": excess.train.total,
        "by_chance": excess.chance.total,
        "held_out_matches": excess.held_out_matches,
        "excess": _described(excess.value, excess.limits, level),
        "shows_a_patient": _described(excess.value, result.limits, level),
        "verifier": _described(quality.value, quality.limits, level) | pairs,
        "planted": {
            name: {"found": hits, "planted": of}
            | _described(hits / of if of else math.nan, share_limits(hits, of), level)
            for name, (hits, of) in counts.items()
        },
    }


def _too_few(inputs: PrivacyInputs) -> str:
    """Why no verifier can be trained or tested, or ""."""
    least = inputs.settings.smallest
    for one in (inputs.train, inputs.held_out):
        patients = int(patient_numbers(one.patients).max()) + 1
        if patients < least:
            return (
                f"a verifier needs at least {least} training patients and {least} held-out patients "
                f"(evaluation.privacy.smallest); the {one.name} set has {patients}: {least - patients} are missing"
            )
    return ""


def _described(value: float, limits: Limits, level: float) -> dict[str, Any]:
    low, high = limits(level)
    return {"value": value, "limits": {"low": low, "high": high, "level": level}}


def _words(figures: dict[str, Any], level: float) -> str:
    quality, images = figures["verifier"], figures["images"]
    low, high = quality["limits"]["low"], quality["limits"]["high"]
    what = "patients" if figures["recognises"] == PATIENTS else "altered copies of an image, not patients"
    powers = [f"{one['found']:,} of {one['planted']:,} ({name})" for name, one in figures["planted"].items()]
    return (
        f"{figures['matches']:,.0f} matches of training patients with {images:,} released images, "
        f"{figures['by_chance']:,.1f} by chance as held-out patients show; the verifier recognises {what}: AUC "
        f"{quality['value']:.2f} ({low:.2f} to {high:.2f}, one-sided {level:.0%}) for {quality['same']:,} pairs of "
        f"{quality['patients']:,} held-out patients; of planted images it found {', '.join(powers)}"
    )


def _missing(inputs: PrivacyInputs, result: Recognition, figures: dict[str, Any]) -> str:
    """What would decide the row."""
    level, limit = inputs.settings.level, inputs.settings.thresholds.identity.limit
    known = result.sensitivity((1 + level) / 2)
    with_two = figures["patients_with_two_images"]
    if known <= 0:
        low = result.quality_limits(level)[0]
        why = (
            f"its AUC is only shown to be above {low:.2f}, and 0.5 is guessing"
            if not low > _GUESSING
            else f"it found {result.found} of {result.planted} planted images"
        )
        return (
            f"a verifier that recognises patients; this one could not have found anything, as {why}; it was trained "
            f"with {with_two['train']:,} patients who have two images or more; more of them, larger images or more "
            "steps (evaluation.privacy.identity.steps) make a better one"
        )
    half = result.excess_limits((1 + level) / 2)[1] - result.excess
    times = (half / (limit * known)) ** 2
    patients = int(patient_numbers(inputs.held_out.patients).max()) + 1
    if times <= 1:
        return "a look at the listed matches: chance does not explain all of them, and so few do not decide it"
    better = (
        f"a verifier that recognises more than the {known:.1%} of training patients that this one is shown to recognise"
    )
    if times > _TOO_MANY:
        return better
    return (
        f"about {math.ceil(times * patients):,} held-out patients instead of {patients:,} and {times:,.1f} times the "
        f"training patients, or {better}"
    )


def _notes(kind: str, with_two: tuple[int, int], settings: IdentityConfig) -> list[str]:
    if kind == PATIENTS:
        return []
    return [
        f"{with_two[0]} training patients and {with_two[1]} held-out patients have two images or more; a network that "
        f"recognises patients needs {settings.fewest_patients} of each (evaluation.privacy.identity.fewest_patients); "
        "the row of the verifier is of a network that recognises altered copies of an image, not a patient"
    ]
