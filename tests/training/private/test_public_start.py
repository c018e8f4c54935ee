"""A private training that begins from the networks of a public one: equal weights, and what is refused."""

import functools
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import private_shapes
import private_steps
import pytest
import tensorflow as tf
from shapes_dataset import small_experiment

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import DpConfig, Experiment
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.gans.resolve import plan_phases
from medgan_tf.training import loop, record
from medgan_tf.training.checkpoints import Checkpoints, state_sha256
from medgan_tf.training.devices.strategy import Workers
from medgan_tf.training.loop import make_gan
from medgan_tf.training.private.public_start import begin_from_public, note_public_start
from medgan_tf.training.resume import begin
from medgan_tf.training.state import RunState

ORIGIN = "Radiographs of the project's phantom, which shows nobody."


class Noted:
    """A private session that only notes what it begins with, and has nothing to decide."""

    at_beginning = finished = False

    def __init__(self):
        self.noted = {}

    def begins_with(self, name, digest):
        self.noted[name] = digest

    def step_of(self, images_seen):
        return images_seen // 8

    def go_on(self, step, checkpointed):
        return False

    def write_guarantee(self):
        pass

    def words(self):
        return "private"


def as_array(variables):
    return [variable.numpy() for variable in variables]


def public_experiment(folder, **gan):
    experiment = small_experiment(folder, name="public", gan=gan)
    return experiment.model_copy(update={"data": experiment.data.model_copy(update={"root": "public files"})})


@pytest.fixture(scope="module")
def original(shapes, tmp_path_factory):
    """The run folder of a public training and its networks, which no two have in common by chance."""
    folder = tmp_path_factory.mktemp("public")
    experiment, run = public_experiment(folder), run_folder(public_experiment(folder))
    gan = make_gan(experiment, shapes, shapes.read_fold("train").labels, tf.distribute.get_strategy())
    random = np.random.default_rng(0)
    networks = (gan.generator, gan.discriminator, gan.ema_generator)
    for variable in [one for network in networks for one in network.variables]:
        variable.assign(random.standard_normal(variable.shape))
    gan.images_seen.assign(800)
    record.write_description(run, experiment)
    values = record.dataset_record(shapes.manifest, Conditions()) | {"pixels_sha256": "5" * 64}
    run.dataset.write_text(json.dumps(values))
    Checkpoints(run.checkpoints, 1).save(gan)
    return run, [as_array(network.variables) for network in networks]


@pytest.fixture
def public(original, tmp_path):
    """A copy of the public run that a test may damage."""
    return RunFolder(shutil.copytree(original[0].path, tmp_path / "elsewhere" / "public" / "dcgan-seed7"))


def private_experiment(folder, public, gan=(), **training):
    dp = {"noise_multiplier": 1.0, "public_start": str(public.path), "public_start_origin": ORIGIN}
    plain = small_experiment(folder, gan=gan, seed=8, **training)
    return Experiment.model_validate({**plain.model_dump(), "privacy": {"dp": dp}})


@functools.cache
def any_gan(options):
    """For tests that do not look at its weights."""
    experiment = small_experiment(Path("unused"), gan=json.loads(options))
    return make_gan(
        experiment, SimpleNamespace(resolution=16), np.eye(2, dtype=np.float32), tf.distribute.get_strategy()
    )


def run_of(experiment, shapes, fresh=False, **manifest):
    fold, strategy = shapes.read_fold("train"), tf.distribute.get_strategy()
    folder = run_folder(experiment)
    chosen = experiment.gan.model_dump_json(include={"architecture", "latent_size", "max_channels"})
    gan = make_gan(experiment, shapes, fold.labels, strategy) if fresh else any_gan(chosen)
    phases = plan_phases(experiment.gan, shapes.resolution, experiment.training)
    dataset = SimpleNamespace(
        manifest=shapes.manifest.model_copy(update=manifest),
        label_names=shapes.label_names,
        resolution=shapes.resolution,
    )
    folder.path.mkdir(parents=True, exist_ok=True)
    checkpoints = Checkpoints(folder.checkpoints, 1)
    return RunState(
        experiment, dataset, fold, phases, folder, strategy, Workers(strategy), checkpoints, gan, private=Noted()
    )


