"""`medgan-tf explore` on a run and on a generator alone."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.reporting.pictures import _pictures
from medgan_tf.synthesis.explore import explore as module
from medgan_tf.synthesis.explore.explore import Wishes, explore
from medgan_tf.tools.explore import command

FILES = ["combinations.png", "sweep.png", "truncation.png", "between_noise.png", "between_noise.gif",
         "between_labels.png", "between_labels.gif", "explore.json"]  # fmt: skip


class Small:
    """Images as bright as the first label."""

    latent_size, resolution, label_names, path = 3, 8, ("Edema", "Fracture"), "small"
    conditions, column_names = Conditions(), ("Edema", "Fracture")
    combinations = tuple(SimpleNamespace(vector=np.array(one, np.float32)) for one in ((0, 1), (1, 0)))

    def generate(self, z, labels):
        return np.broadcast_to(labels[:, :1, None, None], (len(labels), 8, 8, 1)).astype(np.float32)

    def label_vectors(self, names):
        if unknown := [name for name in names if name not in self.label_names]:
            raise ValueError(f"unknown labels. Received: {unknown}")
        return np.array([[name in names for name in self.label_names]], np.float32)

    def sha256(self):
        return "a" * 64


@pytest.fixture
def run(tmp_path, monkeypatch):
    folder = tmp_path / "runs" / "small" / "cpd-seed1"
    (folder / "generator").mkdir(parents=True)
    monkeypatch.setattr(module, "load_generator", lambda path, trust=False: Small())
    return folder


def test_a_run_gets_its_pictures_and_the_report_finds_them(run):
    result = CliRunner().invoke(command, [str(run), "--columns", "3", "--steps", "3", "--json"])
    assert result.exit_code == 0, result.output
    files = json.loads(result.output[result.output.index("{") :])["files"]
    assert files == [str(run / "explore" / name) for name in FILES]
    for name in FILES[:-1]:
        content = (run / "explore" / name).read_bytes()
        # As text chunk and as comment, and the hash of the generator with it.
        assert b"Synthetic" in content and b"a" * 64 in content, name
    record = json.loads((run / "explore" / "explore.json").read_text())
    assert record["generator_sha256"] == "a" * 64 and record["thresholds"] == [1.0, 0.7, 0.4]
    assert record["sheets"]["combinations"]["rows"] == ["Fracture", "Edema"]
    shown = {path for _, path in _pictures(SimpleNamespace(folder=RunFolder(run)), [])}
    assert {run / "explore" / name for name in FILES if name.endswith(".png")} <= shown


def test_the_ends_of_the_ways_are_those_that_are_named(run, tmp_path):
    wishes = Wishes(first="Edema", last=" Edema|Fracture ", base="(none)", columns=3, steps=3)
    explore(run / "generator", tmp_path / "out", wishes)
    sheets = json.loads((tmp_path / "out" / "explore.json").read_text())["sheets"]
    assert sheets["between_labels"]["title"].startswith("From Edema to Edema + Fracture, in a straight line")
    assert sheets["between_noise"]["rows"] == ["Edema"]
    assert sheets["sweep"]["rows"] == ["(none)|(not on its card)", "+ Edema", "+ Fracture"]


def test_who_made_it_is_trusted_only_when_the_user_says_so(run, tmp_path, monkeypatch):
    """A run folder may be a stranger's."""
    asked = []
    monkeypatch.setattr(module, "load_generator", lambda path, trust=False: asked.append(trust) or Small())
    for more in ([], ["--trust"]):
        words = [str(run), "--out", str(tmp_path / "out"), "--columns", "3", "--steps", "3", *more]
        assert CliRunner().invoke(command, words).exit_code == 0
    assert asked == [False, True]


def test_what_cannot_be_shown_is_one_line(run, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="is no run folder with a generator: expected a folder for the pictures"):
        explore(run / "generator", None, Wishes())
    with pytest.raises(ConfigError, match=r"^'Mass': unknown labels. Received: \['Mass'\]$"):
        explore(run, None, Wishes(first="Mass"))
    monkeypatch.setattr(Small, "combinations", ())
    with pytest.raises(DataError, match="small names no label combination that its training set had"):
        explore(run, None, Wishes())
