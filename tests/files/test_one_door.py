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


# Texts that nobody keeps: what is hashed, compared, or sent to another process of the same program.
JSON_THAT_IS_NO_OUTPUT = {
    "medgan_tf/files/json_files.py: parse_json": "looks for half characters in what was read",
    "medgan_tf/files/result_files.py: json_text": "is the door",
    "medgan_tf/machine/bill_of_materials.py: bill_of_materials": "hashed: names, versions and hashes",
    "medgan_tf/features/real_moments.py: path": "hashed: hashes and an extractor's description",
    "medgan_tf/data/looks/sheet.py: __call__": "sent by a reader process: whole numbers",
    "medgan_tf/data/reading/pool.py: _ask": "sent to a reader process: names of files",
    "medgan_tf/data/reading/pool.py: _start": "sent to a reader process: folders of modules",
    "medgan_tf/data/reading/orders.py: to_text": "sent to a reader process, whose task must be the same, NaN included",
    "medgan_tf/data/reading/orders.py: _read": "values of settings, read again at once",
    "medgan_tf/data/stored_covariates.py: covariates_content": "hashed: names",
    "medgan_tf/data/records/manifest.py: shards_sha256": "hashed: names and hashes",
    "medgan_tf/data/records/manifest.py: content_sha256": "hashed: the manifest, whose text is written by the door",
    "medgan_tf/data/dicom/headers.py: __call__": "sent by a reader process: a text, and true or false",
    "medgan_tf/data/prepare.py: _content": "hashed: settings",
    "medgan_tf/proposal/image_trial.py: __call__": "sent by a reader process: whole numbers",
    "medgan_tf/workflow/grid/times.py: _key": "hashed: settings",
    "medgan_tf/workflow/grid/jobs.py: add": "hashed: settings",
    "medgan_tf/workflow/stage.py: content_key": "hashed: inputs of a stage",
    "medgan_tf/workflow/stage.py: _changes": "compared: inputs of a stage",
    "medgan_tf/evidence/importance/measure.py: _cache_path": "hashed: settings",
    "medgan_tf/evidence/up_to_date.py: is_result_of": "values of settings, read again at once",
    "medgan_tf/evidence/set_features.py: path": "hashed: sizes and an extractor's description",
    "medgan_tf/saved_models/identity.py: model_sha256": "hashed: a model's parts",
    "medgan_tf/release/card_check.py: _brief": "a value in a message of a script that runs without this package",
    "medgan_tf/classification/conditions.py: content_sha256": "hashed: names and hashes",
    "medgan_tf/classification/conditions.py: condition_key": "hashed: settings and hashes",
}


def json_writers(tree):
    """Names of the functions that make JSON, once for each; "the file" for what is outside any."""

    def inside(node, name):
        for child in ast.iter_child_nodes(node):
            named = child.name if isinstance(child, ast.FunctionDef) else name
            if isinstance(child, ast.Attribute) and ast.unparse(child) in (
                "json.dumps",
                "json.dump",
                "json.JSONEncoder",
            ):
                yield named
            if isinstance(child, ast.ImportFrom) and child.module == "json":
                yield named
            yield from inside(child, named)

    yield from dict.fromkeys(inside(tree, "the file"))


def test_json_that_is_written_or_printed_is_strict():
    found = {
        f"{path.relative_to(ROOT)}: {name}" for path in SOURCES for name in json_writers(ast.parse(path.read_bytes()))
    }
    assert found == set(JSON_THAT_IS_NO_OUTPUT)


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
        (json_writers, "import json\njson.dumps(1)"),
        (json_writers, "def f(file):\n    json.dump(1, file)"),
        (json_writers, "from json import dumps"),
        (json_writers, "class Mine(json.JSONEncoder):\n    pass"),
    ],
)
def test_another_door_would_be_found(rule, text):
    assert len(list(rule(ast.parse(text)))) == 1