def test_networks_are_those_of_the_public_training_and_the_rest_is_fresh(original, public, shapes, tmp_path):
    run = run_of(private_experiment(tmp_path, public), shapes, fresh=True)
    assert begin(run, None) is None
    gan = run.gan
    for network, wanted in zip((gan.generator, gan.discriminator, gan.ema_generator), original[1], strict=True):
        for value, expected in zip(as_array(network.variables), wanted, strict=True):
            np.testing.assert_array_equal(value, expected)
    assert run.images_seen == 0
    for optimizer in (gan.generator_optimizer, gan.discriminator_optimizer):
        assert all(not np.any(value) for value in as_array(optimizer.variables) if value.ndim)
    # What comes after needs the public training no more: it is gone, and another GAN is restored from this run's own.
    digest = state_sha256(public.checkpoints / "images-00000000800")
    shutil.rmtree(public.path)
    again = run_of(run.experiment.model_copy(update={"seed": 9}), shapes, fresh=True).gan
    assert run.checkpoints.restore_latest(again).images_seen == 0
    np.testing.assert_array_equal(as_array(again.generator.variables)[0], original[1][0][0])
    written = run.folder.public_start.read_text()
    assert str(public.path) not in written and "dcgan-seed7" not in written
    assert json.loads(written)["checkpoint_sha256"] == digest
    assert run.private.noted == {"the checkpoint with the networks at the beginning": digest}
    later = replace(run, private=Noted())
    assert note_public_start(later) and later.private.noted == run.private.noted


def test_a_whole_private_training_from_a_public_one(original, public, shapes, tmp_path, monkeypatch):
    """All parts together, with quick steps: the networks at the first step, the charge, the words, and the card."""
    journal, cards = [], []
    private_steps.install(monkeypatch, lambda seeds, weights: journal.append(weights))
    monkeypatch.setattr(loop.SampleGrid, "write", lambda self, images_seen: None)
    monkeypatch.setattr(loop, "export_generator", lambda gan, folder, card: cards.append(card))
    dp = {"public_start": str(public.path), "public_start_origin": ORIGIN}
    experiment = private_shapes.private_experiment(tmp_path, dp=dp, images_per_tick=160)
    loop.train(experiment, shapes)
    first = [network[0].tobytes() for network in original[1][:2]]
    assert journal[0] == hashlib.sha256(b"".join(first)).hexdigest() and len(journal) == 20
    digest = state_sha256(public.checkpoints / "images-00000000800")
    assert json.loads(run_folder(experiment).public_start.read_text())["checkpoint_sha256"] == digest
    written = private_shapes.guarantee_of(experiment)["guarantee"]
    assert written["charges"]["steps"] == 20
    assert written["declared_public"][-2:] == [
        f"The networks that the training began with, and their images ({ORIGIN}).",
        f"SHA-256 of the checkpoint with the networks at the beginning: {digest}.",
    ]
    card = json.dumps(cards[0])
    assert json.loads(card)["guarantee"] == written and str(public.path) not in card


def test_digest_depends_on_the_variables_alone(public):
    path = public.checkpoints / "images-00000000800"
    first = state_sha256(path)
    Checkpoints(public.checkpoints, 1).replace_extra(path, {"tick": {"before": 3}})
    assert state_sha256(path) == first
    data = next(path.glob("state.data-*"))
    changed = bytearray(data.read_bytes())
    changed[-1] ^= 1
    data.write_bytes(bytes(changed))
    assert state_sha256(path) != first


def test_without_a_public_start_nothing_happens(shapes, tmp_path):
    run = run_of(small_experiment(tmp_path), shapes)
    assert not begin_from_public(run)
    assert not note_public_start(run)
    assert run.private.noted == {} and not run.folder.public_start.exists()


def refused(public, shapes, tmp_path, words, error=ConfigError, gan=(), **manifest):
    with pytest.raises(error, match=words) as raised:
        begin_from_public(run_of(private_experiment(tmp_path, public, gan), shapes, **manifest))
    assert "\n" not in str(raised.value) and "privacy.dp.public_start" in str(raised.value)


def test_runs_that_are_not_there_are_refused(public, shapes, tmp_path):
    refused(RunFolder(tmp_path / "nowhere"), shapes, tmp_path, "no training in .*nowhere: expected a run folder")
    own = run_folder(private_experiment(tmp_path, public))
    refused(own, shapes, tmp_path, "is this run's own folder")
    shutil.rmtree(public.checkpoints)
    refused(public, shapes, tmp_path, "has no checkpoint; name a run that has been trained")
    public.dataset.unlink()
    refused(public, shapes, tmp_path, "does not say what it was trained on")


