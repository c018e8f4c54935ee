"""The public names of docs/api.md with their signatures, read from the source without importing it.

``python tests/support/public_names.py`` prints them as tests/golden/public_names.txt has them.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def documented() -> dict[str, set[str] | None]:
    """The dotted names on the page, each with the members that the page shows; None for all public ones."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    found = re.findall(r"^::: (\S+)\n(?:    options:\n      members: \[(.*)\]\n)?", text, re.MULTILINE)
    return {name: set(members.split(", ")) if members else None for name, members in found}


def module_of(name: str) -> Path:
    """The file that a dotted name is defined in, relative to the checkout."""
    parts = name.split(".")
    while parts:
        place = Path(*parts)
        for path in (place.with_suffix(".py"), place / "__init__.py"):
            if (ROOT / path).is_file():
                return path
        parts.pop()
    raise LookupError(name)


def signatures(name: str, members: set[str] | None = None) -> list[str]:
    """A line for a function; for a class also for its fields and public methods; for a module, for all in it.

    Args:
        name: Dotted name.
        members: Names of the methods of a class that are meant; None for all.

    Raises:
        LookupError: There is no such name.
    """
    path = module_of(name)
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    nodes = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if name != module:
        nodes = [node for node in nodes if f"{module}.{node.name}" == name]
        if not nodes:
            raise LookupError(name)
    lines = [line for node in nodes for line in _lines(module, node)]
    return lines if members is None else [line for line in lines if line == name or _last(line) in members]


def _last(line: str) -> str:
    return line.partition("(")[0].rpartition(".")[2]


def _lines(prefix: str, node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        if not node.name.startswith("_") or node.name == "__init__":
            yield f"{prefix}.{node.name}({ast.unparse(node.args)})"
    elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
        yield f"{prefix}.{node.name}"
        for inner in node.body:
            yield from _lines(f"{prefix}.{node.name}", inner)
    elif isinstance(node, ast.AnnAssign) and not ast.unparse(node.target).startswith("_"):
        yield f"{prefix}.{ast.unparse(node.target)}"


def unannotated(line: str) -> list[str]:
    """Parameters of a signature without a type."""
    if "(" not in line:
        return []
    found = _arguments(line)
    every = [*found.posonlyargs, *found.args, *found.kwonlyargs, *filter(None, (found.vararg, found.kwarg))]
    return [one.arg for one in every if one.annotation is None and one.arg not in ("self", "cls")]


def _arguments(line: str) -> ast.arguments:
    return ast.parse(f"def f({line.partition('(')[2]}: ...").body[0].args


def breaks(before: list[str], now: list[str]) -> list[str]:
    """What was promised and no longer holds: names that are gone, and calls that would no longer be right."""
    today = {line.partition("(")[0]: line for line in now}
    found = []
    for line in before:
        name, call, _ = line.partition("(")
        if name not in today:
            found.append(f"{name} is gone")
        elif call:
            found += [f"{name}: {why}" for why in _broken_calls(_arguments(line), _arguments(today[name]))]
    return found


def _broken_calls(before: ast.arguments, now: ast.arguments) -> Iterator[str]:
    old, new = [*before.posonlyargs, *before.args], [*now.posonlyargs, *now.args]
    for place, argument in enumerate(old):
        if place >= len(new) or new[place].arg != argument.arg:
            yield f"parameter {place + 1} was {argument.arg}"
            return
    by_keyword = {one.arg for one in now.kwonlyargs} | {one.arg for one in new}
    yield from (f"{one.arg} is gone" for one in before.kwonlyargs if one.arg not in by_keyword)
    yield from (f"{name} has no default any more" for name in sorted(_optional(before) - _optional(now) & _all(now)))
    yield from (f"{name} is new and has no default" for name in sorted(_all(now) - _all(before) - _optional(now)))


def _all(arguments: ast.arguments) -> set[str]:
    return {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def _optional(arguments: ast.arguments) -> set[str]:
    plain = [*arguments.posonlyargs, *arguments.args]
    keyword = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    named = {one.arg for one, default in keyword if default is not None}
    return named | {one.arg for one in plain[len(plain) - len(arguments.defaults) :]}


if __name__ == "__main__":
    sys.stdout.write(
        "".join(f"{line}\n" for name, members in documented().items() for line in signatures(name, members))
    )
