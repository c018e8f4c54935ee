"""The commands one after another, as a user types them, on phantom images in the CheXpert layout."""

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from click.testing import CliRunner
from marked_machine import marked_machine
from strict_json import strict_files

import medgan_tf
from medgan_tf.console.group import main
from medgan_tf.data.records.reader import DatasetFolder

EXPERIMENT = {
    "name": "whole",
    "data": {"source": "chexpert", "root": "raw", "resolution": 16, "min_count": 6, "private_dir": "private"},
    "gan": {"architecture": "dcgan", "max_channels": 4, "latent_size": 4},
    "training": {"batch": 8, "total_images": 80, "images_per_tick": 40, "sample_rows": 3, "sample_columns": 2},
}


def call(*arguments):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


@pytest.fixture(scope="module")
def folder(tmp_path_factory, chest_phantom):
    """A folder in which phantom, train and generate were called."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "raw").symlink_to(chest_phantom)
    # From the root, as a workflow on a cluster gives them.
    data = EXPERIMENT["data"] | {
        "root": str(folder / "raw"),
        "private_dir": str(folder / "private"),
        "dataset_dir": str(folder / "datasets/whole"),
    }
    experiment = EXPERIMENT | {"data": data, "training": EXPERIMENT["training"] | {"output": str(folder / "runs")}}
    (folder / "whole.yaml").write_text(yaml.safe_dump(experiment), encoding="utf-8")
    with marked_machine() as names, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "names.json").write_text(json.dumps(names))
        trained = call("train", "whole.yaml", "--json")
        (folder / "trained.json").write_text(trained.stdout, encoding="utf-8")
        generated = call("generate", "whole.yaml", "--png", "pictures", "--json")
        (folder / "generated.json").write_text(generated.stdout, encoding="utf-8")
        yield folder


def test_train_prepares_trains_and_says_where(folder):
    result = json.loads((folder / "trained.json").read_text())
    assert (result["images_seen"], result["resumed_from"]) == (80, None)
    assert np.isfinite(result["metrics"]["loss_d"])
    assert (folder / result["samples"]).is_file()
    assert DatasetFolder(folder / "datasets" / "whole").manifest.images["train"] > 30


def test_synthetic_folds_mirror_the_real_ones(folder):
    real, synthetic = (
        DatasetFolder(folder / "datasets/whole"),
        DatasetFolder(folder / "runs/whole/dcgan-seed1000/synthetic"),
    )
    for fold in ("train", "valid"):
        np.testing.assert_array_equal(synthetic.read_fold(fold).labels, real.read_fold(fold).labels)
    assert synthetic.manifest.images["test"] == 0
    assert synthetic.manifest.label_names == real.manifest.label_names
    generated = json.loads((folder / "generated.json").read_text())
    assert generated["images"] == synthetic.manifest.images
    with open(folder / "pictures" / "labels.csv", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == sum(generated["images"].values())


def test_generator_alone_is_enough(folder):
    call(
        "generate", "whole.yaml", "--generator", "runs/whole/dcgan-seed1000/generator", "--images", 12, "--out", "alone"
    )
    dataset = DatasetFolder(folder / "alone")
    generator = medgan_tf.load_generator(folder / "runs/whole/dcgan-seed1000/generator")
    assert dataset.manifest.images == {"train": 12, "valid": 0, "test": 0}
    known = {tuple(combination.vector) for combination in generator.combinations}
    assert {tuple(labels) for labels in dataset.read_fold("train").labels} <= known


def test_no_patient_identifier_leaves_the_raw_and_private_folders(folder):
    raw = (folder / "raw" / "train.csv").read_text(encoding="utf-8")
    patients = set(re.findall(r"patient\d{5}", raw))
    assert len(patients) == 60
    checked = 0
    for file in folder.rglob("*"):
        if file.is_file() and file.relative_to(folder).parts[0] not in ("raw", "private"):
            content = file.read_bytes()
            checked += 1
            assert not [name for name in patients if name.encode() in content], file
            assert b"study1/view" not in content, file
    assert checked > 30
    private = "".join(path.read_text(encoding="utf-8") for path in (folder / "private").glob("*.csv"))
    assert patients & set(re.findall(r"patient\d{5}", private))


def test_no_file_names_the_machine_its_user_or_their_folders(folder):
    """But `config.yaml`, which the training needs to go on, repeats the folders that were given; docs/files.md."""
    marks = [*json.loads((folder / "names.json").read_text()), str(folder), str(folder.parent), str(Path.home())]
    checked = 0
    for file in (one for top in ("runs", "datasets", "pictures") for one in (folder / top).rglob("*")):
        if file.is_file() and file.name != "config.yaml":
            assert not [mark for mark in marks if mark.encode() in file.read_bytes()], file
            assert not [mark for mark in marks if mark in str(file.relative_to(folder))], file
            checked += 1
    assert checked > 25
    assert str(folder / "raw") in (folder / "runs/whole/dcgan-seed1000/config.yaml").read_text()
    assert "generator saved in <run>/generator\n" in (folder / "runs/whole/dcgan-seed1000/log.txt").read_text()


def test_every_json_file_is_strict(folder):
    """No penalty is in the first step, so its mean over a short tick may be none: null."""
    names = strict_files(folder)
    made = {name.rsplit("/")[-1] for name in names if name.startswith("runs/")}
    assert made == {
        "checkpoint.json",
        "environment.json",
        "dataset.json",
        "generator.json",
        "manifest.json",
        "metrics.jsonl",
    }


def test_train_again_has_nothing_to_do(folder):
    result = json.loads(call("train", "whole.yaml", "--json").stdout)
    assert (result["images_seen"], result["resumed_from"], result["metrics"]) == (80, 80, {})
