"""``medgan-tf phantom``: what it writes, prints and refuses."""

import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from medgan_tf.console.group import main


def invoke(*arguments):
    return CliRunner().invoke(main, ["phantom", *map(str, arguments)], standalone_mode=True)


def test_help_shows_examples_and_defaults():
    result = invoke("--help")
    assert result.exit_code == 0
    for text in ("Examples:", "medgan-tf phantom data/chest", "[default: 1200", "[default: chest]", "--sheet"):
        assert text in result.output


def test_writes_the_folder_and_says_what_it_holds(tmp_path):
    out = tmp_path / "chest"
    result = invoke(out, "--patients", 3, "--seed", 4, "--workers", 1)
    assert result.exit_code == 0, result.output
    assert (out / "train.csv").is_file() and (out / "phantom.json").is_file()
    assert "3 patients" in result.stdout and "data.source=chexpert" in result.stdout
    assert "chest phantom: 3 of 3 patients" in result.stderr


def test_json_is_one_object_and_a_second_call_changes_nothing(tmp_path):
    out = tmp_path / "chest"
    first, second = (json.loads(invoke(out, "--patients", 2, "--workers", 1, "--json").stdout) for _ in range(2))
    assert (first.pop("existed"), second.pop("existed")) == (False, True) and first == second
    assert first["root"] == str(out) and first["modality"] == "chest" and first["counts"]["patients"] == 2


def test_sheet_has_a_titled_row_for_every_finding(tmp_path):
    result = invoke(tmp_path / "chest", "--patients", 1, "--workers", 1, "--sheet", tmp_path / "sheet.png", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["sheet"] == str(tmp_path / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "sheet.png"), cv2.IMREAD_GRAYSCALE)
    assert sheet.shape[0] % 14 == 0 and sheet.shape[1] > 1000
    rows = sheet.reshape(14, -1, sheet.shape[1]).astype(int)
    assert all(row[:26].max() > 200 for row in rows), "titles"
    assert all(np.abs(row[26:] - rows[0][26:]).mean() > 0.3 for row in rows[1:]), "each finding changes the pictures"


def test_sheet_of_the_head(tmp_path):
    result = invoke(
        tmp_path / "head", "--modality", "head", "--patients", 3, "--workers", 1, "--sheet", tmp_path / "sheet.png"
    )
    assert result.exit_code == 0, result.output
    assert "data.source=rsna" in result.stdout and cv2.imread(str(tmp_path / "sheet.png")) is not None


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--patients", "0"], 2, "Invalid value for '--patients'"),
        (["--modality", "foot"], 2, "Invalid value for '--modality'"),
        (
            ["--patients", "1", "--workers", "1", "--sheet", "no/such/folder/sheet.png"],
            1,
            "cannot write the contact sheet",
        ),
    ],
)
def test_bad_requests_are_one_line(tmp_path, arguments, code, message):
    result = invoke(tmp_path / "new", *arguments)
    assert result.exit_code == code
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1 and message in errors[0]


def test_foreign_folder_is_one_line(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    result = invoke(tmp_path)
    assert result.exit_code == 1 and result.stderr.count("\n") == 1
    assert "holds other files than a phantom" in result.stderr and (tmp_path / "mine.txt").read_text() == "mine"
