"""Each kind of text file has one writer, so that its rules hold everywhere."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for top in ("medgan_tf", "tools", "docs", "experiments") for path in sorted((ROOT / top).rglob("*.py"))]


def yaml_users(tree):
    """Lines that import YAML."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] in ("yaml", "ruamel") for name in names):
            yield node.lineno


def csv_writers(tree):
    """Lines that write CSV by other means than `csv_lines`: Python's writers, and those of pandas and numpy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("writer", "DictWriter", "to_csv", "savetxt"):
            if node.attr in ("to_csv", "savetxt") or ast.unparse(node.value) == "csv":
                yield node.lineno
        if isinstance(node, ast.ImportFrom) and node.module == "csv":
            yield node.lineno


@pytest.mark.parametrize(("rule", "door"), [(yaml_users, "yaml_text.py"), (csv_writers, "csv_files.py")])
def test_there_is_one_door(rule, door):
    found = {str(path.relative_to(ROOT)) for path in SOURCES for _ in rule(ast.parse(path.read_bytes()))}
    assert found - {f"medgan_tf/files/{door}"} == set()


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (yaml_users, "import yaml"),
        (yaml_users, "def f():\n    from yaml import safe_load"),
        (csv_writers, "import csv\ncsv.writer(file)"),
        (csv_writers, "from csv import writer"),
        (csv_writers, "frame.to_csv(path)"),
        (csv_writers, "numpy.savetxt(path, a)"),
    ],
)
def test_another_door_would_be_found(rule, text):
    assert len(list(rule(ast.parse(text)))) == 1
