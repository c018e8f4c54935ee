"""The arms that a config asks for: their names, the shares that they take, their titles, and what each is held against.

An arm's name says everything that it is: `fine_tuned_0.1`, `real_0.1`, `rare_500`, `rare_most_frequent`, `synthetic_5`.
"""

import math
from dataclasses import dataclass

from medgan_tf.classification.settings import ClassifierConfig

FINE_TUNED, PATIENTS, RARE, MULTIPLE = "fine_tuned", "real", "rare", "synthetic"
"""Kinds of arms, the first part of their names."""


@dataclass(frozen=True)
class Arm:
    """One arm.

    Attributes:
        name: Its name, that of the condition and of its folder.
        kind: One of `FINE_TUNED`, `PATIENTS` (the control of a fine-tuned one), `RARE`, `MULTIPLE`.
        size: Share of the real training patients, or multiple of the synthetic set; 1 for `RARE`.
        control: Name of the condition that it is held against; "" for a control.
    """

    name: str
    kind: str
    size: float
    control: str

    @property
    def real(self) -> float:
        """Share of the real training images, as the condition has it."""
        return 0.0 if self.kind == MULTIPLE else self.size

    @property
    def synthetic(self) -> float:
        """Share of the synthetic ones. A fine-tuned classifier has seen them all, though not in its own training."""
        return {FINE_TUNED: 1.0, PATIENTS: 0.0, RARE: 1.0, MULTIPLE: self.size}[self.kind]

    @property
    def up_to(self) -> int | None:
        """Images of each combination up to which a rare one is topped up; None: those of the most frequent one."""
        number = self.name.removeprefix(f"{RARE}_")
        return int(number) if number.isdecimal() else None

    def further_sets(self, external: bool) -> list[str]:
        """Names of the further synthetic sets that it needs, in their order.

        Args:
            external: Whether the images come from another's generator: rare combinations are then topped up from the
                synthetic set itself, as far as it reaches.
        """
        if self.kind == MULTIPLE:
            return [str(number) for number in range(2, math.ceil(self.size) + 1)]
        return [self.name] if self.kind == RARE and not external else []

    @property
    def title(self) -> str:
        """The title in words, for tables and figures."""
        share = f"{100 * self.size:g}% of the real training patients"
        return {
            FINE_TUNED: f"pretrained on synthetic, fine-tuned on {share}",
            PATIENTS: share,
            RARE: f"real + synthetic of rare combinations, up to {self.up_to or 'the most frequent one'}",
            MULTIPLE: f"{self.size:g} x the synthetic images",
        }[self.kind]


def arm_of(name: str) -> Arm | None:
    """The arm of this name; None for the name of another condition."""
    for kind in (FINE_TUNED, PATIENTS, RARE, MULTIPLE):
        size = name.removeprefix(f"{kind}_")
        if size != name:
            number = 1.0 if kind == RARE else float(size)
            whole = number == 1
            controls = {FINE_TUNED: "real" if whole else f"real_{size}", PATIENTS: "", RARE: "real"}
            return Arm(name, kind, number, controls.get(kind, "synthetic"))
    return None


def config_arms(config: ClassifierConfig, external: bool = False) -> list[Arm]:
    """The arms that the section asks for, each after its control, small ones first.

    Args:
        config: The section.
        external: Whether the images come from another's generator. There is none to make more of them, so multiples
            above 1 are left out.
    """
    names = []
    for share in sorted(config.fine_tuning):
        # The control of all patients is the real classifier.
        names += [f"{PATIENTS}_{share:g}"] if share < 1 else []
        names.append(f"{FINE_TUNED}_{share:g}")
    if config.rare_augmentation is not None:
        names.append(f"{RARE}_{config.rare_augmentation}")
    names += [f"{MULTIPLE}_{size:g}" for size in sorted(config.synthetic_multiples) if size < 1 or not external]
    return [arm for arm in map(arm_of, names) if arm is not None]
