"""``medgan-tf import-synthetic`` as a user types it, and the commands that have nothing to do with such images."""

import json
from pathlib import Path

import cv2
import pytest
from click.testing import CliRunner
from stranger_folder import write_csv
from tiny_classifier import SIDE, Drawings, write_drawings

from medgan_tf.config.loading import load_experiment
from medgan_tf.console.group import main
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.data.images import to_stored
from medgan_tf.data.records.manifest import Manifest

TEXT = "name: my\nseed: 7\ndata: {dataset_dir: dataset, resolution: 16}\ntraining: {output: runs}\n"
EXTERNAL = "external: {name: stranger, folder: pictures, owner: Ward 3}\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(TEXT)
    Path("stranger.yaml").write_text(TEXT + EXTERNAL)


def call(*arguments, code=0):
    result = CliRunner().invoke(main, arguments, prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def write_pictures():
    dataset = write_drawings(Path("dataset"))
    data = load_experiment("my.yaml").data
    dataset.manifest.model_copy(update={"config": comparable_config(data)}).save(dataset.path)
    Path("pictures").mkdir()
    rows = []
    for number in range(60):
        vector = ("10", "01", "11", "00")[number % 4]
        image = to_stored(Drawings().read_image(f"{vector} {9000 + number}"), SIDE)
        cv2.imwrite(f"pictures/{number}.png", image)
        rows.append({"path": f"{number}.png", "Square": vector[0], "Disc": vector[1], "prompt": "a chest"})
    write_csv(Path("pictures/given.csv"), rows)


def test_folder_and_table_on_the_command_line_and_then_nothing_to_do():
    write_pictures()
    asked = ("import-synthetic", "pictures", "my.yaml", "--csv", "given.csv", "--name", "stranger")
    text = call(*asked).stdout
    assert "40 train, 20 valid images of stranger in runs/my/stranger-seed7/synthetic\n" in text
    assert "owner unknown, version unknown, trained on unknown" in text
    assert "labels: undecided: columns that are no label of the real images are not read: 'prompt'" in text
    assert "(up to date)" in call(*asked).stdout
    values = json.loads(call(*asked, "--json").stdout)
    manifest = Manifest.load("runs/my/stranger-seed7/synthetic")
    assert values["content_sha256"] == manifest.synthesis.external.content_sha256 and values["done"] is False
    assert values["images"] == {"train": 40, "valid": 20, "test": 0}
    assert Path("runs/my/stranger-seed7/config.yaml").is_file()
    # What is wrong ends it in one line, and nothing is replaced.
    errors = call(*asked, "--trained-on", "0" * 64, code=1).stderr.splitlines()
    # A slow machine also says how far it is.
    assert errors[0] == "import: to do (inputs changed: external)"
    assert errors[-1].startswith(f"Error: external.trained_on is {'0' * 12}..., the training fold of dataset is ")
    assert [line.partition(":")[0] for line in errors].count("Error") == 1 and "Traceback" not in "".join(errors)
    assert Manifest.load("runs/my/stranger-seed7/synthetic") == manifest


def test_a_dry_run_says_where(capsys):
    text = call("import-synthetic", "stranger.yaml", "--dry-run").stdout
    assert "# synthetic folder: runs/my/stranger-seed7/synthetic" in text and not Path("runs").exists()


def test_without_the_section_a_name_is_needed():
    assert "my.yaml has no section external" in call("import-synthetic", "my.yaml", code=2).stderr
    assert "external.name" in call("import-synthetic", "pictures", "my.yaml", code=2).stderr


@pytest.mark.parametrize("command", ["train", "generate", "plan"])
def test_there_is_nothing_to_train(command):
    error = call(command, "stranger.yaml", code=2).stderr
    assert error.startswith(f"Error: {command}: experiment my evaluates stranger, a generator from elsewhere")
    assert "`medgan-tf import-synthetic` brings its images in" in error and error.count("\n") == 1


def test_images_from_elsewhere_cannot_be_drawn_again():
    error = call("config", "stranger.yaml", "--set", "generate.reject=[copies]", code=2).stderr
    assert "images of a generator from elsewhere cannot be drawn again" in error
