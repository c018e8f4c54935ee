"""Whole private trainings with a mean embedding: one release, kept by the checkpoints and charged once."""

import json
import shutil

import numpy as np
import pytest
from run_states import final_state, shown
from shapes_dataset import small_experiment

from medgan_tf.accounting.epsilon import epsilon
from medgan_tf.accounting.filed import checked_guarantee
from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError
from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.training.loop import train
from medgan_tf.training.private import embedding as module
from medgan_tf.training.private.terms import private_terms

COMBINATIONS = ("Square", "Disc", "Square|Disc")


def embedding_experiment(folder, training=(), **dp):
    plain = small_experiment(folder, name="embedded", **{"total_images": 80, **dict(training)})
    values = plain.model_dump()
    values["data"] |= {"private_dir": str(folder / "private"), "min_count": 0}
    settings = {"noise_multiplier": 2.0, "unit": "image", "combinations": COMBINATIONS, "embedding": {"features": 40}}
    return Experiment.model_validate({**values, "privacy": {"dp": {**settings, **dp}}})


@pytest.fixture(scope="module")
def finished(shapes, tmp_path_factory):
    experiment = embedding_experiment(tmp_path_factory.mktemp("embedded"))
    with shown() as lines:
        result = train(experiment, shapes)
    return experiment, result, lines


def released(folder):
    return next(array for name, array in final_state(folder).items() if name.startswith("privacy/0/"))


def test_the_release_is_charged_once_and_the_guarantee_is_that_of_the_accountant(finished, shapes):
    experiment, result, lines = finished
    values = json.loads(result.folder.guarantee.read_text())
    found = Guarantee.from_json(values["guarantee"])
    charges = Charges(1.0, 0.0, 0, (24.0, 2.0))
    count = shapes.manifest.images["train"]
    assert (found.charges, found.unit, found.units, values["noise"]["draws"]) == (charges, "image", count, 1)
    assert found.epsilon == epsilon(charges, found.delta) == checked_guarantee(values["guarantee"]).epsilon
    assert 1.5 < found.epsilon < 3
    card = json.loads((result.folder.generator / "assets" / "generator.json").read_text())
    assert card["guarantee"] == values["guarantee"]
    metrics = [json.loads(line) for line in result.folder.metrics.read_text().splitlines()]
    assert [tick["images_seen"] for tick in metrics] == [40, 80]
    assert {tick["epsilon"] for tick in metrics} == {found.epsilon}
    assert "loss_d" not in metrics[0] and metrics[0]["loss_g"] > 0
    assert any("one mean embedding of 3 label combinations x" in line for line in lines)


def test_the_release_is_the_noisy_mean_embedding(finished, shapes):
    """With the noise taken off again, which needs the key."""
    _, result, _ = finished
    fold = shapes.read_fold("train")
    features = module.ImageFeatures.drawn(16, 40, 7)
    means = np.stack([features.of_real(fold.images[(fold.labels == row).all(axis=1)]).sum(axis=0) for row in VECTORS])
    noise = (released(result.folder) - means) / 2.0
    assert 0.75 < noise.std() < 1.25 and abs(noise.mean()) < 0.4


VECTORS = ((1, 0), (0, 1), (1, 1))


def test_a_resumed_training_needs_no_images_and_no_second_release(finished, shapes, tmp_path, monkeypatch):
    experiment, result, _ = finished
    longer = experiment.model_copy(update={"training": experiment.training.model_copy(update={"total_images": 120})})
    before = released(result.folder)

    def no_release(*_):
        raise AssertionError("real images were used again")

    monkeypatch.setattr(module, "embedding_sums", no_release)
    again = train(longer, shapes)
    assert (again.resumed_from, again.images_seen) == (80, 120)
    np.testing.assert_array_equal(released(again.folder), before)
    assert json.loads(again.folder.guarantee.read_text())["noise"]["draws"] == 1
    # Steps without noise may be repeated with other bits.
    shutil.rmtree(sorted(again.folder.checkpoints.iterdir())[-1])
    update = ConditionalGan.update_average

    def otherwise(self):
        update(self)
        self.average_state[0].assign_add(1e-3 * np.ones(self.average_state[0].shape, np.float32))

    monkeypatch.setattr(ConditionalGan, "update_average", otherwise)
    third = train(longer, shapes)
    assert (third.resumed_from, third.images_seen) == (80, 120)


def test_a_release_that_is_lost_is_repeated_and_a_changed_one_is_charged_again(shapes, tmp_path, monkeypatch):
    made = []

    class Stopped(Exception):
        pass

    def stop(run, *_):
        made.append(run.gan.private.target.numpy())
        raise Stopped

    monkeypatch.setattr("medgan_tf.training.resume.save_checkpoint", stop)
    experiment = embedding_experiment(tmp_path)

    def begun(experiment):
        with pytest.raises(Stopped):
            train(experiment, shapes)
        folder = next((tmp_path / "runs" / "embedded").iterdir())
        return json.loads((folder / "guarantee.json").read_text())

    assert begun(experiment)["noise"]["draws"] == 1
    assert begun(experiment)["noise"]["draws"] == 1
    np.testing.assert_array_equal(made[0], made[1])
    changed = embedding_experiment(tmp_path, embedding={"features": 60})
    values = begun(changed)
    assert values["noise"]["draws"] == 2 and values["guarantee"]["charges"]["releases"] == [24.0, 2.0, 2.0]
    # Fresh noise, not that of the first release in another form.
    assert abs(np.corrcoef(made[0][:, :30].ravel(), made[2][:, :30].ravel())[0, 1]) < 0.9
    bounded = embedding_experiment(tmp_path, embedding={"features": 60}, target_epsilon=2.5, noise_multiplier=2.0)
    with pytest.raises(ConfigError, match="does not allow 3 releases of the mean embedding"):
        train(bounded, shapes)


def test_the_noise_is_as_much_as_the_target_needs(tmp_path):
    terms = private_terms(embedding_experiment(tmp_path, noise_multiplier=None, target_epsilon=1.0), 30, 39)
    assert terms.steps == 1
    for noise, holds in ((terms.step.noise_multiplier, True), (terms.step.noise_multiplier - 0.01, False)):
        assert (epsilon(Charges(1.0, 0.0, 0, (24.0, noise)), terms.delta) <= 1.0) == holds
    assert terms.epsilon(1) <= 1.0


def test_without_noise_nothing_is_promised(tmp_path):
    terms = private_terms(embedding_experiment(tmp_path, noise_multiplier=None, target_epsilon="inf"), 30, 39)
    assert terms.guarantee(1).epsilon == float("inf") and terms.charges(1).releases == (24.0, 0.0)


def test_more_generated_images_than_patients_in_a_step_are_allowed(tmp_path):
    experiment = embedding_experiment(tmp_path, training={"batch": 64, "total_images": 640})
    assert private_terms(experiment, 30, 39).step.expected_batch == 64
