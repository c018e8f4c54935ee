"""Type, range and unit of a field in plain words, e.g. "whole number from 1 to 100, or null"."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from medgan_tf.config.section import Section
from medgan_tf.files.yaml_text import dump_yaml_value

_KINDS = {bool: "true or false", int: "whole number", float: "number", str: "text", dict: "mapping"}
_NUMBERS = ("whole number", "number")
# Where the first sentence of a description names one of these after a comma, it is the unit of the value.
_UNITS = ("pixels", "HU")


def value_words(field: FieldInfo) -> str:
    """The values that a field takes, in words."""
    words = _words(field.annotation, field.metadata)
    sentence = " ".join((field.description or "").split()).partition(". ")[0]
    unit = next((unit for unit in _UNITS if f", {unit}" in sentence), "")
    for kind in _NUMBERS:
        if unit and words.startswith(kind):
            return f"{kind} ({unit}){words.removeprefix(kind)}"
    return words


def _words(kind: Any, limits: list[Any] | tuple[Any, ...] = ()) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _words(arguments[0], [*arguments[1:], *limits])
    if origin in (Union, UnionType):
        known = [_words(argument, limits) for argument in arguments if argument is not NoneType]
        return f"{' or '.join(known)}, or null" if NoneType in arguments else " or ".join(known)
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    limits = [limit for given in limits for limit in (given.metadata if isinstance(given, FieldInfo) else [given])]
    if origin is tuple:
        return _list(arguments, limits)
    if isinstance(kind, type) and issubclass(kind, Section):
        return "section"
    return _KINDS[origin or kind] + _range(limits)


def _list(arguments: tuple[Any, ...], limits: list[Any]) -> str:
    words = _words(arguments[0])
    if arguments[-1] is not Ellipsis:
        return f"list of {len(arguments)} (each: {words})"
    least = _bound(limits, "min_length")
    return f"list{'' if least is None else f' of at least {least}'} (each: {words})"


def _range(limits: list[Any]) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    known = {name: _bound(limits, name) for name in words}
    parts = [f"{words[name]} {dump_yaml_value(value)}" for name, value in known.items() if value is not None]
    # "from 1 to 100", but "above 0 and below 1".
    text = "".join(f" {part}" if part.startswith(("from", "to")) or not number else f" and {part}"
                   for number, part in enumerate(parts))  # fmt: skip
    return text + _length(_bound(limits, "min_length"), _bound(limits, "max_length"), _bound(limits, "pattern"))


def _length(least: int | None, most: int | None, pattern: str | None) -> str:
    text = f" that matches `{pattern}`" if pattern else ""
    if least is None:
        return text
    amount = str(least) if least == most else f"at least {least}"
    return f" of {amount} character{'s' * (least > 1)}{text}"


def _bound(limits: list[Any], name: str) -> Any:
    return next((value for limit in limits if (value := getattr(limit, name, None)) is not None), None)
