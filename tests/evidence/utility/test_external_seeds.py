"""What seeds of a generator from elsewhere measure."""

import json

import pytest
from tiny_classifier import offer_as_synthetic, tiny_experiment, write_drawings

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import ExternalConfig
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.synthesis import ExternalOrigin, Synthesis
from medgan_tf.evidence.utility.external_seeds import foreign_seeds, foreign_sentences


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Seeds 1, 2 and 3; the first two have the same images."""
    folder = tmp_path_factory.mktemp("seeds")
    dataset = write_drawings(folder / "dataset", per_combination=8)
    experiment = tiny_experiment(folder).model_copy(
        update={"external": ExternalConfig(name="stranger", folder="pictures/{seed}")}
    )
    for seed, content in ((1, "a"), (2, "a"), (3, "b")):
        run = run_folder(experiment.model_copy(update={"seed": seed}))
        origin = ExternalOrigin(
            name="stranger",
            owner="unknown",
            version="unknown",
            content_sha256=content * 64,
            trained_on="ids",
            one_set=False,
            drawn_folds=True,
            notes=["of the training fold it saw all", "warning: it saw 3 of test"],
        )
        offer_as_synthetic(dataset, run.synthetic, synthesis=Synthesis(run="r", seed=seed, external=origin))
    return experiment


def test_one_set_for_all_seeds_is_said(stranger):
    found = foreign_seeds(stranger, [1, 2])
    assert (found["external"]["sets"], found["external"]["seeds"]) == (1, 2)
    first, second = foreign_sentences(found)
    assert (
        first.startswith("all 2 seeds have the same synthetic images") and "not how trainings of the generator" in first
    )
    assert second == "it saw 3 of test"


def test_some_sets_and_a_set_for_each_seed(stranger):
    assert foreign_sentences(foreign_seeds(stranger, [1, 2, 3]))[0].startswith("only 2 of the 3 seeds have")
    assert foreign_sentences(foreign_seeds(stranger, [1, 3])) == ["it saw 3 of test"]
    assert foreign_sentences(foreign_seeds(stranger, [1])) == ["it saw 3 of test"]


def test_our_own_generators_have_no_remark(stranger):
    assert foreign_seeds(stranger.model_copy(update={"external": None}), [1, 2]) == {}
    assert foreign_sentences({}) == []


def test_a_manifest_names_a_generator_or_somebody_elses(stranger):
    run = run_folder(stranger.model_copy(update={"seed": 1}))
    values = json.loads((run.synthetic / "manifest.json").read_text())["synthesis"]
    assert "generator_sha256" not in values and Manifest.load(run.synthetic).synthesis.external.trained_on == "ids"
    with pytest.raises(ValueError, match="a generator with a hash, or of one from elsewhere"):
        Synthesis(run="r", seed=1)
    with pytest.raises(ValueError, match="a generator with a hash, or of one from elsewhere"):
        Synthesis(run="r", seed=1, generator_sha256="0" * 64, external=Synthesis.model_validate(values).external)
