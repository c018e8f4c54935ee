"""An audit is out of date when the reference generator came later."""

from types import SimpleNamespace

import pytest
from private_runs import guarantee, make_private
from result_files import run_folder as run_files

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import DataConfig, DpConfig, Experiment, PrivacyConfig
from medgan_tf.data.canary_sets import reference_experiment
from medgan_tf.evidence.privacy.room import PrivacyAudit
from medgan_tf.evidence.question import RunEvidence


@pytest.mark.parametrize("canaries", [0, 50])
def test_the_reference_is_an_input_where_there_are_canaries(canaries, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(RunEvidence, "inputs", lambda self, run: {"dataset": "abc"})
    experiment = Experiment(name="x", data=DataConfig(canaries=canaries))
    run = SimpleNamespace(experiment=experiment, folder=run_folder(experiment))
    before = PrivacyAudit().inputs(run)
    assert before == {"dataset": "abc", "checkpoint": ""} | ({"reference": ""} if canaries else {})
    checkpoints = run_folder(reference_experiment(experiment)).checkpoints
    checkpoint = checkpoints / "images-00000000100.weights.h5"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"weights")
    monkeypatch.setattr("medgan_tf.training.checkpoints.Checkpoints.list", lambda self: sorted(self.folder.glob("*")))
    monkeypatch.setattr("medgan_tf.evidence.privacy.room.files_sha256", lambda path: path.name)
    after = PrivacyAudit().inputs(run)
    assert after.get("reference") == (checkpoint.name if canaries else None) and after["checkpoint"] == ""


def test_the_guarantee_of_a_private_training_is_an_input(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(RunEvidence, "inputs", lambda self, run: {"dataset": "abc"})
    experiment = Experiment(name="x", privacy=PrivacyConfig(dp=DpConfig(target_epsilon=3.0)))
    folder = run_folder(experiment)
    run = SimpleNamespace(experiment=experiment, folder=folder)
    assert PrivacyAudit().inputs(run)["guarantee"] is None
    make_private(run_files(folder.path, experiment.seed), guarantee(3.0))
    assert PrivacyAudit().inputs(run)["guarantee"] == guarantee(3.0).as_json()
