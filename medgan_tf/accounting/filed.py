"""The guarantee of a training as its run folder has it, and the reason where none can be shown.

A guarantee is shown only where everything belongs together: the settings say that the training was private, and
`guarantee.json`, the exported generator and the images made by it name the same guarantee. In every other case there is
a sentence in its place. Nothing here raises for damaged content.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.accounting.number_words import in_words
from medgan_tf.accounting.trade_off import MOST_FOUND, ONE_PERCENT, most_found

UNITS = ("patient", "image")
KEY = "guarantee"


@dataclass(frozen=True)
class FiledGuarantee:
    """What is filed about the privacy of one training.

    Attributes:
        guarantee: The guarantee; None where nothing is guaranteed.
        problem: A sentence that says why nothing is guaranteed; "" with a guarantee.
        draws: Noise draws that are charged; None where the file does not say it.
        forks: How often the noise was drawn again after an interruption.
        clip: Largest norm of the gradient of one unit.
        tried_runs: Private trainings on these patients, as the settings state.
        starts_public: Whether the networks of a training on public images were the start.
        start_origin: What those images are, as the settings state; "" where nothing is stated.
        covers_labels: Whether the guarantee covers the labels of the synthetic images too. It does not cover those of
            the real images, row by row.
        has_images: Whether there are synthetic images.
    """

    guarantee: Guarantee | None
    problem: str = ""
    draws: int | None = None
    forks: int = 0
    clip: float | None = None
    tried_runs: int = 1
    starts_public: bool = False
    start_origin: str = ""
    covers_labels: bool = True
    has_images: bool = False

    @property
    def bounded(self) -> bool:
        """Whether there is a guarantee with a finite epsilon."""
        return self.guarantee is not None and math.isfinite(self.guarantee.epsilon)

    @property
    def strong(self) -> bool:
        """Whether no test can find more than a tenth of those trained on at 1 % false alarms: epsilon of about 2.3."""
        found = self.guarantee
        return found is not None and most_found(ONE_PERCENT, found.epsilon, found.delta) <= MOST_FOUND

    def as_json(self) -> dict[str, Any]:
        """The values as JSON."""
        return asdict(self) | {KEY: self.guarantee.as_json() if self.guarantee else None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "FiledGuarantee":
        """The way back. Raises `KeyError`, `TypeError` or `ValueError` for other values."""
        found = checked_guarantee(values[KEY]) if values[KEY] is not None else None
        return cls(**{**values, KEY: found})


def checked_guarantee(values: Any) -> Guarantee:
    """The guarantee of JSON values that anybody may have edited. Raises `ValueError` that says what is wrong."""
    try:
        found = Guarantee.from_json(values)
        charges = found.charges
        texts = (*values["declared_public"], found.unit, found.accountant, found.adjacency)
        numbers = (charges.noise_multiplier, charges.sampling_probability, charges.extra_delta, *charges.releases)
        counts = (found.units, charges.steps)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else "a value is of another kind"
        raise ValueError(reason) from error
    if not isinstance(values["declared_public"], list | tuple) or not all(isinstance(text, str) for text in texts):
        raise ValueError("a text is of another kind")
    if not all(map(_is_whole, counts)) or not all(map(_is_finite, numbers)):
        raise ValueError("a number is of another kind")
    _check_numbers(found)
    return found


def _check_numbers(found: Guarantee) -> None:
    """Raises `ValueError` for numbers that no guarantee can have."""
    charges = found.charges
    noise = charges.noise_multiplier
    expected = {
        "epsilon is 0 or more": found.epsilon >= 0 and found.epsilon_rdp >= 0,
        "delta is between 0 and 1": 0 < found.delta < 1 and 0 <= charges.extra_delta < 1,
        "the unit is patient or image": found.unit in UNITS,
        "there is a unit": found.units >= 1 and charges.steps >= 0,
        "the sampling probability is between 0 and 1": 0 <= charges.sampling_probability <= 1,
        "units take part in steps": charges.sampling_probability > 0 or charges.steps == 0,
        "noise is 0 or more": noise >= 0 and all(release >= 0 for release in charges.releases),
        "epsilon is infinite without noise": math.isinf(found.epsilon) or _has_noise(charges),
    }
    if wrong := [words for words, holds in expected.items() if not holds]:
        raise ValueError(f"expected that {wrong[0]}")


def _has_noise(charges: Charges) -> bool:
    """Whether there is noise on everything that touched the data."""
    return (charges.noise_multiplier > 0 or charges.steps == 0) and 0 not in charges.releases


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def filed_guarantee(
    config: Mapping[str, Any] | None,
    values: Mapping[str, Any] | None,
    card: Mapping[str, Any] | None,
    synthesis: Mapping[str, Any] | None,
    damaged: bool = False,
) -> FiledGuarantee | None:
    """What is filed about a run; None for a training that was not private.

    Args:
        config: The settings of the run (config.yaml).
        values: The content of `guarantee.json`; None without one.
        card: The card of the exported generator (generator.json); None without one.
        synthesis: Where the synthetic images come from, as their manifest says; None without images.
        damaged: Whether there is a `guarantee.json` that cannot be read.
    """
    config = config or {}
    if config.get("external"):
        return None
    privacy = config.get("privacy")
    terms = privacy.get("dp") if isinstance(privacy, Mapping) else None
    named = [part for part in (values, card, synthesis) if isinstance(part, Mapping) and part.get(KEY) is not None]
    if not isinstance(terms, Mapping):
        if not named and not damaged:
            return None
        return FiledGuarantee(None, "a guarantee lies in the folder of the run, but its settings (config.yaml) name no "
                                    "private training")  # fmt: skip
    filed = _described(terms, synthesis)
    if damaged:
        return replace(filed, problem="guarantee.json cannot be read")
    if values is None:
        return replace(filed, problem="there is no guarantee.json: the training has not written it, or it was removed")
    try:
        found = checked_guarantee(values.get(KEY))
    except ValueError as error:
        return replace(filed, problem=f"guarantee.json is damaged: {error}")
    if problem := _other_generator(found, card) or _other_images(found, synthesis):
        return replace(filed, problem=problem)
    noise = values.get("noise")
    noise = noise if isinstance(noise, Mapping) else {}
    draws, forks = (noise.get(name) if _is_whole(noise.get(name)) else None for name in ("draws", "forks"))
    return replace(filed, guarantee=found, draws=draws, forks=forks or 0)


def _described(terms: Mapping[str, Any], synthesis: Mapping[str, Any] | None) -> FiledGuarantee:
    """What the settings state, without a guarantee."""
    clip, tried, origin = terms.get("clip"), terms.get("tried_runs"), terms.get("public_start_origin")
    return FiledGuarantee(
        None,
        clip=float(clip) if _is_finite(clip) else None,
        tried_runs=tried if _is_whole(tried) and tried >= 1 else 1,
        starts_public=bool(terms.get("public_start")),
        start_origin=origin if isinstance(origin, str) else "",
        covers_labels=not isinstance(synthesis, Mapping) or synthesis.get("covers_labels") is True,
        has_images=synthesis is not None,
    )


def _other_generator(found: Guarantee, card: Mapping[str, Any] | None) -> str:
    if card is None:
        return (
            f"there is no exported generator that can be read; the training has cost {in_words(found)} so far. "
            "`medgan-tf train` goes on with it"
        )
    if card.get(KEY) is None:
        return "the exported generator carries no guarantee (generator.json), so it was not made by a private training"
    try:
        carried = checked_guarantee(card[KEY])
    except ValueError as error:
        return f"the guarantee of the exported generator (generator.json) is damaged: {error}"
    if carried == found:
        return ""
    return (
        f"the exported generator carries another guarantee ({in_words(carried)}) than guarantee.json "
        f"({in_words(found)}); `medgan-tf train` to its end exports the generator again"
    )


def _other_images(found: Guarantee, synthesis: Mapping[str, Any] | None) -> str:
    if synthesis is None:
        return ""
    again = "make them again with `medgan-tf generate`"
    if synthesis.get(KEY) is None:
        return f"the synthetic images were made by a generator without a guarantee; {again}"
    try:
        carried = checked_guarantee(synthesis[KEY])
    except ValueError:
        return f"the guarantee in the manifest of the synthetic images is damaged; {again}"
    if carried == found:
        return ""
    return f"the synthetic images are of a generator with another guarantee ({in_words(carried)}); {again}"
