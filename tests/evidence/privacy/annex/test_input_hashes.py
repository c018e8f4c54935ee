"""The hashes that are computed again are those that the image sets of an audit have."""

import hashlib

import cv2
import numpy as np
from shapes_dataset import write_shapes

from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.image_sets import fold_set, folder_set
from medgan_tf.evidence.privacy.annex.input_hashes import (
    Places,
    SetOfImages,
    folds_sha256,
    recomputed,
    recorded,
    settings_sha256,
)
from medgan_tf.evidence.privacy.settings import PrivacyConfig


def test_folds_of_a_dataset_folder(tmp_path):
    write_shapes(tmp_path / "shapes")
    dataset = DatasetFolder(tmp_path / "shapes")
    for folds in (("train",), ("valid", "test"), ("train", "valid", "test")):
        assert folds_sha256(dataset.path, folds) == fold_set(dataset, folds, "some").sha256


def test_image_files(tmp_path):
    random = np.random.default_rng(1)
    for name in ("a", "b"):
        cv2.imwrite(str(tmp_path / f"{name}.png"), random.integers(0, 256, (8, 8), np.uint8))
    one = {"name": "train", "what": "training images", "folds": []}
    whole = folder_set(tmp_path, "training", lambda done, total: None).sha256
    assert recomputed(one, Places(train=tmp_path)) == whole
    (tmp_path / "b.png").unlink()
    assert recomputed(one, Places(train=tmp_path)) not in (None, whole)
    assert recomputed(one, Places()) is None


def test_statements_of_the_controller_do_not_change_the_settings():
    plain, stated = PrivacyConfig(), PrivacyConfig.model_validate({"context": {"dpo": "Dr. Example"}})
    hashes = {settings_sha256(one.model_dump(mode="json")) for one in (plain, stated)}
    assert len(hashes) == 1
    assert settings_sha256(PrivacyConfig(listed=3).model_dump(mode="json")) not in hashes


def test_an_audit_of_folders_has_no_run(tmp_path):
    sets = {name: SetOfImages("0" * 64, []) for name in ("train", "held_out", "synthetic")}
    found = recorded(Places(), sets, PrivacyConfig(extractor="random"), "folders of images")
    names = [one["name"] for one in found["inputs"]]
    assert names == ["train", "held_out", "synthetic", "extractor", "settings"]
    # The installed packages decide a random extractor: there is no file to hash.
    assert [one["sha256"] for one in found["inputs"] if one["name"] == "extractor"] == [None]
    assert found["subject"] == "folders of images" and found["made"].endswith("+00:00")


def test_weights_of_the_second_extractor_are_an_input(tmp_path):
    weights = tmp_path / "weights.npz"
    weights.write_bytes(b"weights")
    settings = PrivacyConfig(extractor="random", second_extractor="radiology", second_weights=str(weights))
    sets = {name: SetOfImages("0" * 64, []) for name in ("train", "held_out", "synthetic")}
    found = recorded(Places(), sets, settings, "folders of images")
    [one] = [one for one in found["inputs"] if one["name"] == "second_extractor"]
    # sha256sum of the seven letters.
    assert one["sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert recomputed(one, Places(second_extractor=weights)) == one["sha256"]
    weights.write_bytes(b"others")
    assert recomputed(one, Places(second_extractor=weights)) not in (None, one["sha256"])
    assert recomputed(one, Places()) is None
