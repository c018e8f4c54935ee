"""pydantic's errors as one line each: file, line, dotted key, expected, received, the nearest valid key."""

import difflib
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from medgan_tf.config.document import describe
from medgan_tf.config.section import subsection
from medgan_tf.files.yaml_text import Document, Key, dotted

# What YAML calls the things pydantic names after Python.
_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a mapping of `key: value` lines",
    "float_type": "a number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "list_type": "a list",
    "model_type": "a section of `key: value` lines",
    "string_type": "text (quote it if it looks like a number)",
    "tuple_type": "a list",
}


def explain(error: ValidationError, document: Document, model: type[BaseModel], file: str, prefix: Key = ()) -> str:
    """One line per mistake.

    Args:
        error: The error of pydantic.
        document: The values that were validated, for their places.
        model: The class that was validated.
        file: Named where nothing closer is known.
        prefix: Path of `model` inside the experiment, e.g. ("data", "options").
    """
    lines = []
    for mistake in error.errors(include_url=False):
        # A check over several sections says itself which key is to be changed.
        key = (
            tuple(mistake.get("ctx", {}).get("key", "").split("."))
            if mistake["type"] == "cross_check"
            else mistake["loc"]
        )
        key = (*prefix, *key)
        lines.append(f"{document.place(key, file)}: {dotted(key)}: {_text(mistake, model, prefix)}")
    return "\n".join(dict.fromkeys(lines))


def _text(mistake: Any, model: type[BaseModel], prefix: Key) -> str:
    kind, message = mistake["type"], mistake["msg"]
    if kind == "extra_forbidden":
        return f"unknown key{_nearest(model, mistake['loc'], prefix)}"
    if kind == "missing":
        return "this key is required"
    if kind in ("value_error", "cross_check"):
        return message.removeprefix("Value error, ")
    expected = _EXPECTED.get(kind) or message.removeprefix("Input should be ")
    if kind.startswith(("greater_than", "less_than")):
        expected = f"a number {expected}"
    return f"expected {expected[0].lower()}{expected[1:]}; received {describe(mistake['input'])}"


def _nearest(model: type[BaseModel], key: Key, prefix: Key) -> str:
    """The valid key a mistyped one was probably meant to be: in its own section, else anywhere."""
    keys = list(all_keys(model))
    name = str(key[-1])
    siblings = [valid[-1] for valid in keys if valid[:-1] == key[:-1]]
    close = difflib.get_close_matches(name, siblings, n=1)
    if close:
        return f"; the nearest valid key is {dotted((*prefix, *key[:-1], close[0]))}"
    elsewhere = [valid for valid in keys if valid[-1] == name]
    elsewhere = elsewhere or [valid for valid in keys if difflib.get_close_matches(name, [valid[-1]], n=1, cutoff=0.8)]
    if elsewhere:
        # The key of a section rather than one deeper inside: `batch` is training.batch, not gan.growth.batch.
        return f"; the nearest valid key is {dotted((*prefix, *min(elsewhere, key=len)))}"
    return f"; valid keys here: {', '.join(siblings)}" if siblings else "; there are no keys here"


def all_keys(model: type[BaseModel], path: Key = ()) -> Iterator[Key]:
    """Paths of all keys of a section, those of its subsections included."""
    for name, info in model.model_fields.items():
        yield (*path, name)
        inner = subsection(info.annotation)
        if inner is not None:
            yield from all_keys(inner, (*path, name))
