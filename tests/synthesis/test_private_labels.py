"""Synthetic sets of private generators: labels from noisy counts alone, and manifests that say what is covered."""

import numpy as np
import pytest
from parrot_generator import Parrot
from private_guarantee import COUNTS, UNITS, guarantee
from scipy.stats import chisquare
from shapes_dataset import small_experiment

from medgan_tf.accounting.guarantee import Guarantee
from medgan_tf.config.schema import GenerateConfig, PrivacyConfig
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.synthesis import Synthesis
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.privacy.rejection.reject import without_flagged
from medgan_tf.files.result_files import json_text
from medgan_tf.presentation.progress import Silent
from medgan_tf.synthesis import labels as module
from medgan_tf.synthesis.card import Combination, read_generator_card
from medgan_tf.synthesis.generate import generate_dataset
from medgan_tf.synthesis.labels import check_guarantee, check_labels, label_table, real_labels

DRAWN = GenerateConfig(labels="drawn", folds=("train", "valid"))
PRIVATE = PrivacyConfig(dp={"noise_multiplier": 1.1, "public_selection": True})


class Settings:
    """A dataset of which nothing but its settings can be read."""

    def __init__(self, **config):
        self.manifest = self
        self.config = config


class Private(Parrot):
    """A parrot with the card of a private training."""

    def __init__(self, epsilon=4.5, units=UNITS):
        super().__init__(np.zeros((16, 16, 1), np.uint8), 7)
        self.guarantee = guarantee(epsilon, units)
        self.combinations = [
            Combination((), vector.astype(np.float32), int(count))
            for vector, count in zip(COUNTS.vectors, COUNTS.counts, strict=True)
        ]


def made(generator, table, path, **options):
    return generate_dataset(generator, table, path, DRAWN, seed=3, name="shapes", run="cpd-seed7", **options)


def test_drawn_labels_need_the_card_and_nothing_of_the_images():
    """Whatever the images are, the table is the same: as many images as units, whose number is public, and for the
    valid fold 0.1 / 0.8 of that."""
    table = label_table(Settings(), DRAWN, 1, Private())
    assert {fold: len(labels) for fold, labels in table.folds.items()} == {"train": 800, "valid": 100}
    assert table.origin == "drawn" and table.from_card
    halves = label_table(Settings(fold_fractions=[0.5, 0.25, 0.25]), DRAWN, 1, Private(units=9))
    assert {fold: len(labels) for fold, labels in halves.folds.items()} == {"train": 9, "valid": 4}
    _, counts = np.unique(table.folds["train"], axis=0, return_counts=True)
    assert chisquare(counts, [178, 531, 91]).pvalue > 0.001


def test_a_generator_without_guarantee_draws_from_rounded_counts(shapes):
    plain = Private()
    plain.guarantee = None
    table = label_table(shapes, DRAWN, 1, plain)
    assert len(table.folds["train"]) == 40 and not table.from_card


def test_the_manifest_names_the_guarantee_and_covers_drawn_labels(tmp_path):
    generator = Private(units=24)
    synthesis = made(generator, label_table(Settings(), DRAWN, 1, generator), tmp_path / "drawn").manifest.synthesis
    assert (synthesis.labels, synthesis.covers_labels) == ("drawn", True)
    assert Guarantee.from_json(synthesis.guarantee) == generator.guarantee


def test_real_labels_are_marked_as_not_covered(shapes, tmp_path):
    dataset = made(Private(), label_table(shapes, GenerateConfig(), 1, Private()), tmp_path / "as_real")
    assert (dataset.manifest.synthesis.labels, dataset.manifest.synthesis.covers_labels) == ("as_real", False)
    # They are the exact counts, which is why.
    assert dataset.manifest.images["train"] == 36


def test_other_sets_say_nothing_of_it(shapes, tmp_path):
    plain = Private()
    plain.guarantee = None
    dataset = made(plain, real_labels(shapes, ("train",)), tmp_path / "plain")
    text = (dataset.path / "manifest.json").read_text(encoding="utf-8")
    assert "guarantee" not in text and "covers_labels" not in text


def test_another_guarantee_makes_the_set_anew(tmp_path):
    """A training that forked before its last step has equal weights and another epsilon."""
    first, second = Private(4.5, 24), Private(6.5, 24)
    table = label_table(Settings(), DRAWN, 1, first)
    made(first, table, tmp_path / "set")
    again = made(second, table, tmp_path / "set", replace=True)
    assert again.manifest.synthesis.guarantee["epsilon"] == 6.5


def test_a_manifest_must_say_whether_labels_are_covered(tmp_path):
    values = {"run": "r", "generator_sha256": "a" * 64, "seed": 1}
    assert Synthesis(**values).covers_labels is None
    for further in ({"guarantee": {}}, {"covers_labels": True}):
        with pytest.raises(ValueError, match="covers_labels"):
            Synthesis(**values, **further)
    generator = Private(float("inf"), 24)
    dataset = made(generator, label_table(Settings(), DRAWN, 1, generator), tmp_path / "set")
    assert Manifest.load(dataset.path).synthesis.guarantee["epsilon"] == "inf"


def test_rejection_is_refused_for_a_generator_with_a_guarantee(tmp_path, shapes):
    """Also where the experiment at hand asks for no guarantee."""
    experiment, table = small_experiment(tmp_path), real_labels(shapes, ("train",))
    with pytest.raises(ConfigError, match="generate.reject compares generated images with real ones"):
        without_flagged(experiment, shapes, Private(), table, 1, Silent())


def test_a_private_experiment_needs_a_generator_with_a_guarantee(tmp_path):
    plain, experiment = Private(), small_experiment(tmp_path)
    plain.guarantee = None
    check_guarantee(experiment, plain)
    check_guarantee(experiment, Private())
    private = experiment.model_copy(update={"privacy": PRIVATE})
    check_guarantee(private, Private())
    with pytest.raises(DataError, match="has no guarantee, and the experiment asks for one"):
        check_guarantee(private, plain)


def test_exact_counts_do_not_decide_whether_a_private_set_is_refused(tmp_path, shapes, monkeypatch):
    monkeypatch.setattr(module, "check_drawable", lambda *_: pytest.fail("exact counts were looked at"))
    experiment = small_experiment(tmp_path).model_copy(update={"privacy": PRIVATE, "generate": DRAWN})
    check_labels(experiment, shapes, Private.conditions)
    strict = PrivacyConfig(dp={"noise_multiplier": 1.1})
    with pytest.raises(ConfigError, match="data.min_count"):
        check_labels(experiment.model_copy(update={"privacy": strict}), shapes, Private.conditions)


@pytest.mark.parametrize("change", [{"units": "800"}, {"units": 0}, {"epsilon": None}, {"charges": []}])
def test_a_card_with_a_damaged_guarantee(tmp_path, change):
    (tmp_path / "assets").mkdir()
    (tmp_path / "saved_model.pb").write_bytes(b"")
    card = {"label_names": ["Square"], "resolution": 16, "latent_size": 4, "combinations": []}
    path = tmp_path / "assets" / "generator.json"
    path.write_text(json_text(card | {"guarantee": guarantee().as_json()}), encoding="utf-8")
    assert read_generator_card(tmp_path).guarantee == guarantee()
    path.write_text(json_text(card | {"guarantee": guarantee().as_json() | change}), encoding="utf-8")
    with pytest.raises(DataError, match=r"generator.json has a missing or wrong value .*export the generator again"):
        read_generator_card(tmp_path)
