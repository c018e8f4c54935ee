import json

import foreign_folders
import pytest
from click.testing import CliRunner

from medgan_tf.config.loading import load_experiment
from medgan_tf.tools.init import command


def call(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments], prog_name="init")


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    foreign_folders.write_german(tmp_path / "meine lunge")
    return tmp_path


def test_a_folder_becomes_an_experiment(here):
    result = call("meine lunge", "--hours", "2")
    assert result.exit_code == 0, result.output
    settings = load_experiment(here / "meine_lunge.yaml")
    assert (settings.name, settings.data.root) == ("meine_lunge", str(here / "meine lunge"))
    assert settings.data.options["label_columns"] == ["Erguss", "Verkalkung", "Herzvergrößerung"]
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Found: 60 PNG images in meine lunge, table Befunde.csv (60 rows, 8 columns")
    assert "  patients  column 'Patientennummer' by its name: 30 patients in 60 images" in lines
    assert any(line.split() == ["Erguss", "40", "66.7%"] for line in lines)
    assert "Warning: 4 of them have fewer than 500." in result.stdout and "What 2 hours allow on " in result.stdout
    # The encoding, a word that was taken for uncertain, and rare combinations.
    assert lines[-1] == (
        'meine_lunge.yaml written. Look at its 3 lines with "confirm:", then: medgan-tf prepare meine_lunge.yaml'
    )


def test_nothing_is_overwritten(here):
    (here / "meine_lunge.yaml").write_text("name: mine\n")
    result = call("meine lunge")
    assert result.exit_code == 2 and "meine_lunge.yaml is there already" in result.stderr
    assert (here / "meine_lunge.yaml").read_text() == "name: mine\n"
    assert call("meine lunge", "--force").exit_code == 0
    assert load_experiment(here / "meine_lunge.yaml").name == "meine_lunge"


def test_json(here):
    values = json.loads(call("meine lunge/Befunde.csv", "--output", "x.yaml", "--json").stdout)
    assert values["file"] == "x.yaml" and values["experiment"]["data"]["source"] == "table"
    assert values["labels"] == {"Erguss": 40, "Verkalkung": 2, "Herzvergrößerung": 30} and values["patients"] == 30
    assert values["guesses"]["patients"]["columns"] == ["Patientennummer"] and values["problem"] is None
    assert values["guesses"]["labels"]["confirm"] == "'fraglich' is taken for uncertain"


def test_a_file_that_prepare_refuses_is_written_with_exit_code_1(here):
    foreign_folders.write_german(here / "few", patients=2)
    result = call("few")
    assert result.exit_code == 1 and (here / "few.yaml").is_file()
    assert "few.yaml is written, but prepare will stop: " in result.stderr


def test_examples(here):
    result = call("--example", "quickstart_biggan")
    assert result.stdout.splitlines() == [
        "quickstart_biggan.yaml", "quickstart.yaml", "next: medgan-tf run quickstart_biggan.yaml"
    ]  # fmt: skip
    assert call("--example", "quickstart").stdout.startswith("quickstart.yaml (was there already)\n")
    assert call("--example", "quickstart", "--to", "experiments").stdout.startswith("experiments/quickstart.yaml\n")
    assert (
        "quickstart  " in call("--list").stdout
        and "benchmark/quick" in json.loads(call("--list", "--json").stdout)["examples"]
    )


def test_one_thing_at_a_time(here):
    for words in ((), ("meine lunge", "--list"), ("--list", "--example", "quickstart")):
        assert call(*words).exit_code == 2
