"""`medgan-tf run` from nothing to the gap, again with nothing to do, and after a change; with `classify` and `gap`."""

import json
import logging
import shutil

import pytest
import yaml
from click.testing import CliRunner
from tiny_classifier import SETTINGS, tiny_backbone

from medgan_tf.classification import network
from medgan_tf.cli import main
from medgan_tf.data.phantom.chexpert_layout import write_chexpert_phantom
from medgan_tf.evaluation import comparison, fid, workflow
from medgan_tf.training.run import train

EXPERIMENT = {
    "name": "all",
    "data": {"source": "chexpert", "root": "raw", "resolution": 16, "min_count": 6, "private_dir": "private"},
    "gan": {"max_channels": 4, "latent_size": 4},
    "training": {"batch": 8, "total_images": 80, "images_per_tick": 40, "sample_rows": 2, "sample_columns": 2},
    "classifier": {
        **SETTINGS,
        "max_epochs": 2,
        "bootstrap_draws": 50,
        "baselines": ["shuffled"],
        "mixtures": [{"real": 1, "synthetic": 1}],
    },
    "evaluation": {"fid": {"extractor": "classifier"}},
}


def call(*arguments, code=0):
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def train_once(experiment, dataset, resume):
    """Trains the GAN of the first seed; the second seed gets a copy."""
    if experiment.seed == 1:
        return train(experiment, dataset, resume=resume)
    return shutil.copytree("runs/all/cpd-seed1/generator", f"runs/all/cpd-seed{experiment.seed}/generator")


def save_no_fid(folder, *_):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "fid-classifier.json").write_text("{}", encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder in which everything was run for two seeds, with a classifier of a few weights."""
    folder = tmp_path_factory.mktemp("all")
    write_chexpert_phantom(folder / "raw", patients=60, seed=0, workers=1)
    (folder / "all.yaml").write_text(yaml.safe_dump(EXPERIMENT), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(network, "build_backbone", tiny_backbone)
        patch.setattr(workflow, "train", train_once)
        # FID itself has tests of its own.
        patch.setattr(workflow, "run_comparison", lambda *_: None)
        patch.setattr(workflow, "evaluate", lambda *_, **__: [])
        patch.setattr(workflow, "save_results", save_no_fid)
        result = call("run", "all.yaml", "--seeds", "1..2", "--json")
        (folder / "first.json").write_text(result.stdout, encoding="utf-8")
        yield folder


def test_everything_from_nothing(folder):
    result = json.loads((folder / "first.json").read_text())
    stages = ("train", "generate", "classify", "fid")
    assert result["done"] == [f"{stage} seed {seed}" for seed in (1, 2) for stage in stages]
    assert result["failed"] == {}
    assert result["gap"]["seeds"] == [1, 2]
    assert list(result["gap"]["conditions"]) == ["real", "synthetic", "shuffled", "mix_1_1"]
    assert (folder / "runs/all/cpd-gap/gap.csv").is_file()
    assert (folder / "runs/all/real-seed2/baselines/shuffled/classifier/predictions.csv").is_file()
    assert (folder / "runs/all/cpd-seed2/baselines/mix_1_1/classifier/predictions.csv").is_file()


def test_again_has_nothing_to_do_and_shows_the_table(folder, caplog):
    with caplog.at_level(logging.INFO):
        result = call("run", "all.yaml", "--seeds", "1..2")
    assert "label" in result.stdout and "trained on" in result.stdout and "cpd-gap" in result.stdout
    lines = [record.getMessage() for record in caplog.records if "up to date" in record.getMessage()]
    assert lines == [f"{stage}: up to date" for _ in (1, 2) for stage in ("train", "generate", "classify", "fid")]


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
    assert "# seed 2 folder: runs/all/cpd-seed2" in plan
    plan = call("classify", "all.yaml", "--baselines", "--dry-run").stdout
    assert "# shuffled folder: runs/all/real-seed1000/baselines/shuffled/classifier" in plan
    assert "# gap folder" in call("gap", "all.yaml", "--dry-run").stdout


def test_a_failed_optional_stage_is_shown_and_counts(folder, monkeypatch):
    """With the real FID, whose extractor has no weights here; it comes after the change in the test before."""
    monkeypatch.setenv("KERAS_HOME", str(folder / "nothing"))
    monkeypatch.setattr(workflow, "run_comparison", comparison.run_comparison)
    monkeypatch.setattr(workflow, "evaluate", fid.evaluate)
    settings = ["--set", "classifier.max_epochs=1", "--set", "evaluation.fid.extractor=inception"]
    result = CliRunner().invoke(main, ["run", "all.yaml", "--seeds", "1", *settings])
    assert result.exit_code == 1
    assert "trained on" in result.stdout
    assert "fid seed 1" in result.stderr and "everything else is done" in result.stderr


def test_missing_weights_show_before_the_training(folder, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(folder / "nothing"))
    result = CliRunner().invoke(main, ["run", "all.yaml", "--seeds", "3", "--set", "classifier.weights=imagenet"])
    assert result.exit_code == 1 and "the ImageNet weights are not on this machine" in result.stderr
    assert not (folder / "runs/all/cpd-seed3").exists()


def test_mistakes_are_one_line(folder):
    for arguments, message in (
        (("run", "all.yaml", "--seeds", "3..1"), "expected e.g. 1000..1003"),
        (("gap", "all.yaml", "--against-set", "seed=1"), "--against-set needs --against"),
    ):
        result = CliRunner().invoke(main, list(arguments))
        assert result.exit_code == 2 and message in result.stderr
    result = CliRunner().invoke(main, ["gap", "all.yaml", "--seeds", "9"])
    assert result.exit_code == 1 and "medgan-tf classify" in result.stderr
