"""Who needs whom in a checkout, read from the source without running it.

An edge is found wherever it hides: at the top of a file, inside a function, under TYPE_CHECKING, in an import relative
to the package, by `importlib` or ``python -m`` with the name as text, and through a registry (`GANS.get` needs every
architecture, `GANS.settings` the options of each).
"""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "medgan_tf"
TOOLS = f"{PACKAGE}.tools"


@dataclass(frozen=True)
class Edge:
    """`source` needs `target`; both are dotted names of files. `how` is import, text or registry."""

    source: str
    target: str
    line: int
    how: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line} needs {self.target} ({self.how})"


@dataclass(frozen=True)
class _Registry:
    """A registry as its definition in the source says: the package of its parts, and the file that is a part."""

    package: str
    module: str


def modules(root: Path) -> dict[str, Path]:
    """Dotted name to file: all of the package, and tools/ under the name with which it is installed."""
    found = {}
    for top, name in ((root / PACKAGE, PACKAGE), (root / "tools", TOOLS)):
        for path in sorted(top.rglob("*.py")):
            parts = path.relative_to(top).with_suffix("").parts
            found[".".join((name, *parts)).removesuffix(".__init__")] = path
    return found


def edges(root: Path) -> list[Edge]:
    """Every edge between files of the checkout at `root`."""
    files = modules(root)
    read = {name: _read(name, path.name == "__init__.py", path.read_bytes()) for name, path in files.items()}
    registries = dict(pair for one in read.values() for pair in one.registries)
    found = []
    for name, one in read.items():
        for dotted, line, how in one.wanted:
            target = _file_of(dotted, files)
            if target and target != name:
                found.append(Edge(name, target, line, how))
        for registry, asked, line in one.asked:
            if registry in registries:
                parts = _parts(files, registries[registry], asked)
                found += [Edge(name, part, line, "registry") for part in parts]
    return found


@dataclass(frozen=True)
class _Read:
    """What one file says: dotted names it wants, registries it defines, and what it asks of registries."""

    wanted: tuple[tuple[str, int, str], ...]
    registries: tuple[tuple[str, _Registry], ...]
    asked: tuple[tuple[str, str, int], ...]


@functools.cache
def _read(name: str, is_package: bool, source: bytes) -> _Read:
    tree = ast.parse(source)
    wanted: list[tuple[str, int, str]] = []
    asked: list[tuple[str, str, int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wanted += [(alias.name, node.lineno, "import") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(name, is_package, node)
            wanted += [(f"{base}.{alias.name}", node.lineno, "import") for alias in node.names]
        elif isinstance(node, ast.Call):
            wanted += [(text, node.lineno, "text") for text in _named_in_text(node)]
            if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                asked.append((node.func.value.id, node.func.attr, node.lineno))
        elif isinstance(node, ast.List):
            # A command line: [sys.executable, "-m", "medgan_tf.workflow.grid.runner", ...]
            texts = [item.value if isinstance(item, ast.Constant) else None for item in node.elts]
            pairs = zip(texts, texts[1:], strict=False)
            wanted += [(b, node.lineno, "text") for a, b in pairs if a == "-m" and isinstance(b, str)]
    asked = [one for one in asked if one[1] in ("get", "settings", "section") and one[0].isupper()]
    return _Read(tuple(wanted), tuple(_registries(tree)), tuple(asked))


def _absolute(name: str, is_package: bool, node: ast.ImportFrom) -> str:
    """The dotted name that a `from ... import` starts from."""
    if not node.level:
        return node.module or ""
    package = name.split(".") if is_package else name.split(".")[:-1]
    base = package[: len(package) - (node.level - 1)]
    return ".".join([*base, *([node.module] if node.module else [])])


def _file_of(dotted: str, files: dict[str, Path]) -> str | None:
    """The file that defines a dotted name: itself or the nearest package above; None for other libraries and the top.

    `medgan_tf` itself holds the version and lazy names only, and is free for all.
    """
    names = dotted.split(".")
    if names[0] == "tools":
        names = [PACKAGE, *names]
    while len(names) > 1:
        if ".".join(names) in files:
            return ".".join(names)
        names.pop()
    return None


def _named_in_text(node: ast.Call) -> Iterator[str]:
    """Module names given as text to importlib's functions."""
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if called in ("import_module", "__import__", "find_spec", "run_module"):
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


def _registries(tree: ast.Module) -> Iterator[tuple[str, _Registry]]:
    """``NAME = Registry(kind, package, group, module)``, also where a class of the file calls ``super().__init__``."""
    calls = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and node.name.endswith("Registry"):
            calls[node.name] = next((one for one in ast.walk(node) if _is_super_init(one)), None)
    for node in tree.body:
        if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
            continue
        called = getattr(node.value.func, "id", "")
        if called.endswith("Registry") and isinstance(node.targets[0], ast.Name):
            texts = [item.value for item in (calls.get(called) or node.value).args if isinstance(item, ast.Constant)]
            yield node.targets[0].id, _Registry(texts[1], texts[3] if len(texts) > 3 else "")


def _is_super_init(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "super().__init__" and len(node.args) > 1


def _parts(files: dict[str, Path], registry: _Registry, asked: str) -> list[str]:
    """All files that ``NAME.get(...)``, ``NAME.settings(...)`` or ``NAME.section(...)`` may import."""
    package, module = registry.package, registry.module if asked == "get" else asked
    depth = package.count(".") + (2 if module else 1)
    ending = f".{module}" if module else ""
    return [
        name
        for name, path in files.items()
        if name.startswith(f"{package}.") and name.count(".") == depth and name.endswith(ending)
        and (module or path.name != "__init__.py")
    ]  # fmt: skip


def circles(found: list[Edge]) -> list[list[str]]:
    """Groups of files that need each other, by Tarjan's algorithm; a file alone is none."""
    needs: dict[str, set[str]] = {}
    for edge in found:
        needs.setdefault(edge.source, set()).add(edge.target)
        needs.setdefault(edge.target, set())
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(needs[name]):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            group = []
            while not group or group[-1] != name:
                group.append(stack.pop())
            groups.append(sorted(group))

    for name in sorted(needs):
        if name not in order:
            visit(name)
    return [group for group in groups if len(group) > 1]
