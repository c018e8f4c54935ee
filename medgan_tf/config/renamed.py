"""Keys that were renamed: the old name is still read, in files, overrides and records of earlier versions.

The module of a section names them, e.g. ``RENAMED = {"old_key": "new_key"}`` in `gans/settings.py`.
"""

import functools
import logging
import sys
from collections.abc import Mapping
from typing import Any

from medgan_tf.config.section import Section, deciding_values, subsection
from medgan_tf.errors import ConfigError
from medgan_tf.files.yaml_text import Document, Key, dotted

log = logging.getLogger(__name__)


def old_names(model: type[Section]) -> dict[str, str]:
    """Old names of a section's own fields, each with today's."""
    renamed = getattr(sys.modules[model.__module__], "RENAMED", {})
    # A module may hold several sections: a name belongs to the one that has the new field.
    return {old: new for old, new in renamed.items() if new in model.model_fields and old not in model.model_fields}


def with_new_names(values: Mapping[str, Any], model: type[Section]) -> dict[str, Any]:
    """Values of a section that were written down earlier, under today's names; also in its subsections."""
    names = old_names(model)
    today = {names.get(name, name): value for name, value in values.items()}
    for name, field in model.model_fields.items():
        inner = subsection(field.annotation)
        if inner is not None and isinstance(today.get(name), Mapping):
            today[name] = with_new_names(today[name], inner)
    return today


def with_old_names(values: Mapping[str, Any], model: type[Section]) -> dict[str, Any]:
    """Values under the names that version 0.1 had; also in subsections."""
    names = {new: old for old, new in old_names(model).items()}
    before = {}
    for name, value in values.items():
        inner = subsection(model.model_fields[name].annotation)
        is_section = inner is not None and isinstance(value, Mapping)
        before[names.get(name, name)] = with_old_names(value, inner) if is_section else value
    return before


def as_today(values: Mapping[str, Any], model: type[Section]) -> dict[str, Any]:
    """Values of a section from a record of an earlier version, comparable with `section.deciding` of today's."""
    return deciding_values(with_new_names(values, model), model)


def rename_keys(document: Document, model: type[Section], prefix: Key = ()) -> None:
    """Puts today's names into a document, and logs a warning for each old one that says where it stands.

    Args:
        document: The document that was read; its values and places are changed.
        model: The section that `prefix` leads to.
        prefix: Path of the section, e.g. ("data", "options"); () for the whole experiment.

    Raises:
        ConfigError: A key has a value under both names.
    """
    values: Any = document.values
    for name in prefix:
        values = values.get(name) if isinstance(values, dict) else None
    if not isinstance(values, dict):
        return
    for old, new in old_names(model).items():
        if old in values:
            _rename(document, values, (*prefix, old), (*prefix, new))
    for name, field in model.model_fields.items():
        inner = subsection(field.annotation)
        if inner is not None:
            rename_keys(document, inner, (*prefix, name))


def _rename(document: Document, values: dict[str, Any], old: Key, new: Key) -> None:
    place = document.place(old, "")
    if new[-1] in values:
        raise ConfigError(
            f"{place}: {dotted(old)}: expected one of two names for the same value; {dotted(new)} is given too, at "
            f"{document.place(new, '')}. Remove {dotted(old)}"
        )
    _warn(f"{place}: {dotted(old)} is now called {dotted(new)}; the old name is still read")
    # In its old position, so that a mistake in another key is still reported in the order of the file.
    items = [(new[-1] if name == old[-1] else name, value) for name, value in values.items()]
    values.clear()
    values.update(items)
    moved = {key: place for key, place in document.places.items() if key[: len(old)] == old}
    for key, place in moved.items():
        del document.places[key]
        document.places[(*new, *key[len(old) :])] = place


@functools.cache
def _warn(line: str) -> None:
    """Logs a line once: a grid reads each of its experiments many times."""
    log.warning(line)
