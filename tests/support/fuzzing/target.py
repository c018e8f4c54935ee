"""The interface between the engine and one kind of input, and the list of kinds."""

import importlib
import random
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

# One file of `fuzzing.targets` each, in the order in which they are run.
NAMES = (
    "config",
    "table",
    "published",
    "archives",
    "generators",
    "libraries",
    "dicom",
    "images",
    "manifest",
    "records",
    "results",
    "releases",
    "lines",
    "answers",
    "requests",
)
# What these try needs TensorFlow, whose import takes seconds and address space.
WITH_TENSORFLOW = ("records", "lines")


@dataclass(frozen=True)
class Given:
    """One input.

    Attributes:
        variant: Name of the way in which the input is used, e.g. a text encoding or the place of the file. It is the
            beginning of the file's name where the input is kept.
        data: The bytes.
    """

    variant: str
    data: bytes


class Target(ABC):
    """One kind of input.

    Attributes:
        name: Its name in `NAMES`.
        suffix: End of the names of files with such inputs.
        reads_outside: Whether such a file may name files anywhere that are then read, though not shown.
    """

    name: str
    suffix: str
    reads_outside: bool = False

    @abstractmethod
    def seeds(self, folder: Path) -> list[Given]:
        """Valid inputs, at least one of each variant, the same each time. `folder` is empty and may be used."""

    @abstractmethod
    def mutated(self, choice: random.Random, seeds: list[Given]) -> Given:
        """One damaged input; it depends on the arguments alone."""

    @abstractmethod
    def parses(self, given: Given) -> bool:
        """Whether the first parser takes the input, so that what comes after it is tried as well."""

    def prepare(self, folder: Path) -> None:  # noqa: B027 (most need nothing)
        """Puts the files that all inputs share into the folder in which inputs may write."""

    def first(self, seeds: list[Given]) -> list[Given]:
        """Inputs that are used once before all others, so that everything is imported: here one of each variant."""
        return list({one.variant: one for one in seeds}.values())

    @abstractmethod
    def run(self, given: Given, folder: Path) -> str:
        """Uses the input as the program does.

        Args:
            given: The input.
            folder: The working folder; files may be written here and nowhere else.

        Returns:
            Everything that a user would see of it.

        Raises:
            MedganError: The input is refused, as it should be. Anything else that is raised is a fault.
        """


def memory_of(name: str) -> int:
    """Address space of the process that uses a target's inputs, bytes."""
    return (5 if name in WITH_TENSORFLOW else 3) * 2**30


def target_of(name: str) -> Target:
    """The target of a name in `NAMES`."""
    return importlib.import_module(f"fuzzing.targets.{name}").TARGET


def made(target: Target, seeds: list[Given], seed: int, number: int) -> Given:
    """Input `number` of a seed: a function of these two, whichever process makes it."""
    return target.mutated(random.Random(f"{target.name} {seed} {number}"), seeds)
