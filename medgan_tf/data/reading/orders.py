"""Tasks as text for a reader process: the names of their classes and their values. No pickle, which could do anything.

A task may hold numbers, texts, paths, lists, tuples, dictionaries with text as keys, sections of an experiment, and
objects of classes that can be imported and hold nothing else.
"""

import importlib
import json
from pathlib import Path
from typing import Any

from medgan_tf.config.section import Section

_CLASS, _VALUES = "class", "values"


def to_text(task: object) -> str:
    """The text from which `from_text` makes the same task. Raises `TypeError` for what cannot be written so."""
    return json.dumps(_written(task))


def from_text(text: str | bytes) -> Any:
    """The task of a text of `to_text`; imports the modules of its classes."""
    return _read(json.loads(text))


def _written(value: object) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, tuple):
        return {_CLASS: "tuple", _VALUES: [_written(item) for item in value]}
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {_CLASS: "dict", _VALUES: {name: _written(item) for name, item in value.items()}}
    if isinstance(value, Path):
        return {_CLASS: "path", _VALUES: str(value)}
    kind = type(value)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if kind.__module__ in ("__main__", "builtins") or "<locals>" in kind.__qualname__ or not hasattr(value, "__dict__"):
        raise TypeError(f"{name} cannot be imported there; put the class into a module of its own")
    if isinstance(value, Section):
        return {_CLASS: name, _VALUES: value.model_dump(mode="json")}
    return {_CLASS: name, _VALUES: {name: _written(item) for name, item in vars(value).items()}}


def _read(value: Any) -> Any:
    if isinstance(value, list):
        return [_read(item) for item in value]
    if not isinstance(value, dict):
        return value
    name, values = value[_CLASS], value[_VALUES]
    if name == "tuple":
        return tuple(_read(item) for item in values)
    if name == "dict":
        return {name: _read(item) for name, item in values.items()}
    if name == "path":
        return Path(values)
    module, _, qualified = name.partition(":")
    kind: Any = importlib.import_module(module)
    for part in qualified.split("."):
        kind = getattr(kind, part)
    if issubclass(kind, Section):
        # As JSON, which has no tuples.
        return kind.model_validate_json(json.dumps(values))
    made = object.__new__(kind)
    # Past __init__, and past the guard of frozen dataclasses.
    vars(made).update({name: _read(item) for name, item in values.items()})
    return made
