"""Measurements by case, in a file that grows with each of them."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import write_json
from medgan_tf.machine.cost.cases import Case
from medgan_tf.machine.cost.child import DONE, Use

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Measured:
    """One case and what it used.

    Attributes:
        case: The case.
        use: Time and memory of its command.
        images_per_second: Its own rate, where the command states one (training steps, networks).
    """

    case: Case
    use: Use
    images_per_second: float | None = None

    @property
    def done(self) -> bool:
        """Whether the command did its work within the limit."""
        return self.use.status == DONE


@dataclass(frozen=True)
class Costs:
    """All measurements of one machine.

    Attributes:
        machine: What it is, see `this_machine.described`.
        probe_seconds: Its time for the probe.
        measured: The measurements.
    """

    machine: dict
    probe_seconds: float
    measured: tuple[Measured, ...] = ()

    def of(self, stage: str) -> list[Measured]:
        """The measurements of a stage."""
        return [one for one in self.measured if one.case.stage == stage]

    def has(self, case: Case) -> bool:
        """Whether a case need not be measured again: it was done, or took too long."""
        return any(one.case == case and one.use.status != "failed" for one in self.measured)

    def with_one(self, one: Measured) -> "Costs":
        """These and one more, in place of an earlier one of the same case."""
        others = tuple(other for other in self.measured if other.case != one.case)
        return replace(self, measured=(*others, one))

    def as_dict(self) -> dict:
        """As JSON values."""
        return {"format_version": FORMAT_VERSION, "what": "cost", **asdict(self)}

    def save(self, path: Path) -> None:
        """Writes the file."""
        write_json(path, self.as_dict())


def read_costs(path: Path) -> Costs:
    """Reads what `Costs.save` wrote. Raises `DataError` for another file."""
    values = read_json(path, advice="measure again with `medgan-tf benchmark --measure cost`")
    try:
        if (values["format_version"], values["what"]) != (FORMAT_VERSION, "cost"):
            raise ValueError("another format")
        measured = tuple(
            Measured(Case(**one["case"]), Use(**one["use"]), one["images_per_second"]) for one in values["measured"]
        )
        return Costs(dict(values["machine"]), float(values["probe_seconds"]), measured)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: holds no costs; measure them with `medgan-tf benchmark --measure cost`") from error
