"""`medgan-tf run` from nothing to the gap, again with nothing to do, and after a change; with `classify` and `gap`."""

import json
import logging
import os
import shutil
import sys
from unittest.mock import create_autospec

import pytest
import warm_python
import yaml
from blank_figures import draw_nothing
from click.testing import CliRunner
from strict_json import strict_files
from tiny_classifier import SETTINGS, tiny_backbone
from toy_room import write_toy_room

from medgan_tf.classification import network
from medgan_tf.console.group import main
from medgan_tf.training.loop import train
from medgan_tf.workflow import stages

EXPERIMENT = {
    "name": "all",
    "data": {"source": "chexpert", "root": "raw", "resolution": 16, "min_count": 6, "private_dir": "private"},
    "gan": {"architecture": "dcgan", "max_channels": 4, "latent_size": 4},
    "training": {"batch": 8, "total_images": 80, "images_per_tick": 40, "sample_rows": 2, "sample_columns": 2},
    "classifier": {
        **SETTINGS,
        "max_epochs": 2,
        "bootstrap_draws": 50,
        "baselines": ["trivial", "permutations"],
        "permutations": 2,
        "mixtures": [{"real": 1, "synthetic": 1}],
    },
    "evaluation": {
        "fid": {"extractor": "classifier", "bootstrap": 2},
        "neighbours": {"queries": 10, "neighbours": 2, "shown": 2},
        "occlusion": {"patch": 16, "images": 2, "bootstrap": 100},
    },
}


