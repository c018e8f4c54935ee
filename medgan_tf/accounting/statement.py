"""A guarantee in words that a data-protection officer can file: what it promises, its terms, and what it leaves out."""

import math
from collections.abc import Sequence
from typing import Any

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.accounting.guarantee import Guarantee
from medgan_tf.accounting.number_words import EPSILON_DIGITS, chance, factor_words, in_words, percent, rounded_up
from medgan_tf.accounting.trade_off import ONE_PERCENT, most_found, most_right

FALSE_ALARMS = (0.001, 0.01, 0.1)
WEAK_ABOVE = 10.0
"""Epsilon above which the words say what little is left of the bound."""

NOTHING = "Nothing is guaranteed"
_WITHOUT_NOISE = "this training added no noise, so its epsilon is infinite. It serves to compare with."
_LITTLE_NOISE = "the noise of this training is so small that no finite epsilon follows from it."
_LIKE_ANY = "Treat its generator and its images like those of any training on patients."
NOT_COVERED = (
    "this report, the audit and its annex: they were computed from real images, without noise",
    "pictures of real images, such as sample grids with real images, nearest neighbours and suspected copies",
    "classifiers and feature extractors that were trained on real images, and every result that was measured on them",
    "numbers of images and patients of the dataset, as its manifest and this report state them",
    "the choice of settings after looking at results on real images; see the number of trainings tried",
    "labels of synthetic images that repeat those of the real ones row by row (generate.labels: as_real)",
    "what was declared public",
    "what is true of patients in general: an image that teaches how a disease looks is no breach of this promise",
)
_AS_REAL = (
    "the labels of the synthetic images of this run: they were not drawn from the noisy counts (generate.labels: "
    "as_real, for example, repeats those of the real images), so they may tell exact numbers of images"
)
LIMITS = (
    "The noise comes from TensorFlow's Philox generator, keyed from the system's entropy. Philox is no cryptographic "
    "generator: no attack that uses this is known to us, and none is excluded.",
    "Noise in floating-point numbers can in principle tell a little about what it hides (Mironov 2012). The noise is "
    "the mean of four draws at the right scale, which takes away the known attack (Holohan, Braghin 2021); that is no "
    "proof against others.",
    "Whoever has the secret key of the run can compute its noise. The key lies in the private folder of the data and "
    "belongs neither in a release nor in a backup that others read.",
    "A patient is whoever has one pseudonym. Somebody with two counts as two, and is protected less.",
    "The promise rests on this program doing what it says. The audit tests that from outside and cannot prove it.",
)


def statement(filed: FiledGuarantee) -> dict[str, Any]:
    """The statement as JSON values.

    Returns:
        `guaranteed`, whether there is a finite bound; `headline`; `promise`, sentences; `bounds`, an object for each
        share of false alarms with the largest share of members that can be `found`; `facts`, pairs of words;
        `declared_public`, `not_covered` and `limits`, sentences. Without a guarantee only the first two say anything.
    """
    found = filed.guarantee
    if found is None:
        return _nothing(f"{NOTHING}: {filed.problem}.")
    facts = [[what, words] for what, words in _facts(filed, found)]
    common = {"facts": facts, "declared_public": list(found.declared_public), "limits": list(LIMITS)}
    if math.isinf(found.epsilon):
        reason = _LITTLE_NOISE if found.charges.noise_multiplier else _WITHOUT_NOISE
        return _nothing(f"{NOTHING}: {reason} {_LIKE_ANY}") | common
    return {
        "guaranteed": True,
        "headline": f"Guaranteed for {_each(found)}: {in_words(found)}.",
        "promise": promise(found),
        "bounds": [{"false_alarms": rate, "found": _found(found, rate)} for rate in FALSE_ALARMS],
        **common,
        "not_covered": [*NOT_COVERED, *([] if filed.covers_labels else [_AS_REAL])],
    }


def _nothing(headline: str) -> dict[str, Any]:
    empty: dict[str, Any] = {name: [] for name in ("promise", "bounds", "facts", "declared_public", "not_covered")}
    return {"guaranteed": False, "headline": headline, **empty, "limits": []}


def _each(found: Guarantee) -> str:
    return f"each {found.unit}"


def _found(found: Guarantee, rate: float) -> float:
    return most_found(rate, found.epsilon, found.delta)


def promise(found: Guarantee) -> list[str]:
    """What a finite epsilon promises, in sentences with the numbers."""
    unit = found.unit
    sentences = [
        f"For any one {unit}: whether or not the {unit} was among those trained on, the probability of any outcome of "
        f"the training changes by at most a factor of {factor_words(found.epsilon)} (e^epsilon), apart from a "
        f"probability of {chance(found.delta)} (delta).",
        found_sentence(found),
        f"If a fair coin decides whether a {unit} is trained on, nobody guesses the coin rightly in more than "
        f"{percent(most_right(found.epsilon, found.delta))} of the cases; 50 % is guessing.",
    ]
    if found.epsilon > WEAK_ABOVE:
        sentences.append(
            f"With an epsilon above {WEAK_ABOVE:g} the numbers leave little: {percent(_found(found, ONE_PERCENT))} of "
            f"the {unit}s can be found at 1 % false alarms as far as this promise goes. Then the audit says more than "
            "the promise does."
        )
    if unit == "image":
        sentences.append(
            "The promise is for one image, not for one patient. For a patient with k images epsilon is k times as "
            f"large: {rounded_up(2 * found.epsilon, EPSILON_DIGITS)} for 2 images, "
            f"{rounded_up(5 * found.epsilon, EPSILON_DIGITS)} for 5; delta grows faster than k."
        )
    return sentences


