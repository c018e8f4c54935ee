"""An audit is out of date when the reference generator came later."""

from types import SimpleNamespace

import pytest

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import DataConfig, Experiment
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
