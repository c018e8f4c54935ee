"""``medgan-tf import-synthetic`` with what strangers do wrong: each mistake ends in one line, harmless forms do not.

The line says what was expected, what was received, and what to do.
"""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from shapes_dataset import Lopsided, small_experiment, write_shapes
from stranger_folder import read_csv, write_csv

from medgan_tf.console.group import main
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.data.images import to_stored
from medgan_tf.data.records.reader import DatasetFolder

VECTORS = ("10", "01", "11")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    dataset = write_shapes(folder / "dataset", per_combination=30, source=Lopsided())
    config = comparable_config(small_experiment(folder).data)
    dataset.manifest.model_copy(update={"config": config}).save(dataset.path)
    return dataset.path


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, prepared):
    """An experiment, and 90 other images of the same kind as a stranger hands them over."""
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(f"name: shapes\ndata: {{resolution: 16, dataset_dir: {prepared}}}\n")
    Path("given").mkdir()
    rows = []
    for number in range(90):
        vector, name = VECTORS[number % 3], f"{number:02d}.png"
        # As the real ones are stored: their maximum is 255.
        cv2.imwrite(f"given/{name}", to_stored(Lopsided().read_image(f"{vector} {5000 + number}"), 16))
        rows.append({"path": name, "Square": vector[0], "Disc": vector[1]})
    write_csv(Path("given/labels.csv"), rows)


def call(*arguments, code=0):
    command = ["import-synthetic", str(Path("given").resolve()), "my.yaml", "--name", "stranger", *arguments]
    result = CliRunner().invoke(main, command, prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def refused(*arguments):
    """The one line of an error; nothing was written."""
    first, *others = [line for line in call(*arguments, code=1).stderr.splitlines() if not line.startswith("import")]
    assert first.startswith("Error: ") and others == []
    assert not list(Path("runs").rglob("manifest.json"))
    return first


def redraw(change):
    for file in Path("given").glob("*.png"):
        cv2.imwrite(str(file), change(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)))


def rewrite(change):
    write_csv(Path("given/labels.csv"), [change(row) for row in read_csv(Path("given/labels.csv"))])


def test_a_set_without_a_mistake():
    values = json.loads(call("--json").stdout)
    assert values["images"] == {"train": 80, "valid": 10, "test": 0} and values["accepted"] == []
    assert {one["name"]: one["status"] for one in values["checks"]} == {
        name: "right" for name in ("labels", "size", "folds", "combinations", "empty", "orientation", "histogram")
    }


def test_inverted_grey():
    redraw(lambda image: 255 - image)
    line = refused()
    assert "orientation: expected images that lie as the real ones; received images that are inverted in grey" in line
    assert "change them back, or go on with --accept orientation" in line


def test_a_mirrored_set_and_its_acceptance():
    redraw(lambda image: image[:, ::-1])
    assert "received images that are mirrored left to right: the mean image has the correlation" in refused()
    values = json.loads(call("--accept", "orientation", "--json").stdout)
    assert values["accepted"] == ["orientation"]
    (found,) = (one for one in values["checks"] if one["name"] == "orientation")
    assert found["status"] == "wrong" and found["numbers"]["change"] == "mirrored left to right"
    assert DatasetFolder(values["synthetic"]).manifest.synthesis.external.accepted == ["orientation"]


def test_another_window():
    redraw(lambda image: (image // 4).astype(np.uint8))
    line = refused()
    assert "histogram: expected the grey levels of the real images; received others, as if the real ones" in line
    assert "were changed to 0.25 * grey" in line and "write them with the window of the real ones" in line


def test_another_size():
    redraw(lambda image: cv2.resize(image, (24, 32)))
    line = refused()
    assert "size: expected 16x16 pixels, as the real images; received 32x24 (height x width) of 90 of 90" in line


def test_a_label_that_is_missing():
    rewrite(lambda row: {"path": row["path"], "square": row["Square"], "Disc": row["Disc"]})
    line = refused()
    assert "received none for 'Square'; rename 'square' to 'Square'" in line


def test_labels_in_another_order_are_the_same_set():
    before = json.loads(call("--json").stdout)
    rewrite(lambda row: {"Disc": row["Disc"], "path": row["path"], "Square": row["Square"]})
    after = json.loads(call("--json").stdout)
    assert after["content_sha256"] == before["content_sha256"] and after["done"] is False


def test_labels_that_say_nothing():
    rewrite(lambda row: row | {"Square": 0, "Disc": 0})
    line = refused()
    assert "every label is the same in all validation images" in line and "(also wrong: combinations)" in line


def test_three_channels():
    redraw(lambda image: np.dstack([image] * 3))
    assert json.loads(call("--json").stdout)["images"]["train"] == 80


def test_colour():
    redraw(lambda image: np.dstack([image, 255 - image, image]))
    line = refused()
    assert "expected a grey image, of one channel or of three equal ones; received a coloured one" in line


def test_fewer_images_than_the_folds_need():
    write_csv(Path("given/labels.csv"), read_csv(Path("given/labels.csv"))[:1])
    line = refused()
    assert "folds: expected images for the folds train and valid; received 1 training and 0 validation images" in line
    assert "--accept" not in line


def test_images_that_show_nothing():
    redraw(lambda image: np.full_like(image, 90))
    rewrite(lambda row: row | {"fold": "valid" if int(row["path"][:2]) >= 75 else "train"})
    line = refused("--accept", "histogram")
    assert "empty: expected images that show something; received others: 90 of 90 images have one grey level" in line
