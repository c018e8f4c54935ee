"""``medgan-tf export-folds`` as a user types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from foreign_training import write_patients

from medgan_tf.console.group import main


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("name: my\ndata: {dataset_dir: dataset}\n")


def call(*arguments, code=0):
    result = CliRunner().invoke(main, ["export-folds", *arguments], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def test_it_writes_warns_and_prints_the_hash():
    write_patients(Path("dataset"), Path("private"))
    text = call("my.yaml", "out").stdout
    values = json.loads(Path("out/fold.json").read_text())
    assert text.splitlines() == [
        "out: 17 training images of patients, form images",
        "warning: Images of real patients. They must not leave the hospital, and they are no synthetic images.",
        f"trained_on: {values['trained_on']}",
    ]
    printed = json.loads(call("my.yaml", "again", "--form", "monai", "--json").stdout)
    assert printed == {"folder": "again", **values, "form": "monai"}
    assert "out is not empty" in call("my.yaml", "out", code=1).stderr


def test_a_dry_run_writes_nothing():
    assert "# export folder: out" in call("my.yaml", "out", "--dry-run").stdout
    assert not Path("out").exists()
    assert "no dataset in dataset" in call("my.yaml", "out", code=1).stderr


def test_forms_are_named():
    assert (
        "'tiff' is not one of 'images', 'folders', 'stylegan'"
        in call("my.yaml", "out", "--form", "tiff", code=2).stderr
    )
