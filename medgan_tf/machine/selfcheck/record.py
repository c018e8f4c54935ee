"""The file of a check: what came out of each part. It grows part by part, and is read strictly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.machine.selfcheck.cases import FAILED, NOT_MEASURED, PASSED, REPORTED

State = Literal["passed", "failed", "reported", "not measured"]
FAILED_EXIT_CODE, NOT_MEASURED_EXIT_CODE = 3, 4
VERSIONS = "versions"
"""The part that says what machine it is."""
_LARGEST = 4 * 2**20


class _Values(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CaseResult(_Values):
    """What came out of a case: name, whether it is demanded, state, one sentence, figures, and its seconds."""

    name: str
    demanded: bool
    state: State
    text: str
    values: dict[str, Any] = {}
    seconds: float | None = None


class PartResult(_Values):
    """What came out of a part.

    Attributes:
        name: The part.
        demanded: Whether the check is not passed without it.
        state: See `state_of`.
        text: What is to be said of the part as a whole, as that its process ended; may be empty.
        seconds: Time that it took, over all calls.
        limit_seconds: Time that it was given in the last call.
        peak_gib: Largest resident memory of any one of its processes, GiB. That of a GPU is not in it.
        cases: Its cases; those that were not measured, too.
    """

    name: str
    demanded: bool
    state: State
    text: str = ""
    seconds: float = 0.0
    limit_seconds: float = 0.0
    peak_gib: float | None = None
    cases: list[CaseResult] = []

    @property
    def finished(self) -> bool:
        """Whether nothing is left to measure."""
        return self.state != NOT_MEASURED and all(case.state != NOT_MEASURED for case in self.cases)

    @property
    def measured(self) -> list[CaseResult]:
        """The cases that were measured."""
        return [case for case in self.cases if case.state != NOT_MEASURED]


class Record(_Values):
    """A whole check.

    Attributes:
        minutes: The time that the last call was given.
        load: `cores`, and `programs`: how many programs ran on average in the minute before the first part; null where
            the system does not say it.
        parts: All parts in their order, measured or not.
    """

    format_version: Literal[1] = 1
    what: Literal["selfcheck"] = "selfcheck"
    minutes: float
    load: dict[str, float | int | None]
    parts: list[PartResult]

    def part(self, name: str) -> PartResult | None:
        """The part of this name."""
        return next((part for part in self.parts if part.name == name), None)

    def with_part(self, part: PartResult) -> "Record":
        """The record with one part in the place of the one of the same name."""
        return self.model_copy(update={"parts": [part if one.name == part.name else one for one in self.parts]})

    @property
    def machine(self) -> dict[str, Any]:
        """What the part `versions` found; empty if it was not measured."""
        part = self.part(VERSIONS)
        return part.measured[0].values if part and part.measured else {}

    @property
    def loaded(self) -> bool:
        """Whether other programs used more than a quarter of the cores when the check began."""
        cores, programs = self.load.get("cores"), self.load.get("programs")
        return bool(cores and programs and programs > cores / 4)

    def exit_code(self, names: Sequence[str]) -> int:
        """0 if these parts hold, 3 if one of them failed, else 4 if one that is demanded was not measured."""
        asked = [part for part in self.parts if part.name in names]
        if any(part.state == FAILED for part in asked):
            return FAILED_EXIT_CODE
        return NOT_MEASURED_EXIT_CODE if any(part.demanded and part.state == NOT_MEASURED for part in asked) else 0

    def as_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return plain(self.model_dump(mode="python"))

    def save(self, path: Path) -> None:
        """Writes the file under a temporary name and renames it. Raises `RunError` when the disk does not take it."""
        write_json(path, self.as_dict())


def state_of(cases: Sequence[CaseResult]) -> State:
    """The state of a part by those of its cases.

    One failed case fails it. It is not measured if a demanded case is not, or if none is. Else it is passed, or
    reported where nothing was demanded.
    """
    states = {case.state for case in cases}
    if FAILED in states:
        return FAILED
    if not states - {NOT_MEASURED} or any(case.demanded and case.state == NOT_MEASURED for case in cases):
        return NOT_MEASURED
    return PASSED if PASSED in states else REPORTED


def read_record(path: Path) -> Record:
    """Reads what `Record.save` wrote. Raises `DataError` for a file that is missing, damaged or another one."""
    advice = "give the file of a `medgan-tf selfcheck`, or another name"
    values = read_json(path, largest=_LARGEST, advice=advice)
    try:
        return Record.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise DataError(f"{path} holds no self-check: {where}: {first['msg']}; {advice}") from error
