"""The stage `generate` with rejection trains the classifier of real images first, as the search uses its features."""

import pytest
from parrot_generator import Parrot
from tiny_classifier import tiny_backbone, tiny_experiment, write_drawings

from medgan_tf.classification import network
from medgan_tf.config.run_folders import real_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.utility.classify import Trainers
from medgan_tf.presentation.progress import Silent
from medgan_tf.workflow import stages
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stages import Generate

SEED, ROWS = 7, range(0, 48, 4)


@pytest.fixture
def context(tmp_path, monkeypatch):
    """A generator that gives a patient's image back at every fourth label of the training fold."""
    monkeypatch.setattr(network, "build_backbone", tiny_backbone)
    dataset = write_drawings(tmp_path / "dataset")
    values = tiny_experiment(tmp_path, SEED, max_epochs=1).model_dump(mode="json")
    values["generate"] |= {"reject": ["copies"], "minimum_patients": 1}
    values["evaluation"]["privacy"] |= {"planted": 20}
    experiment = Experiment.model_validate(values)
    generator = Parrot(dataset.read_fold("train").images[3], SEED, ROWS)
    monkeypatch.setattr(stages, "load_generator", lambda path, trust=False: generator)
    return Context(experiment, dataset, resume=True, baselines=False, trainers=Trainers(), progress=Silent())


def test_copies_are_drawn_again_with_features_of_the_real_classifier(context):
    assert context.experiment.evaluation.privacy.extractor == "classifier"
    Generate().work(context)
    assert (real_folder(context.experiment).classifier / "model" / "saved_model.pb").is_file()
    real, made = context.dataset.read_fold("train").images, DatasetFolder(context.folder.synthetic)
    images, rejection = made.read_fold("train").images, made.manifest.synthesis.rejection
    assert len(images) == len(real)
    assert not any((images == image).all(axis=(1, 2, 3)).any() for image in real)
    assert rejection.searches == ["copies"] and len(ROWS) <= rejection.rejected < rejection.drawn
    assert sum(one.rejected for one in rejection.combinations) == rejection.rejected
