"""``medgan-tf sbom`` as a user types it."""

import json
from pathlib import Path

from click.testing import CliRunner

from medgan_tf.console.group import main

ROOT = Path(__file__).parents[2]


def call(*arguments, code=0):
    result = CliRunner().invoke(main, ["sbom", *map(str, arguments)], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def test_the_bill_is_written_whole(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = json.loads(call("--lock", ROOT / "requirements.lock", "--json").stdout)
    bill = json.loads((tmp_path / "medgan-tf.cdx.json").read_text(encoding="utf-8"))
    assert (made["file"], made["serial_number"]) == ("medgan-tf.cdx.json", bill["serialNumber"])
    assert made["packages"] == len(bill["components"]) > 20
    assert "tensorflow" in {one["name"] for one in bill["components"]}
    assert [path.name for path in tmp_path.iterdir()] == ["medgan-tf.cdx.json"]
    assert f"{made['packages']} packages are listed in b.json" in call("--out", "b.json").stdout


def test_a_lock_that_is_none_is_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    failed = call("--lock", ROOT / "setup.cfg", code=1)
    assert failed.stderr.startswith("Error: ") and failed.stderr.count("\n") == 1
    assert "is no lock file" in failed.stderr and not list(tmp_path.iterdir())
