"""``medgan-tf hub``: list, add and get as a user types them."""

import json

import pytest
from click.testing import CliRunner
from hub_releases import tree, write_release
from strict_json import strict

from medgan_tf.console.group import main


def call(*arguments, code=0):
    result = CliRunner().invoke(main, ["hub", *map(str, arguments)], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Two releases, of which the second withdraws the first."""
    monkeypatch.chdir(tmp_path)
    write_release(tmp_path / "one")
    write_release(tmp_path / "two", version="2", withdraws=["1"])
    return tmp_path


def test_help_of_the_group_and_of_each_command():
    text = call("--help").stdout
    assert all(f"  {name} " in text for name in ("list", "add", "get"))
    for name in ("list", "add", "get"):
        text = call(name, "--help").stdout
        assert "Examples:" in text and f"medgan-tf hub {name}" in text


def test_add_list_and_get(folder):
    assert call("add", "library", "one").stdout == "small 1 was added to library\n"
    assert call("add", "library", "one").stdout == "small 1 is already in library\n"
    assert call("add", "library", "two").stdout == "small 2 was added to library\nwithdrawn by it: version 1\n"
    assert "withdrawn by 2" in call("list", "library").stdout
    result = call("get", "library", "small", "--out", "out")
    assert result.stdout.splitlines() == [
        "small 2 is in out, and every file is that of its manifest",
        "not checked: who made it: it has no signature",
    ]
    assert tree(folder / "out") == tree(folder / "two")
    refused = call("get", "library", "small", "--version", "1", "--out", "old", code=2)
    assert refused.stderr.startswith("Error: small 1 was withdrawn by version 2") and refused.stderr.count("\n") == 1
    text = call("get", "library", "small", "--version", "1", "--withdrawn", "--out", "old").stdout
    assert text.splitlines()[1] == "WITHDRAWN by version 2: use that one"


def test_the_answers_for_programs(folder):
    added = strict(call("add", "library", "one", "--json").stdout)
    assert (added["name"], added["version"], added["anew"], added["archive"]) == ("small", "1", True, "small-1.zip")
    second = strict(call("add", "library", "two", "--json").stdout)
    assert second["withdrawn"] == ["1"] and second["unchecked"] == []
    listed = strict(call("list", "library", "--json").stdout)
    assert [one["withdrawn_by"] for one in listed["releases"]] == ["2", None]
    got = json.loads(call("get", "library", "small", "--out", "out", "--json").stdout)
    assert (got["version"], got["withdrawn_by"], got["out"]) == ("2", None, "out")
    assert got["manifest_sha256"] == listed["releases"][1]["manifest_sha256"]


def test_dry_runs_write_nothing(folder):
    before = tree(folder)
    assert call("add", "library", "one", "--dry-run").stdout == "small 1 would be added to library\n"
    assert tree(folder) == before
    call("add", "library", "one")
    before = tree(folder)
    size = (folder / "library" / "small-1.zip").stat().st_size
    text = call("get", "library", "small", "--out", "out", "--dry-run").stdout
    assert text == f"small 1, {size:,} bytes, would be put into out\n"
    assert tree(folder) == before


@pytest.mark.parametrize(
    "arguments, code, message",
    [
        (("list", "none"), 1, "no library in none: expected an index.json there"),
        (("list", "http://example.org/x"), 2, "http:// protects nothing on the way; use https://, or say --allow-http"),
        (("add", "https://example.org/x", "one"), 2, "releases are added to a folder"),
        (("add", "library", "none"), 2, "no release in none"),
        (("add", "library", "empty"), 1, "empty is no whole release: MANIFEST.json: cannot be read"),
        (("get", "library", "small"), 2, "Missing option '--out'"),
        (("get", "none", "small", "--out", "out"), 1, "no library in none"),
        (("get", "none", "small", "--out", "out", "--largest", "65"), 2, "65.0 is not in the range 0<x<=64"),
    ],
)
def test_mistakes_are_one_line(folder, arguments, code, message):
    (folder / "empty").mkdir()
    result = call(*arguments, code=code)
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert message in result.stderr
