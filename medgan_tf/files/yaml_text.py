"""The one reader and the one writer of YAML, for experiment files and for the records of runs.

Texts and numbers are those of YAML 1.2: ``1:30``, ``2020-01-31`` and ``0x1F`` are texts. Values are plain data: no
tags, no anchors, no objects. They remember where they were written.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from medgan_tf.errors import ConfigError
from medgan_tf.files.plain_text import visible, visible_lines

Key = tuple[str | int, ...]

LARGEST = 1_000_000
"""Characters. Experiment files and records have a few kilobytes; anything larger is neither."""
MOST_VALUES = 100_000
"""Values in one file: reading them takes a few seconds."""

Variable = Callable[[re.Match], str]
"""A match of `VARIABLE`, one ``${...}``, to the text that replaces it. A `ConfigError` says why there is none."""

VARIABLE = re.compile(r"\$(\$\{|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|\{)")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"


class YamlTextError(ConfigError):
    """YAML that cannot be read.

    Attributes:
        place: File and line, e.g. "file.yaml:12".
    """

    def __init__(self, place: str, problem: str):
        super().__init__(f"{place}: {problem}")
        self.place = place


@dataclass
class Document:
    """Nested plain values and, for each key, where it was written.

    Attributes:
        values: Content of the file: dict, list, str, int, float, bool and None only.
        places: Path of a key, e.g. ("data", "root"), to its place, "file.yaml:12" or "--set data.root=x".
    """

    values: dict[str, Any]
    places: dict[Key, str] = field(default_factory=dict)

    def place(self, key: Key, default: str) -> str:
        """Where `key`, or the nearest section around it, was written."""
        for length in range(len(key), 0, -1):
            if key[:length] in self.places:
                return self.places[key[:length]]
        return default


class _PlainResolver:
    """YAML 1.2 numbers: `1e-4` is a float, `010` is ten, `1:30` and dates are text. Shared by reading and writing."""

    yaml_implicit_resolvers: dict[str, list] = {}

    @classmethod
    def add(cls, tag: str, pattern: str, first: str) -> None:
        for character in first:
            cls.yaml_implicit_resolvers.setdefault(character, []).append((_TAG + tag, re.compile(pattern)))


_PlainResolver.add(
    "bool", r"^(?:true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$", "tTfFyYnNoO"
)
_PlainResolver.add("null", r"^(?:~|null|Null|NULL|)$", "~nN")
_PlainResolver.yaml_implicit_resolvers[""] = [(_TAG + "null", re.compile("^$"))]
_PlainResolver.add("int", r"^[-+]?[0-9][0-9_]*$", "-+0123456789")
_PlainResolver.add(
    "float",
    r"^[-+]?(?:[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9][0-9_]*[eE][-+]?[0-9]+)$",
    "-+.0123456789",
)


class _Loader(_PlainResolver, yaml.SafeLoader):
    """The safe loader, used only to compose nodes."""

    yaml_implicit_resolvers = _PlainResolver.yaml_implicit_resolvers
    composed = 0

    def compose_node(self, parent: Any, index: Any) -> yaml.Node:
        event = self.peek_event()
        self.composed += 1
        if self.composed > MOST_VALUES:
            raise yaml.MarkedYAMLError(problem=f"more than {MOST_VALUES:,} values", problem_mark=event.start_mark)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases (& and *) are not supported; write the value out",
                problem_mark=event.start_mark,
            )
        return super().compose_node(parent, index)


class _Dumper(_PlainResolver, yaml.SafeDumper):
    """Quotes exactly the texts that `_Loader` would read as something else."""

    yaml_implicit_resolvers = _PlainResolver.yaml_implicit_resolvers

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    """Hidden characters are written out, which needs double quotes."""
    return dumper.represent_scalar(_TAG + "str", text, style='"' if visible_lines(text) != text else None)


_Dumper.add_representer(str, _represent_text)


def parse_yaml(text: str, name: str, numbered: bool = True, variable: Variable | None = None) -> Document:
    """Parses YAML text of any shape.

    Args:
        text: The YAML.
        name: Name of the text in error messages, usually the file's path.
        numbered: Whether places carry line numbers (not for the single value of an override).
        variable: Replaces each ``${...}`` in a value; None leaves them as they are. ``$${`` is a plain ``${`` in any
            case.

    Raises:
        YamlTextError: One line with the place, what was expected and what was found.
    """
    if len(text) > LARGEST:
        raise YamlTextError(name, f"expected YAML of at most {LARGEST:,} characters; this one has {len(text):,}")
    try:
        root = yaml.compose(text, Loader=_Loader)
        reader = _Reader(name, numbered, variable)
        return Document(None if root is None else reader.value(root, ()), reader.places)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark and numbered else name
        raise YamlTextError(place, f"not valid YAML: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        place = f"{name}:{line}" if numbered else name
        raise YamlTextError(place, f"not valid YAML: found the control character U+{error.character:04X}") from None
    except RecursionError:
        raise YamlTextError(name, "nested too deeply to be an experiment file") from None


def yaml_record(text: str, name: str) -> dict[str, Any]:
    """The values of a record that `dump_yaml` wrote, e.g. the config of a run. No variable is replaced.

    Raises:
        YamlTextError: The text is no mapping in YAML.
    """
    values = parse_yaml(text, name).values
    if not isinstance(values, dict):
        raise YamlTextError(name, f"expected `key: value` lines; found {_kind(values)}")
    return values


def read_yaml_record(path: Path) -> dict[str, Any]:
    """As `yaml_record`, from a file. Raises `YamlTextError` also for a file that is missing or no text in UTF-8."""
    try:
        if not path.is_file():
            raise YamlTextError(path.name, "there is no such file")
        with open(path, "rb") as stream:
            # A character has at most four bytes.
            return yaml_record(stream.read(4 * LARGEST + 1).decode("utf-8-sig"), path.name)
    except UnicodeDecodeError:
        raise YamlTextError(path.name, "found bytes that are no text in UTF-8") from None
    except OSError as error:
        raise YamlTextError(path.name, f"cannot be read: {error.strerror}") from None


def dump_yaml(values: dict[str, Any]) -> str:
    """Plain values as YAML that `yaml_record`, and every reader of experiment files, turns back into the same values.

    Raises:
        ValueError: A number that is not finite, which plain YAML does not have.
    """
    return visible_lines(yaml.dump(_escaped(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120))


def dump_yaml_value(value: Any) -> str:
    """One value as it is written behind a key, on one line."""
    text = yaml.dump(_escaped(value), Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=float("inf"))
    return visible(" ".join(text.removesuffix("\n...\n").split()))


def _escaped(value: Any) -> Any:
    """The value with ``$${`` in place of ``${`` in texts. Keys stay, because nothing is replaced in them."""
    if isinstance(value, dict):
        return {name: _escaped(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_escaped(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"expected finite numbers; received {value}")
    return value.replace("${", "$${") if isinstance(value, str) else value


def _kind(value: Any) -> str:
    return "nothing" if value is None else "a list" if isinstance(value, list) else "a single value"


class _Reader:
    """Turns composed nodes into values and notes each key's place."""

    def __init__(self, name: str, numbered: bool, variable: Variable | None):
        self.name = name
        self.numbered = numbered
        self.variable = variable
        self.places: dict[Key, str] = {}

    def where(self, node: yaml.Node) -> str:
        return f"{self.name}:{node.start_mark.line + 1}" if self.numbered else self.name

    def value(self, node: yaml.Node, key: Key) -> Any:
        self.places.setdefault(key, self.where(node))
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self.mapping(node, key)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return [self.value(item, (*key, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, key)
        raise YamlTextError(self.where(node), f"{dotted(key)}: expected plain YAML; received the tag {node.tag}")

    def mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name_node, value_node in node.value:
            name = name_node.value
            if not isinstance(name_node, yaml.ScalarNode) or name_node.tag != _TAG + "str":
                found = f"{name!r:.60}" if isinstance(name_node, yaml.ScalarNode) else "a list or a mapping"
                raise YamlTextError(
                    self.where(name_node), f"{dotted(key)}: expected a key that is text; received {found}"
                )
            path = (*key, name)
            if name in result:
                raise YamlTextError(
                    self.where(name_node), f"{dotted(path)}: key written twice; the first is at {self.places[path]}"
                )
            self.places[path] = self.where(name_node)
            result[name] = self.value(value_node, path)
        return result

    def scalar(self, node: yaml.ScalarNode, key: Key) -> Any:
        text = VARIABLE.sub(lambda match: self.replaced(match, node, key), node.value)
        tag = node.tag
        if text != node.value and node.style is None:
            # An unquoted ${BATCH:-32} is what it stands for, so a number where that is a number.
            tag = _Loader("").resolve(yaml.ScalarNode, text, (True, False))
        kind = tag.removeprefix(_TAG)
        if kind == "str":
            # No file could hold it again. A record was written by us, so it is read as it is.
            if self.variable is not None and _HALF_CHARACTER.search(text):
                raise YamlTextError(self.where(node), f"{dotted(key)}: holds half of a character (a lone surrogate)")
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        try:
            if kind == "int":
                return int(text.replace("_", ""))
            number = float(text.replace("_", "")) if kind == "float" else None
        except ValueError:
            number = None
        if number is None or number in (float("inf"), float("-inf")) or number != number:
            raise YamlTextError(
                self.where(node), f"{dotted(key)}: expected a plain value; received {text!r:.60}, tag {tag}"
            )
        return number

    def replaced(self, match: re.Match, node: yaml.Node, key: Key) -> str:
        """The text for one match of `VARIABLE`."""
        if match[1] == "${":
            return "${"
        try:
            return match[0] if self.variable is None else self.variable(match)
        except ConfigError as error:
            raise YamlTextError(self.where(node), f"{dotted(key)}: {error}") from None


def dotted(key: Key) -> str:
    """("data", "root") as data.root; the top level as `top level`."""
    return ".".join(str(part) for part in key) or "top level"
