"""What touched the real data in a private training, and the guarantee that follows: plain data, written as JSON."""

from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Charges:
    """Everything that is charged, for neighbours that differ by adding or removing one unit.

    Attributes:
        sampling_probability: Probability with which each unit takes part in a discriminator step.
        noise_multiplier: Noise of a discriminator step divided by its sensitivity; 0: no noise, so no guarantee.
        steps: Discriminator steps that are charged.
        releases: Noise multipliers of releases that are made once with all units: the numbers of patients of the label
            combinations, a mean embedding.
        extra_delta: Delta that is added to the mechanism's: thresholds below which a combination is left out.
    """

    sampling_probability: float
    noise_multiplier: float
    steps: int
    releases: tuple[float, ...] = ()
    extra_delta: float = 0.0


@dataclass(frozen=True)
class Guarantee:
    """A guarantee as it is filed.

    Attributes:
        epsilon: By privacy loss distributions (PLD); infinite without noise. This is the number to quote.
        epsilon_rdp: The same by Rényi differential privacy, looser.
        delta: Of the whole, with `charges.extra_delta`.
        unit: patient or image.
        units: Number of units in the training fold; public.
        charges: What is charged.
        declared_public: Sentences: what was taken as public knowledge, and is not covered.
        accountant: Names and versions of the accountants.
        adjacency: The neighbours.
    """

    epsilon: float
    epsilon_rdp: float
    delta: float
    unit: str
    units: int
    charges: Charges
    declared_public: tuple[str, ...]
    accountant: str
    adjacency: str = "add or remove one unit"

    def as_json(self) -> dict[str, Any]:
        """The guarantee as JSON values; an infinite epsilon is the word `inf`."""
        values = asdict(self)
        return values | {name: _word(values[name]) for name in ("epsilon", "epsilon_rdp")}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Guarantee":
        """The way back. Raises `KeyError`, `TypeError` or `ValueError` for other values."""
        known = {one.name: values[one.name] for one in fields(cls)}
        charges = known["charges"] | {"releases": tuple(known["charges"]["releases"])}
        numbers = {name: float(known[name]) for name in ("epsilon", "epsilon_rdp", "delta")}
        public = tuple(known["declared_public"])
        return cls(**{**known, **numbers, "charges": Charges(**charges), "declared_public": public})


def _word(value: float) -> float | str:
    return "inf" if value == float("inf") else value
