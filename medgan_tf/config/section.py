"""The base of every section of an experiment, the types of its values, and the effects of a changed value.

A field of a section decides results unless it says otherwise: its default is then made by `incidental`, `resumable` or
`afterwards`. Nothing else lists such fields; `deciding` leaves them out where settings of results are compared. A field
that came later is made by `added`, so that work that was finished before stays up to date.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from medgan_tf.files.plain_text import LONGEST_TEXT, cleaned, name_problem, visible


def _plain_names(names: tuple[str, ...]) -> tuple[str, ...]:
    problem = next(filter(None, map(name_problem, names)), None)
    if problem:
        raise ValueError(problem)
    return names


def _plain_title(text: str) -> str:
    if problem := name_problem(text):
        raise ValueError(problem.replace("a name", "a text"))
    return text


def _plain_lines(text: str) -> str:
    if cleaned(text) != text.strip():
        raise ValueError(f"expected a text without hidden characters; received {visible(text)!r:.60}")
    return text


Names = Annotated[tuple[str, ...], Field(strict=False), AfterValidator(_plain_names)]
Title = Annotated[str, Field(max_length=200), AfterValidator(_plain_title)]
"""A free text of one line that is shown to people."""
Lines = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_plain_lines)]
"""A free text of several lines that is shown to people."""
Count = Annotated[int, Field(ge=1)]
Fraction = Annotated[float, Field(gt=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Rate = Annotated[float, Field(gt=0)]
LARGEST_SEED = 2**32 - 1
"""The largest seed that all libraries take (NumPy's and Keras's have 32 bits)."""
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


class Section(BaseModel):
    """Base of every section: frozen, no unknown keys, no silent type conversion."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class Changes(StrEnum):
    """The results that another value of a field changes."""

    RESULTS = "results"
    """The results of the part that the section describes. This is so for every field that says nothing else."""
    EXTENT = "extent"
    """Results as well, but a training that was begun may go on with another value."""
    AFTERWARDS = "afterwards"
    """Only what is computed from the finished part: the part itself is not made again."""
    NOTHING = "nothing"
    """No result: where files lie, how fast the work is done, what is shown on the way."""


def incidental(default: Any) -> Any:
    """Default of a field that changes no result, see `Changes.NOTHING`."""
    return _marked(default, Changes.NOTHING)


def resumable(default: Any) -> Any:
    """Default of a field that may differ between a training and its continuation, see `Changes.EXTENT`."""
    return _marked(default, Changes.EXTENT)


def afterwards(default: Any) -> Any:
    """Default of a field that concerns only what is computed from the finished part, see `Changes.AFTERWARDS`."""
    return _marked(default, Changes.AFTERWARDS)


def added(default: Any, changes: Changes = Changes.RESULTS) -> Any:
    """Default of a field that was added to its section later; the default means what was done before it existed.

    `deciding` leaves the field out where it has its default. `changes` is what another value changes.
    """
    return Field(default, json_schema_extra={"added": True, "changes": changes.value})


def redefined(default: Any, first: Any) -> Any:
    """Default of a field that had another one, `first`, in version 0.1; `first` as JSON has it.

    `without_added` writes the first one where the field has its default, so that names and keys that hold a hash stay.
    """
    return Field(default, json_schema_extra={"first": first})


def _marked(default: Any, changes: Changes) -> Any:
    return Field(default, json_schema_extra={"changes": changes.value})


def changed_by(field: FieldInfo) -> Changes:
    """The results that another value of a field changes."""
    extra = field.json_schema_extra
    return Changes(extra.get("changes", Changes.RESULTS)) if isinstance(extra, dict) else Changes.RESULTS


def deciding(section: Section, *left_out: Changes) -> dict[str, Any]:
    """The values of a section that decide results, as nested JSON values.

    Args:
        section: The section; its subsections are reduced in the same way.
        *left_out: Further kinds of fields to leave out, beside `Changes.NOTHING`.
    """
    return deciding_values(section.model_dump(mode="json"), type(section), *left_out)


def deciding_values(values: Mapping[str, Any], model: type[Section], *left_out: Changes) -> dict[str, Any]:
    """As `deciding`, for values that were written down earlier: unknown keys stay, missing ones are not added."""
    return _reduced(values, model, (Changes.NOTHING, *left_out))


def without_added(section: Section) -> dict[str, Any]:
    """All values of a section as version 0.1 would have written them, as nested JSON values.

    Fields made by `added` are left out, and those made by `redefined` have their first default, where they have the
    default of today.
    """
    return _with_first_defaults(_reduced(section.model_dump(mode="json"), type(section), ()), type(section))


def _with_first_defaults(values: Mapping[str, Any], model: type[Section]) -> dict[str, Any]:
    written = {}
    for name, value in values.items():
        field, inner = model.model_fields[name], subsection(model.model_fields[name].annotation)
        extra = field.json_schema_extra
        if isinstance(extra, dict) and "first" in extra and value == _default(field):
            value = extra["first"]
        is_section = inner is not None and isinstance(value, Mapping)
        written[name] = _with_first_defaults(value, inner) if is_section else value
    return written


def _reduced(values: Mapping[str, Any], model: type[Section], left_out: tuple[Changes, ...]) -> dict[str, Any]:
    kept = {}
    for name, value in values.items():
        field = model.model_fields.get(name)
        if field is not None and (changed_by(field) in left_out or (_is_added(field) and value == _default(field))):
            continue
        inner = subsection(field.annotation) if field is not None else None
        is_section = inner is not None and isinstance(value, Mapping)
        kept[name] = _reduced(value, inner, left_out) if is_section else value
    return kept


def _is_added(field: FieldInfo) -> bool:
    return isinstance(field.json_schema_extra, dict) and bool(field.json_schema_extra.get("added"))


def _default(field: FieldInfo) -> Any:
    """The default of a field as JSON has it."""
    if isinstance(field.default, Section):
        return field.default.model_dump(mode="json")
    return list(field.default) if isinstance(field.default, tuple) else field.default


def subsection(annotation: Any) -> type[Section] | None:
    """The section class that a field's type names, alone, beside None or in a tuple; None for any other type."""
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, Section):
            return kind
    return None