def test_damaged_checkpoints_are_refused_unless_an_earlier_one_is_whole(public, shapes, tmp_path):
    newer = public.checkpoints / "images-00000000900"
    shutil.copytree(public.checkpoints / "images-00000000800", newer)
    (newer / "state.index").write_bytes(b"damaged")
    run = run_of(private_experiment(tmp_path, public), shapes)
    assert begin_from_public(run)
    assert json.loads(run.folder.public_start.read_text())["checkpoint"] == "images-00000000800"
    (public.checkpoints / "images-00000000800" / "state.index").write_bytes(b"damaged")
    refused(public, shapes, tmp_path, "no checkpoint of .* can be read", RunError)


@pytest.mark.parametrize(
    ("gan", "words"),
    [
        ({"latent_size": 5}, "other networks: gan.latent_size=4, here 5"),
        ({"architecture": "biggan", "max_channels": 8}, "other networks: gan.architecture=dcgan, here biggan"),
        ({"max_channels": 5}, r"the generator of .* has another shape: .* is \[.*\], and here it is \["),
    ],
)
def test_other_networks_are_refused(public, shapes, tmp_path, gan, words):
    refused(public, shapes, tmp_path, words, gan=gan)


def test_a_training_that_grows_is_refused(public, shapes, tmp_path):
    run = run_of(private_experiment(tmp_path, public), shapes)
    run = replace(run, phases=[*run.phases, *run.phases])
    with pytest.raises(ConfigError, match="this training grows; set gan.growth.start_resolution=16"):
        begin_from_public(run)


@pytest.mark.parametrize(
    ("names", "told"),
    [(["Disc", "Square"], "labels Disc, Square, and"), (["Square"], "labels Square, and"), ("Disc", "labels none")],
)
def test_labels_must_mean_the_same(public, shapes, tmp_path, names, told):
    values = json.loads(public.dataset.read_text())
    public.dataset.write_text(json.dumps(values | {"label_names": names}))
    refused(public, shapes, tmp_path, f"{told}.* this training has Square, Disc.* data.findings")


def test_columns_of_covariates_are_labels_too(public, shapes, tmp_path):
    values = json.loads(public.dataset.read_text())
    public.dataset.write_text(json.dumps(values | {"conditions": ["sex F"]}))
    refused(public, shapes, tmp_path, "labels Square, Disc, sex F, and this training has Square, Disc")


def test_networks_that_have_seen_these_images_are_refused(public, shapes, tmp_path):
    seen = "was trained on the images of this dataset, so its networks are not public"
    refused(public, shapes, tmp_path, seen, pixels_sha256="5" * 64)
    # Also one that itself began from such a training.
    public.public_start.write_text(json.dumps({"pixels_sha256": ["6" * 64]}))
    refused(public, shapes, tmp_path, seen, pixels_sha256="6" * 64)
    run = run_of(private_experiment(tmp_path, public), shapes)
    assert begin_from_public(run)
    assert json.loads(run.folder.public_start.read_text())["pixels_sha256"] == ["5" * 64, "6" * 64]
    public.public_start.write_text("{}")
    refused(public, shapes, tmp_path, "does not say which networks it began from")


def test_the_same_raw_files_are_refused(public, shapes, tmp_path):
    text = public.config.read_text().replace("root: public files", "root: data/CheXpert-v1.0-small")
    public.config.write_text(text)
    refused(public, shapes, tmp_path, "images of the same raw files")


@pytest.mark.parametrize("content", ["", "{}", '{"checkpoint_sha256": 3}', None])
def test_a_missing_or_damaged_record_is_not_passed_over(public, shapes, tmp_path, content):
    run = run_of(private_experiment(tmp_path, public), shapes)
    if content is not None:
        run.folder.public_start.write_text(content)
    with pytest.raises(RunError, match="does not say from which networks the training began"):
        note_public_start(run)


def test_the_origin_must_be_declared():
    for origin in (None, " "):
        with pytest.raises(ValueError, match="public_start needs public_start_origin"):
            DpConfig(noise_multiplier=1.0, public_start="runs/public/dcgan-seed1", public_start_origin=origin)


def test_restart_forgets_the_start(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    folder.public_start.write_text("{}")
    record._remove_earlier(folder)
    assert not folder.public_start.exists()
