"""Statements about a release change no result, so that finished audits stay up to date."""

import pytest
from pydantic import ValidationError

from medgan_tf.config.section import deciding, without_added
from medgan_tf.evidence.privacy.annex.settings import ReleaseContext
from medgan_tf.evidence.privacy.settings import PrivacyConfig


def test_statements_decide_nothing():
    stated = PrivacyConfig.model_validate({"context": {"recipients": "a university", "retention": "10 years"}})
    assert deciding(stated) == deciding(PrivacyConfig())
    assert "context" not in without_added(PrivacyConfig()) and "context" in without_added(stated)


def test_statements_are_free_text_without_hidden_characters():
    for name in ReleaseContext.model_fields:
        assert getattr(ReleaseContext.model_validate({name: "two\nlines <b>"}), name) == "two\nlines <b>"
        with pytest.raises(ValidationError, match="without hidden characters"):
            ReleaseContext.model_validate({name: "Dr. \u202eelpmaxE"})