def call(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def train_once(experiment, dataset, resume):
    """Trains the GAN of the first seed; the second seed gets a copy."""
    if experiment.seed == 1:
        return train(experiment, dataset, resume=resume)
    return shutil.copytree("runs/all/dcgan-seed1/generator", f"runs/all/dcgan-seed{experiment.seed}/generator")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, chest_phantom):
    """A folder in which everything was run for two seeds, with a classifier of a few weights."""
    folder = tmp_path_factory.mktemp("all")
    (folder / "raw").symlink_to(chest_phantom)
    (folder / "all.yaml").write_text(yaml.safe_dump(EXPERIMENT), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(network, "build_backbone", tiny_backbone)
        # The figures have tests of their own, beside what they show.
        draw_nothing(patch)
        # With the signature of `train`, so that a call that no longer fits it fails here too.
        patch.setattr(stages, "train", create_autospec(train, side_effect=train_once))
        result = call("run", "all.yaml", "--seeds", "1..2", "--json")
        (folder / "first.json").write_text(result.stdout, encoding="utf-8")
        yield folder


def test_everything_from_nothing(folder):
    result = json.loads((folder / "first.json").read_text())
    stages = ("train", "generate", "classify", "fid")
    assert result["done"] == [f"{stage} seed {seed}" for seed in (1, 2) for stage in stages]
    assert result["failed"] == {}
    assert list(result["times"]) == ["prepare", *result["done"], "gap"]
    assert min(one["seconds"] for one in result["times"].values()) >= 0
    assert result["gap"]["seeds"] == [1, 2]
    trivial = ["intensity_real", "intensity_synthetic", "pixels_real", "pixels_synthetic"]
    assert list(result["gap"]["conditions"]) == ["real", "synthetic", *trivial, "mix_1_1"]
    assert list(result["gap"]["permutations"]["classifiers"]) == ["permuted_1", "permuted_2"]
    assert (folder / "runs/all/dcgan-gap/gap.csv").is_file()
    assert (folder / "runs/all/real-seed2/baselines/permuted_2/classifier/predictions.csv").is_file()
    assert (folder / "runs/all/dcgan-seed2/baselines/mix_1_1/classifier/predictions.csv").is_file()


def test_the_plan_was_written_before_there_were_results(folder):
    (plan,) = json.loads((folder / "runs/all/plan.json").read_text())["plans"]
    assert (plan["results"], plan["content"]["seeds"]) == ([], [1, 2])
    assert plan["content"]["settings"]["evaluation"]["fid"]["extractor"] == "classifier"
    labels = json.loads((folder / "runs/all/dcgan-gap/gap.json").read_text())["label_names"]
    assert plan["content"]["labels"] == labels


def test_again_has_nothing_to_do_and_shows_the_table(folder, caplog):
    with caplog.at_level(logging.INFO):
        result = call("run", "all.yaml", "--seeds", "1..2")
    assert "label" in result.stdout and "trained on" in result.stdout and "dcgan-gap" in result.stdout
    assert "time by stage" in result.stdout and "\nclassify seed 2 " in result.stdout
    lines = [record.getMessage() for record in caplog.records if "up to date" in record.getMessage()]
    assert lines == [f"{stage}: up to date" for _ in (1, 2) for stage in ("train", "generate", "classify", "fid")]


def test_no_result_names_the_folders_of_the_machine(folder):
    marks = [str(folder).encode(), str(folder.parent).encode(), os.environ["HOME"].encode()]
    files = [file for file in (folder / "runs").rglob("*") if file.is_file()]
    assert not [file for file in files for mark in marks if mark in file.read_bytes()]
    assert {"result.json", "log.txt", "environment.json", "fid-classifier.json"} <= {file.name for file in files}


def files_below(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def planned(*arguments):
    return json.loads(call("run", "all.yaml", *arguments, "--dry-run", "--json").stdout)["stages"]


def test_a_plan_of_nothing_to_do(folder):
    stages = [f"{stage} seed {seed}" for seed in (1, 2) for stage in ("train", "generate", "classify", "fid")]
    before = files_below(folder)
    assert planned("--seeds", "1..2") == dict.fromkeys(["prepare", *stages], "up to date")
    assert files_below(folder) == before
    shown = call("run", "all.yaml", "--seeds", "1", "--with", "neighbours", "--dry-run").stdout
    assert "# fid seed 1: up to date\n# neighbours seed 1: to do (not done yet)\n" in shown


def test_a_plan_says_what_follows_from_what(folder, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(folder / "nothing"))
    evidence = ("--with", "all", "--seeds", "1")
    assert planned("--set", "generate.seed=5", *evidence) == {
        "prepare": "up to date",
        "train seed 1": "up to date",
        "generate seed 1": "to do (inputs changed: seed)",
        "classify seed 1": "to do (after generate seed 1)",
        # It makes images of its own, and the real classifier stays.
        "fid seed 1": "up to date",
        "neighbours seed 1": "to do (after generate seed 1)",
        "privacy seed 1": "to do (after generate seed 1)",
        "occlusion seed 1": "to do (after classify seed 1)",
    }
    longer = planned("--set", "training.total_images=120", *evidence)
    assert longer["train seed 1"] == "to do (inputs changed: training)"
    assert longer["fid seed 1"] == "to do (after train seed 1)"
    assert longer["privacy seed 1"] == "to do (after generate seed 1, train seed 1)"
    other = planned("--set", "gan.max_channels=8", *evidence)
    assert "was trained with other settings: gan.max_channels 4 -> 8" in other["train seed 1"]
    assert other["train seed 1"].startswith("would fail: ") and other["fid seed 1"] == "not reached"
    anew = planned("--set", "gan.max_channels=8", "--restart", *evidence)
    assert anew["train seed 1"] == "to do (inputs changed: gan)"
    other = planned("--set", "data.resolution=32", *evidence)
    assert "data.resolution was 16, now 32" in other["prepare"] and other["train seed 1"] == "not reached"
    assert planned("--set", "name=new", "--set", "data.dataset_dir=new") == {
        "prepare": "to do (not done yet)",
        **{f"{stage} seed 1000": "to do (after prepare)" for stage in ("train", "generate", "classify", "fid")},
    }
    weights = planned("--set", "classifier.weights=imagenet", "--seeds", "1")
    assert weights["classify seed 1"].startswith("would fail: the ImageNet weights are not on this machine")


def test_evidence_of_another_package_is_made_with_the_rest(folder, tmp_path):
    """In a process of its own, which finds everything else up to date; see tests/evidence/test_toy_room.py."""
    words = ["-m", "medgan_tf", "run", "all.yaml", "--seeds", "1", "--with", "toy", "--json"]
    path = os.pathsep.join([str(write_toy_room(tmp_path)), *filter(None, sys.path)])
    found = warm_python.run(words, env=os.environ | {"PYTHONPATH": path})
    assert found.returncode == 0, found.stderr
    result = json.loads(found.stdout)
    assert result["done"] == ["toy seed 1"] and list(result["evidence"]) == ["fid seed 1", "toy seed 1"]
    assert result["evidence"]["toy seed 1"].startswith("size ") and result["gap"]["seeds"] == [1]


def test_evidence_and_report_when_asked_for(folder):
    arguments = ("run", "all.yaml", "--seeds", "1..2", "--with", "occlusion", "--with", "neighbours", "--report")
    result = json.loads(call(*arguments, "--json").stdout)
    expected = [f"{stage} seed {seed}" for seed in (1, 2) for stage in ("neighbours", "occlusion")]
    assert result["done"] == expected
    assert list(result["evidence"]) == ["fid seed 1", "fid seed 2", *expected]
    assert result["failed"] == {} and result["report"] == "runs/all/report/report.html"
    for title in ("synthetic-trained", "real-trained, other seed", "labels shuffled"):
        assert title in result["evidence"]["occlusion seed 1"]
    table = (folder / "runs/all/report/tables/occlusion.csv").read_text(encoding="utf-8").splitlines()
    # Three classifiers, three measures, and brightness for these and the real one; the second seed has a generator but
    # was not trained here, so it is no run.
    assert len(table) == 1 + 3 * 3 + 4 and (folder / result["report"]).is_file()
    assert "<li>As planned on " in (folder / result["report"]).read_text(encoding="utf-8")
    again = call(*arguments).stdout.splitlines()
    told = [f"{stage}: {line}" for stage, line in result["evidence"].items()]
    assert [line for line in again if line in told] == told
    assert "look at runs/all/report/report.html" in again


def test_every_json_file_is_strict(folder):
    names = {name.rsplit("/")[-1] for name in strict_files(folder / "runs")}
    assert names >= {
        "result.json", "model.json", "gap.json", "fid-classifier.json", "neighbours.json", "occlusion.json",
        "metrics.jsonl", "classify.json", "generator.json",
    }  # fmt: skip


def test_a_changed_classifier_does_only_what_follows_from_it(folder):
    changed = call("run", "all.yaml", "--seeds", "1", "--set", "classifier.max_epochs=1", "--json")
    # FID takes its features from the real classifier, which is another one now.
    assert json.loads(changed.stdout)["done"] == ["classify seed 1", "fid seed 1"]


def test_gap_and_classify_alone(folder):
    alone = json.loads(call("classify", "all.yaml", "--set", "seed=2", "--json").stdout)
    assert list(alone) == ["real", "synthetic"]
    result = call("gap", "all.yaml", "--seeds", "1..2", "--against", "all.yaml", "--json")
    assert json.loads(result.stdout)["comparison"]["mean"]["difference"] == 0
    plan = call("run", "all.yaml", "--seeds", "1..2", "--dry-run").stdout
    assert "# seed 2 folder: runs/all/dcgan-seed2" in plan
    plan = call("classify", "all.yaml", "--baselines", "--dry-run").stdout
    assert "# permuted_1 folder: runs/all/real-seed1000/baselines/permuted_1/classifier" in plan
    assert "# gap folder" in call("gap", "all.yaml", "--dry-run").stdout


def test_a_failed_optional_stage_is_shown_and_counts(folder, monkeypatch):
    """The extractor of FID has no weights here; it comes after the change in the test before."""
    monkeypatch.setenv("KERAS_HOME", str(folder / "nothing"))
    settings = ["--set", "classifier.max_epochs=1", "--set", "evaluation.fid.extractor=inception"]
    result = CliRunner().invoke(main, ["run", "all.yaml", "--seeds", "1", *settings])
    assert result.exit_code == 1
    assert "trained on" in result.stdout
    assert "fid seed 1" in result.stderr and "everything else is done" in result.stderr


def test_missing_weights_show_before_the_training(folder, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(folder / "nothing"))
    result = CliRunner().invoke(main, ["run", "all.yaml", "--seeds", "3", "--set", "classifier.weights=imagenet"])
    assert result.exit_code == 1 and "the ImageNet weights are not on this machine" in result.stderr
    assert not (folder / "runs/all/dcgan-seed3").exists()


def test_mistakes_are_one_line(folder):
    for arguments, message in (
        (("run", "all.yaml", "--seeds", "3..1"), "expected e.g. 1000..1003"),
        (("gap", "all.yaml", "--against-set", "seed=1"), "--against-set needs --against"),
    ):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 2 and message in result.stderr
    result = CliRunner().invoke(main, ["gap", "all.yaml", "--seeds", "9"])
    assert result.exit_code == 1 and "medgan-tf classify" in result.stderr
