"""What makes a result out of date, and what does not."""

import contextlib
import hashlib
import json

import pytest

from medgan_tf.errors import DataError
from medgan_tf.evidence.choice import all_evidence, chosen_evidence
from medgan_tf.evidence.neighbours.settings import NeighboursConfig
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.question import RunEvidence
from medgan_tf.evidence.up_to_date import extractor_sha256, is_result_of
from medgan_tf.files.hashing import files_sha256


def test_a_result_belongs_to_the_settings_that_decide_it(tmp_path):
    path, settings = tmp_path / "neighbours.json", NeighboursConfig(queries=20)
    assert not is_result_of(path, settings)
    path.write_text(json.dumps({"settings": settings.model_dump(mode="json")}))
    assert is_result_of(path, settings)
    assert is_result_of(path, settings.model_copy(update={"batch": 7, "download": True}))
    assert not is_result_of(path, settings.model_copy(update={"queries": 19}))
    path.write_text(json.dumps({"settings": None}))
    assert not is_result_of(path, settings)
    path.write_text("[")
    with pytest.raises(DataError, match="cannot be read"):
        is_result_of(path, settings)


def test_the_files_of_an_extractor(tmp_path):
    classifier, weights = tmp_path / "model", tmp_path / "weights.h5"
    assert extractor_sha256(NeighboursConfig(), classifier) == ""
    classifier.mkdir()
    (classifier / "saved_model.pb").write_bytes(b"abc")
    weights.write_bytes(b"weights")
    assert extractor_sha256(NeighboursConfig(), classifier) == files_sha256(classifier)
    assert extractor_sha256(NeighboursConfig(extractor="random"), classifier) == ""
    assert extractor_sha256(NeighboursConfig(extractor=str(classifier)), tmp_path / "none") == files_sha256(classifier)
    own = NeighboursConfig(weights=str(weights))
    assert extractor_sha256(own, classifier) == hashlib.sha256(b"weights").hexdigest()


WRONG = [None, "text", [], {}, -1, 10**19, True, [[[1]]], {"a": {"b": [None]}}, 1e308]


def test_settings_of_wrong_kinds_make_a_result_out_of_date_and_nothing_worse(tmp_path):
    path = tmp_path / "privacy.json"
    written = PrivacyConfig().model_dump(mode="json")
    # An empty section is one with its defaults.
    sections = {key for key, value in written.items() if isinstance(value, dict)}
    for key, wrong in [(key, wrong) for key in written for wrong in WRONG if wrong != {} or key not in sections]:
        path.write_text(json.dumps({"settings": written | {key: wrong}}))
        same = not isinstance(written[key], dict) and written[key] == wrong and type(written[key]) is type(wrong)
        assert not is_result_of(path, PrivacyConfig()) or same or key in ("batch", "download")


def test_a_line_of_a_result_of_wrong_kinds_is_an_error_of_one_line(tmp_path):
    for evidence in (one for one in all_evidence() if isinstance(one, RunEvidence)):
        for wrong in ({}, {"verdicts": 7}, {"metrics": []}, {"settings": None, "nearest_distance": {"train": []}}):
            path = tmp_path / "result.json"
            path.write_text(json.dumps(wrong))
            with contextlib.suppress(DataError):
                assert isinstance(evidence.line_of(path), str)
    with pytest.raises(DataError, match=r"result.json has a missing or wrong value \(KeyError: .*\); make it again"):
        chosen_evidence(["privacy"])[0].line_of(path)
