"""What a check found, and the one line in which wrong ones end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from medgan_tf.errors import DataError

RIGHT, WRONG, UNDECIDED = "right", "wrong", "undecided"
Status = Literal["right", "wrong", "undecided"]


@dataclass(frozen=True)
class CheckFinding:
    """What one check found.

    Attributes:
        name: Names the check, also in ``--accept NAME``.
        status: `right`; `wrong`, which ends an import; or `undecided`, which is a note.
        words: One line. Of a wrong one: what was expected, what was received, and what to do.
        numbers: The figures behind it, as JSON values.
        acceptable: Whether the import can go on when the user accepts that it is wrong.
    """

    name: str
    status: Status
    words: str
    numbers: dict[str, Any] = field(default_factory=dict)
    acceptable: bool = True

    def describe(self) -> dict[str, Any]:
        """The finding as JSON values, for the provenance."""
        return {"name": self.name, "status": self.status, "words": self.words, "numbers": self.numbers}


def refuse_wrong(findings: Sequence[CheckFinding], accepted: Collection[str] = (), where: str = "") -> list[str]:
    """Ends an import whose images are wrong.

    Args:
        findings: Of all checks, causes before their effects: the first wrong one is named.
        accepted: Names of checks whose errors the user accepts.
        where: The folder, for the message.

    Returns:
        The names of the wrong ones that were accepted.

    Raises:
        DataError: The first finding that is wrong and not accepted; one line, with the names of the others.
    """
    wrong = [one for one in findings if one.status == WRONG]
    refused = [one for one in wrong if not (one.acceptable and one.name in accepted)]
    if refused:
        first, *others = refused
        also = f" (also wrong: {', '.join(one.name for one in others)})" if others else ""
        way_out = f", or go on with --accept {first.name}" if first.acceptable else ""
        raise DataError(f"{where + ': ' if where else ''}{first.name}: {first.words}{way_out}{also}")
    return [one.name for one in wrong]
