"""The reference generator's images take the place of real ones as the null."""

from types import SimpleNamespace

import numpy as np
import pytest
from chexpert_folder import chexpert_experiment, write_chexpert

from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.canary_sets import reference_experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.inputs import Model
from medgan_tf.evidence.privacy.membership.reference_images import reference_images
from medgan_tf.presentation.progress import Silent
from medgan_tf.presentation.steps import Steps
from medgan_tf.synthesis import load


class Bright:
    """A generator whose images are as bright as their first label."""

    latent_size, label_names, path = 3, ("Edema", "Fracture"), "bright"
    conditions = Conditions()

    def generate(self, z, labels):
        return np.broadcast_to(labels[:, :1, None, None] * 2 - 1, (len(labels), 4, 4, 1)).astype(np.float32)

    def sha256(self):
        return "0" * 64


@pytest.fixture
def experiment(tmp_path):
    write_chexpert(tmp_path, patients=2)
    made = chexpert_experiment(tmp_path, canaries=50)
    output = made.training.model_copy(update={"output": str(tmp_path / "runs")})
    return made.model_copy(update={"training": output})


def inputs_of(experiment):
    labels = np.array([[1, 0], [0, 1], [1, 1]], np.float32)
    released = ImageSet("synthetic", "", np.zeros((3, 4, 4, 1), np.uint8), labels, Bright.label_names, "")
    return SimpleNamespace(model=Model(experiment), synthetic=released, seed=1, store=SimpleNamespace(batch=2),
                           steps=Steps(Silent()))  # fmt: skip


def test_one_image_for_the_labels_of_each_released_one(experiment, monkeypatch):
    folder = run_folder(reference_experiment(experiment)).generator
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"x")
    asked = []
    monkeypatch.setattr(load, "load_generator", lambda path, trust=False: asked.append(path) or Bright())
    found = reference_images(inputs_of(experiment))
    assert asked == [folder]
    assert found.images.reshape(3, -1).tolist() == [[255] * 16, [0] * 16, [255] * 16]


def test_without_canaries_or_generator_there_is_none(experiment):
    assert reference_images(inputs_of(experiment)) is None
    data = experiment.data.model_copy(update={"canaries": 0})
    assert reference_images(inputs_of(experiment.model_copy(update={"data": data}))) is None
    assert reference_images(inputs_of(None)) is None
