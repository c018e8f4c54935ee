"""YAML text to plain values that remember where they were written. Only plain data: no tags, no anchors, no objects."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from medgan_tf.errors import ConfigError

Key = tuple[str | int, ...]

# Experiment files are a few kilobytes; anything this large is not one.
_MAXIMUM_BYTES = 1_000_000
_VARIABLE = re.compile(r"\$(\$\{|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>[^}]*))?\}|\{)")
_TAG = "tag:yaml.org,2002:"


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

    def compose_node(self, parent: Any, index: Any) -> yaml.Node:
        event = self.peek_event()
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


_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(_TAG + "str", text.replace("${", "$${")))


def read_document(path: str | Path) -> Document:
    """Reads a YAML file whose top level is a mapping. Raises `ConfigError` naming file and line."""
    name = str(path)
    try:
        with open(path, "rb") as stream:
            content = stream.read(_MAXIMUM_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{name}: no such file; expected the path of an experiment file (YAML)") from None
    except OSError as error:
        raise ConfigError(f"{name}: cannot be read as an experiment file: {error.strerror}") from None
    if len(content) > _MAXIMUM_BYTES:
        raise ConfigError(
            f"{name}: expected an experiment file of at most {_MAXIMUM_BYTES:,} bytes; this one is larger"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigError(f"{name}: expected YAML text in UTF-8; received other bytes") from None
    document = parse_document(text, name)
    if not isinstance(document.values, dict):
        raise ConfigError(f"{name}:1: expected `key: value` lines; received {describe(document.values)}")
    return document


def parse_document(text: str, name: str, numbered: bool = True) -> Document:
    """Parses YAML text of any shape.

    Args:
        text: The YAML.
        name: Name of the text in error messages, usually the file's path.
        numbered: Whether places carry line numbers (not for the single value of an override).
    """
    try:
        root = yaml.compose(text, Loader=_Loader)
        reader = _Reader(name, numbered)
        return Document(None if root is None else reader.value(root, ()), reader.places)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}" if mark and numbered else name
        raise ConfigError(f"{place}: not valid YAML: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {' '.join(str(error).split())}") from None
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply to be an experiment file") from None


def dump_document(values: dict[str, Any]) -> str:
    """Plain values as YAML that `read_document` turns back into the same values."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)


def dump_value(value: Any) -> str:
    """One value as it is written behind a key, on one line."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, width=float("inf"))
    return " ".join(text.removesuffix("\n...\n").split())


def describe(value: Any) -> str:
    """A value for an error message: short, with its kind where that is not obvious."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a boolean)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    text = repr(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"{text} (text)" if isinstance(value, str) else text


class _Reader:
    """Turns composed nodes into values and notes each key's place."""

    def __init__(self, name: str, numbered: bool):
        self.name = name
        self.numbered = numbered
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
        raise ConfigError(f"{self.where(node)}: {dotted(key)}: expected plain YAML; received the tag {node.tag}")

    def mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for name_node, value_node in node.value:
            name = name_node.value
            if not isinstance(name_node, yaml.ScalarNode) or name_node.tag != _TAG + "str":
                raise ConfigError(
                    f"{self.where(name_node)}: {dotted(key)}: expected a key that is text; received {name!r:.60}"
                )
            path = (*key, name)
            if name in result:
                raise ConfigError(
                    f"{self.where(name_node)}: {dotted(path)}: key written twice; the first is at {self.places[path]}"
                )
            self.places[path] = self.where(name_node)
            result[name] = self.value(value_node, path)
        return result

    def scalar(self, node: yaml.ScalarNode, key: Key) -> Any:
        text = _VARIABLE.sub(lambda match: self.variable(match, node, key), node.value)
        tag = node.tag
        if text != node.value and node.style is None:
            # An unquoted ${BATCH:-32} is what it stands for, so a number where that is a number.
            tag = _Loader("").resolve(yaml.ScalarNode, text, (True, False))
        kind = tag.removeprefix(_TAG)
        if kind == "str":
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
            raise ConfigError(
                f"{self.where(node)}: {dotted(key)}: expected a plain value; received {text!r:.60}, tag {tag}"
            )
        return number

    def variable(self, match: re.Match, node: yaml.Node, key: Key) -> str:
        """The value of one ${...}. An empty variable counts as undefined, as in the shell."""
        if match[1] == "${":
            return "${"
        place = f"{self.where(node)}: {dotted(key)}"
        if match["name"] is None:
            raise ConfigError(
                f"{place}: expected ${{NAME}} or ${{NAME:-default}}; received {node.value!r:.60} ($${{ for a plain ${{)"
            )
        found = os.environ.get(match["name"]) or match["default"]
        if found is None:
            raise ConfigError(
                f"{place}: the environment variable {match['name']} is not set; "
                f"set it, or write ${{{match['name']}:-default}}"
            )
        return found


def dotted(key: Key) -> str:
    """("data", "root") as data.root; the top level as `top level`."""
    return ".".join(str(part) for part in key) or "top level"
