"""The door itself: it loads what was checked, and there is no other."""

import ast
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from hostile_models import CopyingResource, Model, change, write_model

from medgan_tf.errors import DataError
from medgan_tf.saved_models.inspection import inspect_saved_model
from medgan_tf.saved_models.loading import load_inspected, load_saved_model

ROOT = Path(__file__).resolve().parents[2]
PLACES = {
    "saved_model.load": {"medgan_tf/saved_models/loading.py"},
    "load_model": {"medgan_tf/saved_models/keras_archives.py"},
    "load_weights": {"medgan_tf/classification/networks/applications.py", "medgan_tf/classification/weights.py"},
    "import_graph_def": {"medgan_tf/features/extractors/inception_2015.py"},
    "import_meta_graph": set(),
    "hub.load": set(),
    "load_partial": set(),
    "TFSMLayer": set(),
}
"""Calls that read the models of others, and the files that may make them."""


def calls(path: Path) -> list[str]:
    return [ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("name", PLACES)
def test_there_is_no_other_door(name):
    files = [*(ROOT / "medgan_tf").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]
    found = {
        path.relative_to(ROOT).as_posix()
        for path in files
        if any(call == name or call.endswith(f".{name}") for call in calls(path))
    }
    assert found == PLACES[name]


def test_what_was_checked_is_loaded(tmp_path):
    """Whoever can write to the folder may put another graph there between the check and the loading."""
    path = write_model(tmp_path / "model")
    inspected = inspect_saved_model(path)
    (tmp_path / "secret").write_text("secret")
    model = Model()
    model.table = CopyingResource(tmp_path / "secret", tmp_path / "stolen")
    other = write_model(tmp_path / "other", model)
    (path / "saved_model.pb").write_bytes((other / "saved_model.pb").read_bytes())
    images = np.full((2, 8, 8, 1), 7, np.uint8)
    found = load_inspected(inspected).signatures["features"](images=tf.constant(images))["features"]
    np.testing.assert_array_equal(found.numpy(), [[14.0], [14.0]])
    assert not (tmp_path / "stolen").exists()


def test_what_tensorflow_cannot_load_is_one_line_with_the_path(tmp_path):
    path = write_model(tmp_path / "model")
    inspected = inspect_saved_model(path)
    (path / "variables" / "variables.data-00000-of-00001").unlink()
    with pytest.raises(DataError, match=r"model cannot be loaded as a SavedModel: .*") as caught:
        load_inspected(inspected)
    assert "\n" not in str(caught.value) and "medgan-model-" not in str(caught.value)


def test_a_model_without_signatures(tmp_path):
    def rename(meta):
        for child in meta.object_graph_def.nodes[0].children:
            if child.local_name == "signatures":
                child.local_name = "others"

    path = change(write_model(tmp_path / "model"), rename)
    with pytest.raises(DataError, match="model has no signatures; export it again"):
        load_saved_model(path)


def test_where_there_are_no_links_the_variables_are_copied(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise OSError("a required privilege is not held by the client")

    path = write_model(tmp_path / "model")
    monkeypatch.setattr(Path, "symlink_to", refuse)
    found = load_saved_model(path).signatures["features"](images=tf.ones([1, 8, 8, 1], tf.uint8))["features"]
    np.testing.assert_array_equal(found.numpy(), [[2.0]])