def found_sentence(found: Guarantee) -> str:
    """The bound on a test of membership at 1 % false alarms."""
    return (
        f"A test of who was trained on that is wrong about 1 % of the others finds at most "
        f"{percent(_found(found, ONE_PERCENT))} of the {found.unit}s who were; 1 % is guessing. This holds for every "
        "attack, also for those that nobody knows yet."
    )


def _facts(filed: FiledGuarantee, found: Guarantee) -> list[tuple[str, str]]:
    charges = found.charges
    noise = f"{charges.noise_multiplier:.4g} times the largest gradient" if charges.noise_multiplier else "none"
    if not charges.steps:
        noise = "there are no such steps: everything is in the releases below"
    releases = ", ".join(f"{release:.4g}" for release in charges.releases) or "none"
    facts = [
        ("epsilon", f"{rounded_up(found.epsilon, EPSILON_DIGITS)} (by privacy loss distributions, PLD)"),
        ("epsilon by Rényi differential privacy, looser", rounded_up(found.epsilon_rdp, EPSILON_DIGITS)),
        ("delta", _delta(found)),
        ("unit of protection", "all images of a patient" if found.unit == "patient" else "one image"),
        ("neighbouring datasets", found.adjacency),
        ("number of units trained on, public", f"{found.units:,}"),
        ("accountant", found.accountant),
        ("noise in a step of the discriminator", noise),
        ("largest gradient of a unit (clip)", f"{filed.clip:g}" if filed.clip is not None else "not recorded"),
        ("probability that a unit takes part in a step (Poisson sampling)", f"{charges.sampling_probability:.4g}"),
        ("steps of the discriminator that are charged", f"{charges.steps:,}"),
        ("releases made once from all units, such as numbers by label combination: their noise", releases),
        ("draws of the noise", _noise(filed)),
        ("private trainings tried on these patients", _tried(filed, found)),
    ]
    if filed.starts_public:
        origin = filed.start_origin or "nobody states which, and why they are public (privacy.dp.public_start_origin)"
        facts.append(("start of the networks: a training on public images", origin))
    return facts


def _delta(found: Guarantee) -> str:
    extra = found.charges.extra_delta
    words = rounded_up(found.delta)
    return f"{words}, of which {rounded_up(extra)} for label combinations that are left out" if extra else words


def _noise(filed: FiledGuarantee) -> str:
    drawn = f"{filed.draws:,} draws, all charged" if filed.draws is not None else "the number of draws is not recorded"
    times = {0: "never drawn again", 1: "drawn again once after an interruption"}
    return f"{drawn}; {times.get(filed.forks, f'drawn again {filed.forks:,} times after interruptions')}"


def _tried(filed: FiledGuarantee, found: Guarantee) -> str:
    tried = filed.tried_runs
    if math.isinf(found.epsilon):
        return f"{tried}"
    if tried == 1:
        return "1 by the settings; every further seed, and every training that was begun anew, is one more"
    return (
        f"{tried}: if one of them is chosen by its results, or several are given away, all count together: {tried} "
        f"times epsilon and delta, which is {_total(tried * found.epsilon, tried * found.delta)} (naive composition)"
    )


def together(filed: Sequence[FiledGuarantee]) -> str:
    """What several private trainings on the same patients promise together, as a sentence; "" for one.

    Epsilons and deltas add up (naive composition). Trainings that the settings count and that are not here are taken as
    the worst of those that are.
    """
    tried = max([len(filed), *(one.tried_runs for one in filed)])
    if tried < 2:
        return ""
    start = f"{tried} private trainings were made on the same patients"
    if tried > len(filed):
        start += f" ({tried} by the settings, {len(filed)} in this report)"
    start += ". If more than one of them is given away, or one is chosen by its results, they count together"
    found = [one.guarantee for one in filed if one.guarantee is not None and one.bounded]
    if len(found) < len(filed):
        return f"{start}, and then nothing is promised: {len(filed) - len(found)} of them have no guarantee."
    more = tried - len(found)
    epsilon, delta = (
        sum(values) + more * max(values) for values in zip(*((one.epsilon, one.delta) for one in found), strict=True)
    )
    return f"{start}: {_total(epsilon, delta)} (naive composition)."


def _total(epsilon: float, delta: float) -> str:
    return f"epsilon {rounded_up(epsilon, EPSILON_DIGITS)} at delta {rounded_up(min(1.0, delta))}"
