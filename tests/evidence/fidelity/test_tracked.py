"""Metrics and features of a run go where the training went, and of nothing else; only synthetic images are shown."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from phantom_sets import phantom_set
from private_shapes import private_experiment
from shapes_dataset import small_experiment
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import ExternalConfig, FidConfig
from medgan_tf.evidence.fidelity import tracked
from medgan_tf.evidence.fidelity.comparison import Comparison
from medgan_tf.evidence.fidelity.job import evaluate
from medgan_tf.evidence.fidelity.tracked import TrackedFidelity, tracked_values

SETTINGS = FidConfig(extractor="random", bootstrap=2, projector=9)


@pytest.fixture(scope="module")
def sets():
    return phantom_set("real", 12, 1, side=16), phantom_set("other", 12, 2, side=16)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Function from an experiment to its run folder, as a training left it."""

    def made(experiment):
        folder = run_folder(experiment)
        folder.generator.mkdir(parents=True)
        folder.tensorboard.mkdir()
        return folder

    monkeypatch.setattr(tracked, "read_generator_card", lambda path: SimpleNamespace(values={"images_seen": 160}))
    return made


def with_fid(experiment):
    evaluation = experiment.evaluation.model_copy(update={"fid": SETTINGS})
    return experiment.model_copy(update={"evaluation": evaluation})


def measured(sets, experiment, folder, metrics=("fid",)):
    one = TrackedFidelity(experiment, folder)
    results = evaluate(
        Comparison(sets[0], None, (sets[1],), halves=(np.arange(12), np.arange(12, 24))),
        SETTINGS,
        None,
        seed=1,
        metrics=metrics,
        sampled=one.sampled,
    )
    one.finish(results)
    return results[0]


def test_metrics_and_synthetic_images_are_shown(sets, tmp_path, run):
    experiment = with_fid(small_experiment(tmp_path, tensorboard=True))
    folder = run(experiment)
    result = measured(sets, experiment, folder)
    (event,) = EventAccumulator(str(folder.tensorboard)).Reload().Tensors("evaluation/random/fid")
    assert event.step == 160
    assert event.tensor_proto.float_val[0] == pytest.approx(result["metrics"]["fid"]["value"], rel=1e-6)
    sprite = cv2.imread(str(folder.tensorboard / "projector/random-synthetic.png"), cv2.IMREAD_GRAYSCALE)
    cells = sprite.reshape(3, 16, 3, 16).transpose(0, 2, 1, 3).reshape(9, 16, 16)
    known = {image.tobytes() for image in sets[1].images}
    real = {image.tobytes() for image in sets[0].images}
    assert not known & real
    assert len({cell.tobytes() for cell in cells}) == 9 and {cell.tobytes() for cell in cells} <= known
    lines = (folder.tensorboard / "projector/random-features.tsv").read_text().splitlines()
    assert len(lines) == 9 and len(lines[0].split("\t")) == 256


def test_metrics_that_need_no_features_bring_no_images(sets, tmp_path, run):
    experiment = with_fid(small_experiment(tmp_path, tensorboard=True))
    folder = run(experiment)
    measured(sets, experiment, folder, metrics=("swd",))
    assert not (folder.tensorboard / "projector").exists()
    assert "evaluation/random/swd" in EventAccumulator(str(folder.tensorboard)).Reload().Tags()["tensors"]


def files(folder):
    return [path for path in folder.tensorboard.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["private", "external", "no event files", "not trained here", "another seed's"])
def test_where_nothing_is_told(sets, tmp_path, run, kind):
    experiment = with_fid((private_experiment if kind == "private" else small_experiment)(tmp_path, tensorboard=True))
    if kind == "external":
        experiment = experiment.model_copy(update={"external": ExternalConfig(name="other", folder="x")})
    if kind == "no event files":
        training = experiment.training.model_copy(update={"tensorboard": False})
        experiment = experiment.model_copy(update={"training": training})
    if kind == "another seed's":
        generate = experiment.generate.model_copy(update={"generator_seed": experiment.seed + 1})
        experiment = experiment.model_copy(update={"generate": generate})
    folder = run(experiment)
    if kind == "not trained here":
        folder.generator.rmdir()
    measured(sets, experiment, folder)
    assert files(folder) == []


def test_mlflow_gets_the_metrics_and_no_images(sets, tmp_path, run, monkeypatch):
    told = []
    monkeypatch.setattr(
        tracked, "mlflow_store", lambda experiment: SimpleNamespace(add=lambda *given: told.append(given))
    )
    experiment = with_fid(small_experiment(tmp_path, tracking="mlflow"))
    folder = run(experiment)
    folder.tracking.write_text(json.dumps({"mlflow_run": "a" * 32}))
    result = measured(sets, experiment, folder)
    ((run_id, (point,)),) = told
    assert (run_id, point[:3]) == ("a" * 32, ("evaluation/random/fid", result["metrics"]["fid"]["value"], 160))
    assert files(folder) == []


def test_values_that_are_not_finite_are_left_out():
    def of(name, **metrics):
        return {"extractor": {"name": name}, "metrics": {key: {"value": value} for key, value in metrics.items()}}

    found = tracked_values([of("random", fid=2, kid=float("nan")), of("pixels", fid=3.5, mmd=None)])
    assert found == {"evaluation/random/fid": 2.0, "evaluation/pixels/fid": 3.5}
