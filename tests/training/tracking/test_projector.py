"""The projector's files, as TensorBoard's own plugin serves them."""

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from tensorboard.plugins.projector.projector_plugin import ProjectorPlugin
from werkzeug.test import Client

from medgan_tf.errors import RunError
from medgan_tf.training.tracking.projector import CONFIG, Embedding, write_projector


def embedding(name="random", count=5, side=16, size=3, seed=0, **parts):
    random = np.random.default_rng(seed)
    values = {
        "images": random.integers(0, 256, (count, side, side, 1), np.uint8),
        "features": random.standard_normal((count, size)).astype(np.float32),
        "labels": np.float32([[number % 2, number % 3 == 0] for number in range(count)]),
        "label_names": ("Square", "Pleural\tEffusion"),
    }
    return Embedding(name, **{**values, **parts})


@pytest.fixture
def served(tmp_path):
    """Function from a path of the plugin to what it answers for the run in `tmp_path`."""
    context = SimpleNamespace(
        data_provider=SimpleNamespace(list_runs=lambda ctx, experiment_id: [SimpleNamespace(run_name="run")]),
        logdir=str(tmp_path),
    )
    routes = ProjectorPlugin(context).get_plugin_apps()

    def get(route, **query):
        answer = Client(routes[route]).get(route, query_string={"run": "run", **query})
        assert answer.status_code == 200, answer.data
        return answer.data

    return get


def test_what_tensorboard_shows(tmp_path, served):
    one = embedding()
    write_projector(tmp_path / "run", [one])
    assert json.loads(served("/runs")) == ["run"]
    (config,) = json.loads(served("/info"))["embeddings"]
    assert (config["tensorName"], config["tensorShape"]) == ("random", [5, 3])
    assert config["sprite"]["singleImageDim"] == [16, 16]
    features = np.frombuffer(served("/tensor", name="random", num_rows=100), np.float32).reshape(5, 3)
    np.testing.assert_allclose(features, one.features, rtol=1e-5)
    assert served("/metadata", name="random", num_rows=100).decode().splitlines() == [
        "labels\timage\tSquare\tPleural Effusion",
        "Pleural Effusion\t0\t0\t1",
        "Square\t1\t1\t0",
        "(none)\t2\t0\t0",
        "Square|Pleural Effusion\t3\t1\t1",
        "(none)\t4\t0\t0",
    ]
    sprite = cv2.imdecode(np.frombuffer(served("/sprite_image", name="random"), np.uint8), cv2.IMREAD_GRAYSCALE)
    # Row by row in a square of 3 x 3.
    assert sprite.shape == (48, 48)
    np.testing.assert_array_equal(sprite[16:32, 16:32], one.images[4, :, :, 0])
    assert not sprite[32:].any()


def test_large_images_are_made_small(tmp_path):
    images = np.zeros((1, 256, 256, 1), np.uint8)
    images[0, :4, 4:8] = 200
    write_projector(tmp_path, [embedding(count=1, images=images)])
    sprite = cv2.imread(str(tmp_path / "projector" / "random-synthetic.png"), cv2.IMREAD_GRAYSCALE)
    assert sprite.shape == (64, 64) and sprite[0, 1] == 200 and sprite.sum() == 200


def names(folder, served):
    return [one["tensorName"] for one in json.loads(served("/info"))["embeddings"]]


def test_another_extractor_joins_and_the_same_one_is_replaced(tmp_path, served):
    run = tmp_path / "run"
    write_projector(run, [embedding("random"), embedding("pixels")])
    write_projector(run, [embedding("random", count=2, seed=1)])
    assert names(run, served) == ["pixels", "random"]
    assert len((run / "projector" / "random-features.tsv").read_text().splitlines()) == 2


@pytest.mark.parametrize("text", [b"\xff\xfe", b"embeddings {", b"unknown: 1"])
def test_a_damaged_file_is_replaced(tmp_path, served, text):
    run = tmp_path / "run"
    run.mkdir()
    (run / CONFIG).write_bytes(text)
    write_projector(run, [embedding()])
    assert names(run, served) == ["random"]


def test_without_labels(tmp_path):
    write_projector(tmp_path, [embedding(count=2, labels=None, label_names=())])
    assert (tmp_path / "projector" / "random-labels.tsv").read_text() == "labels\timage\nnot known\t0\nnot known\t1\n"


def test_a_full_disk_is_one_line(tmp_path):
    (tmp_path / "projector").write_text("in the way")
    with pytest.raises(RunError, match="cannot write the files of the projector to "):
        write_projector(tmp_path, [embedding()])
