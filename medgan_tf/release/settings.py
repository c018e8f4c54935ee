"""Section `release`: what is given away, under which terms, and what must hold before."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from medgan_tf.config.section import Changes, Lines, Names, Section, Title, added

_NAME = r"^([A-Za-z0-9][A-Za-z0-9_.-]*)?$"


def _whole_as_text(value: Any) -> Any:
    """In YAML and on the command line, a version 2 is a number. 1.10 would be 1.1, so only whole numbers are taken."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Version = Annotated[
    str,
    BeforeValidator(_whole_as_text),
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.+-]*$", max_length=40),
]
"""A version of a release, such as ``2`` or ``1.1``."""


class GateConfig(Section):
    """What must hold before anything is released. The privacy audit, the labels, the counts of patients, the plan and
    the hashes are always asked for."""

    utility: Literal["shown", "undecided", "any"] = added("undecided", Changes.NOTHING)
    """Least answer about the gap. `shown`: it is shown to be below `classifier.margin`, by 5 seeds or more.
    `undecided`: it was measured, and is not shown to be above the margin. `any`: it need not be measured."""


class ReleaseConfig(Section):
    """What is given away. It changes no result."""

    name: Annotated[str, Field(pattern=_NAME, max_length=100)] = added("", Changes.NOTHING)
    """Name of the release; empty: the experiment's."""
    version: Version = added("1", Changes.NOTHING)
    """Its version. A release that differs from an earlier one needs another."""
    use_terms: Lines = added("", Changes.NOTHING)
    """What recipients may and may not do with it, as a free text. The licence is `generate.licence`."""
    contact: Title = added("", Changes.NOTHING)
    """Whom recipients ask, on one line. It is shown to everybody."""
    withdraws: Annotated[tuple[Version, ...], Field(strict=False)] = added((), Changes.NOTHING)
    """Versions of the same name that this one revokes."""
    public_names: Names = added((), Changes.NOTHING)
    """Names that are no secret though a user or a computer has them, such as `data`. They are not searched for."""
    gate: GateConfig = added(GateConfig(), Changes.NOTHING)
    """What must hold."""
