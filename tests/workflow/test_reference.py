"""The reference generator is trained on the patients who were set apart, once."""

import pytest
from chexpert_folder import chexpert_experiment, write_chexpert

from medgan_tf.data.canary_sets import reference_dataset
from medgan_tf.errors import ConfigError
from medgan_tf.workflow import reference as module
from medgan_tf.workflow import stages
from medgan_tf.workflow.reference import train_reference


@pytest.fixture
def trained(monkeypatch):
    """What was trained; the training itself only leaves a generator."""
    calls = []

    def train(experiment, dataset, resume):
        calls.append(("train", experiment.name, dataset.path.name))
        generator = stages.Train().writes(FolderOf(experiment), ())[0]
        generator.mkdir(parents=True)
        (generator / "saved_model.pb").write_bytes(b"")

    def classify(experiment, conditions, dataset, **options):
        calls.append(("classify", experiment.name, dataset.path.name, [one.name for one in conditions]))

    monkeypatch.setattr(stages, "train", train)
    monkeypatch.setattr(module, "classify", classify)
    return calls


class FolderOf:
    """As much of a context as names its folders."""

    def __init__(self, experiment):
        from medgan_tf.config.run_folders import run_folder

        self.folder = run_folder(experiment)


def test_it_is_trained_on_the_patients_set_apart_and_once(tmp_path, trained):
    write_chexpert(tmp_path)
    experiment = chexpert_experiment(tmp_path, canaries=20, reference_patients=5)
    output = experiment.training.model_copy(update={"output": str(tmp_path / "runs")})
    experiment = experiment.model_copy(update={"training": output})
    folder = train_reference(experiment)
    assert trained == [
        ("train", "small-reference", "dataset-reference"),
        ("classify", "small-reference", "dataset-reference", ["real"]),
    ]
    assert folder.path.parent == tmp_path / "runs" / "small-reference"
    assert reference_dataset(experiment).manifest.patients["train"] == 5
    train_reference(experiment)
    assert [call[0] for call in trained] == ["train", "classify", "classify"]


def test_without_canaries(tmp_path):
    with pytest.raises(ConfigError, match="set data.canaries"):
        train_reference(chexpert_experiment(tmp_path))
