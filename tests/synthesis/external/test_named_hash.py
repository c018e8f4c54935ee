"""A folder that says what its generator was trained on is believed only with the experiment, and real images never."""

import json

import pytest

from medgan_tf.config.schema import ExternalConfig
from medgan_tf.errors import DataError
from medgan_tf.synthesis.external.named_hash import OwnWords, check_named, own_words, refuse_real


def config(**values):
    return ExternalConfig(name="stylegan3", folder="made", **values)


def refused(match, call, *arguments):
    with pytest.raises(DataError, match=match) as error:
        call(*arguments)
    assert "\n" not in str(error.value)


def test_what_a_folder_says_itself_must_be_named(tmp_path):
    assert own_words(tmp_path) == OwnWords(None, None)
    values = {"trained_on": "a" * 64, "label_names": ["Edema", "Fracture"], "what": "training fold"}
    (tmp_path / "trained_on.json").write_text(json.dumps(values))
    (tmp_path / "made.zip").write_text("")
    assert own_words(tmp_path) == own_words(tmp_path / "made.zip") == OwnWords("a" * 64, ("Edema", "Fracture"))
    check_named(config(), None)
    check_named(config(trained_on="a" * 64), "a" * 64)
    check_named(config(trained_on_ids="ids.csv"), "a" * 64)
    refused("made says that its generator was trained on a{64}; external.trained_on is unknown; write that hash there",
            check_named, config(), "a" * 64)  # fmt: skip
    refused("external.trained_on is bbbbbbbbbbbb...;", check_named, config(trained_on="b" * 64), "a" * 64)


@pytest.mark.parametrize("found", ["all of them", "A" * 64, "a" * 63, 7, ["a" * 64]])
def test_no_hash(found, tmp_path):
    (tmp_path / "trained_on.json").write_text(json.dumps({"trained_on": found}))
    refused("expected a hash of `medgan-tf export-folds` as trained_on. Received: ", own_words, tmp_path)


@pytest.mark.parametrize("found", ["Edema", [], ["Edema", 7], ["Edema", "Edema"], {"0": "Edema"}])
def test_no_names(found, tmp_path):
    (tmp_path / "trained_on.json").write_text(json.dumps({"label_names": found}))
    refused("expected a list of names as label_names|holds a name twice: Edema, Edema", own_words, tmp_path)


def test_an_export_of_real_images_is_no_synthetic_set(tmp_path):
    (tmp_path / "fold.json").write_text("{}")
    (tmp_path / "train").mkdir()
    (tmp_path / "dataset.zip").write_text("")
    for place in (tmp_path, tmp_path / "train", tmp_path / "dataset.zip"):
        refused("holds the real images of patients that `medgan-tf export-folds` wrote", own_words, place)
    refused("^list.json holds the real images of patients", refuse_real, {"real_patients": "yes"}, "list.json")
