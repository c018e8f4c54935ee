"""`medgan-tf config` prints experiments that can be read again, and the page of all keys."""

import json

import pytest
from click.testing import CliRunner

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.reference import reference
from medgan_tf.tools.config import command


@pytest.fixture
def written(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("name: x\ndata: {source: phantom, root: p}\n")
    return str(path)


def call(*arguments):
    return CliRunner().invoke(command, arguments, standalone_mode=False)


def test_an_experiment_with_all_its_values(written, tmp_path):
    done = call(written, "--set", "gan.architecture=biggan")
    assert "  latent_size: 120\n" in done.output and "    modality: chest\n" in done.output
    assert done.output.endswith("# dataset folder: datasets/x\n")
    (tmp_path / "again.yaml").write_text(done.output)
    assert load_experiment(tmp_path / "again.yaml") == load_experiment(written, ["gan.architecture=biggan"])


def test_as_json(written):
    values = json.loads(call(written, "--json", "--set", "seed=7").output)
    assert (values["config"]["seed"], values["config"]["training"]["batch"]) == (7, 256)
    assert values["folders"] == {"dataset": "datasets/x"}


def test_the_page_of_all_keys():
    assert call("--reference").output == reference()


@pytest.mark.parametrize("arguments", [(), ("x.yaml", "--reference"), ("--reference", "--json")])
def test_what_does_not_go_together(arguments):
    assert "--reference" in str(call(*arguments).exception)
