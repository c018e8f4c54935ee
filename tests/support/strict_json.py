"""JSON as a strict reader takes it: Python's own also takes NaN and Infinity, which other languages refuse."""

import functools
import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner


def strict(text: str | bytes) -> Any:
    """The value of a JSON text. Raises `ValueError` for NaN and Infinity too."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(name: str):
    raise ValueError(f"{name} is no JSON")


def strict_files(folder: Path) -> list[str]:
    """Names of the `*.json` and `*.jsonl` files in a folder and all below it, after each was read strictly."""
    names = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".jsonl") and path.is_file()):
        text = path.read_text(encoding="utf-8")
        for part in text.splitlines() if path.suffix == ".jsonl" else [text]:
            try:
                strict(part)
            except ValueError as error:
                raise AssertionError(f"{path}: {error}") from error
        names.append(str(path.relative_to(folder)))
    return names


def check_answers(patch) -> None:
    """From now on each command that a test calls with ``--json`` must answer in strict JSON, or the test fails."""
    original = CliRunner.invoke

    @functools.wraps(original)
    def invoke(self, cli, args=None, **rest):
        result = original(self, cli, args, **rest)
        # A command that ends with another exit code may have answered before.
        if not isinstance(args, str) and "--json" in (args or ()) and (result.stdout or result.exit_code == 0):
            strict(result.stdout)
        return result

    patch.setattr(CliRunner, "invoke", invoke)
