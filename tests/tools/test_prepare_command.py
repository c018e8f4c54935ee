import json
import shutil

import pytest
from chexpert_folder import write_chexpert
from click.testing import CliRunner

from medgan_tf.tools.prepare import command


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_chexpert(tmp_path)
    path = tmp_path / "small.yaml"
    data = {"root": "CheXpert-v1.0-small", "dataset_dir": "dataset", "private_dir": "private"}
    lines = [f"  {name}: {tmp_path / folder}" for name, folder in data.items()]
    path.write_text("\n".join(["name: small", "data:", "  resolution: 16", "  min_count: 2", *lines]) + "\n")
    return path


def call(*arguments):
    return CliRunner().invoke(command, [str(argument) for argument in arguments], prog_name="prepare")


def test_prepare_shows_a_table_and_progress(tmp_path, experiment):
    result = call(experiment)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"small: 80 real images, 16x16, in {tmp_path / 'dataset'}\n")
    assert "preparing: 80 of 80 images" in result.stderr
    assert (tmp_path / "dataset" / "preview.png").exists()


def test_json_and_verify(tmp_path, experiment):
    result = call(experiment, "--json", "--verify")
    values = json.loads(result.stdout)
    assert values["dataset"] == str(tmp_path / "dataset")
    assert sum(values["images"].values()) == 80 and sum(values["patients"].values()) == 40
    assert (
        values["labels"] == ["Edema", "Pneumonia"]
        and values["verified"]
        and values["unreadable"] == values["constant"] == 0
    )
    again = call(experiment, "--json")
    assert json.loads(again.stdout)["build_hash"] == values["build_hash"] and "is up to date" in again.stderr
    shard = tmp_path / "dataset" / "test-00000-of-00001.tfrecord"
    content = shard.read_bytes()
    shard.write_bytes(content[:-1] + b"x")
    damaged = call(experiment, "--verify")
    assert damaged.exit_code == 1 and damaged.stdout == ""
    assert damaged.stderr.splitlines()[-1].startswith("Error: ") and "prepare it with --restart" in damaged.stderr


def test_a_shard_of_another_size_is_made_again(tmp_path, experiment):
    call(experiment)
    shard = tmp_path / "dataset" / "test-00000-of-00001.tfrecord"
    content = shard.read_bytes()
    shard.write_bytes(b"")
    result = call(experiment)
    assert result.exit_code == 0 and "1 shards of" in result.stderr and "are written again" in result.stderr
    assert shard.read_bytes() == content


def test_dry_run_writes_nothing(tmp_path, experiment):
    result = call(experiment, "--dry-run", "--set", "data.resolution=32")
    assert result.exit_code == 0
    assert "resolution: 32" in result.stdout and f"# dataset folder: {tmp_path / 'dataset'}" in result.stdout
    assert not (tmp_path / "dataset").exists() and not (tmp_path / "private").exists()


def test_other_settings_need_restart(tmp_path, experiment):
    call(experiment)
    result = call(experiment, "--set", "data.resolution=32")
    assert result.exit_code == 1
    assert "Error: " in result.stderr and "data.resolution was 16, now 32" in result.stderr
    assert call(experiment, "--set", "data.resolution=32", "--restart").exit_code == 0


def test_missing_raw_data(tmp_path, experiment):
    result = call(experiment, "--set", f"data.root={tmp_path / 'nowhere'}")
    assert result.exit_code == 1
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert "nowhere" in line and "CheXpert is obtained" in line
    assert not (tmp_path / "dataset").exists() and not (tmp_path / "dataset.partial").exists()


def test_counts_without_pictures(tmp_path, experiment):
    shutil.rmtree(tmp_path / "CheXpert-v1.0-small" / "train")
    result = call(experiment, "--counts", "--json")
    values = json.loads(result.stdout)
    assert result.exit_code == 0 and values["images"] == {"train": 64, "valid": 8, "test": 8}
    assert values["table"]["rows in train.csv"] == 80 and values["patients"]["train"] == 32
    assert call(experiment, "--counts").stdout.startswith("small: counted only.")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CheXpert-v1.0-small", "small.yaml"]
    assert "lists images that are not there" in call(experiment).stderr


def test_the_plan_of_the_experiment_is_written_too(tmp_path, experiment):
    path = tmp_path / "runs" / "small" / "plan.json"
    for option in ("--dry-run", "--counts"):
        assert call(experiment, option).exit_code == 0 and not (tmp_path / "runs").exists()
    values = json.loads(call(experiment, "--json").stdout)["plan"]
    (plan,) = json.loads(path.read_text())["plans"]
    assert values == {"file": "runs/small/plan.json", "made": plan["made"], "sha256": plan["sha256"]}
    assert plan["content"]["labels"] == ["Edema", "Pneumonia"] and plan["content"]["seeds"] is None
    assert plan["results"] == [] and str(tmp_path) not in path.read_text()
    before = path.read_bytes()
    assert call(experiment, "--set", "classifier.margin=0.2").exit_code == 0
    assert path.read_bytes() == before
