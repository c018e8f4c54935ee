"""The card of a private training's generator: noisy counts and the guarantee, and nothing else of the images."""

from typing import Any

import pytest
from private_guarantee import COUNTS, guarantee
from shapes_dataset import small_experiment

from medgan_tf.config.schema import PrivacyConfig
from medgan_tf.training import export
from medgan_tf.training.export import generator_card

PRIVATE = PrivacyConfig(dp={"noise_multiplier": 1.1, "public_selection": True})


def leaves(value: Any) -> list[Any]:
    """All names, texts and numbers in JSON values."""
    if isinstance(value, dict):
        return [*value, *(leaf for one in value.values() for leaf in leaves(one))]
    if isinstance(value, list | tuple):
        return [leaf for one in value for leaf in leaves(one)]
    return [value]


@pytest.fixture
def experiment(tmp_path):
    return small_experiment(tmp_path).model_copy(update={"privacy": PRIVATE})


def test_it_has_the_noisy_counts_and_the_guarantee(experiment, shapes):
    card = generator_card(experiment, shapes, 160, COUNTS, guarantee().as_json())
    told = [(one["labels"], one["vector"], one["train"]) for one in card["combinations"]]
    assert told == [(["Square"], [1, 0], 531), (["Disc"], [0, 1], 178), (["Square", "Disc"], [1, 1], 91)]
    assert card["guarantee"] == guarantee().as_json()
    assert (card["images_seen"], card["label_names"]) == (160, ["Square", "Disc"])


def test_no_exact_count_and_no_hash_of_the_data_is_on_it(experiment, shapes, monkeypatch):
    """The dataset has 12 training images in each of three combinations, 36 in all, 48 with the other folds. Nobody even
    counts them."""
    manifest = shapes.manifest
    monkeypatch.setattr(export, "training_combinations", lambda *_: pytest.fail("exact counts were looked at"))
    found = leaves(generator_card(experiment, shapes, 160, COUNTS, guarantee().as_json()))
    exact = {12, 36, 48, *manifest.images.values()}
    exact |= {count for one in manifest.combinations for count in (one.train, one.valid, one.test)}
    assert not exact & {leaf for leaf in found if type(leaf) is int and leaf > 1}
    hashes = {manifest.build_hash, manifest.pixels_sha256, *(shard.sha256 for shard in manifest.shards)}
    assert not hashes & set(map(str, found))


def test_what_is_not_private_still_has_rounded_counts(experiment, shapes):
    """The same look at another card finds what it looks for."""
    card = generator_card(experiment.model_copy(update={"privacy": PrivacyConfig()}), shapes, 160)
    assert shapes.manifest.build_hash in leaves(card) and "guarantee" not in card
    assert [one["train"] for one in card["combinations"]] == [10, 10, 10]


@pytest.mark.parametrize("missing", ["counts", "guarantee", "labels"])
def test_without_noisy_counts_there_is_no_card(experiment, shapes, missing):
    counts = None if missing == "counts" else COUNTS
    if missing == "labels":
        counts = type(COUNTS)(("Disc", "Square"), COUNTS.vectors, COUNTS.counts, COUNTS.terms)
    values = None if missing == "guarantee" else guarantee().as_json()
    with pytest.raises(ValueError, match="needs its guarantee, and noisy counts of its labels"):
        generator_card(experiment, shapes, 160, counts, values)
