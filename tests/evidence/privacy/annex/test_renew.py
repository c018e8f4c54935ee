"""Statements that come after the audit: the annex has them, and its results stay."""

import json

import pytest
from annexed_run import annexed_run
from result_files import earlier_privacy, write

from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.annex.input_hashes import Places
from medgan_tf.evidence.privacy.annex.renew import renew_annex, renew_statements
from medgan_tf.evidence.privacy.annex.verify import EQUAL, verify_annex
from medgan_tf.evidence.privacy.settings import PrivacyConfig

STATED = PrivacyConfig.model_validate({"context": {"dpo": "Dr. Example"}})


def test_the_statements_come_in_and_nothing_else_changes(tmp_path):
    run, page = annexed_run(tmp_path)
    before = json.loads((run.evaluation / "privacy.json").read_text())
    assert [path.name for path in renew_annex(run.evaluation, STATED)][:2] == ["privacy.json", page.name]
    after = json.loads((run.evaluation / "privacy.json").read_text())
    assert after["settings"].pop("context")["dpo"] == "Dr. Example"
    del before["settings"]["context"]
    assert after == before
    assert "Dr. Example" in page.read_text(encoding="utf-8")
    assert {check.state for check in verify_annex(page, Places()).checks} == {EQUAL}


def test_only_other_statements_write_it_again(tmp_path):
    run, page = annexed_run(tmp_path)
    renew_statements(run.evaluation, PrivacyConfig())
    assert "Dr. Example" not in page.read_text(encoding="utf-8")
    renew_statements(run.evaluation, STATED)
    assert "Dr. Example" in page.read_text(encoding="utf-8")
    written = page.stat().st_mtime_ns
    renew_statements(run.evaluation, STATED)
    assert page.stat().st_mtime_ns == written
    write(run.evaluation / "privacy.json", earlier_privacy())
    renew_statements(run.evaluation, PrivacyConfig())
    assert page.stat().st_mtime_ns == written


def test_only_an_audit_with_these_settings_and_of_this_version(tmp_path):
    run, page = annexed_run(tmp_path)
    written = page.read_bytes()
    with pytest.raises(DataError, match="made with other settings than these"):
        renew_annex(run.evaluation, PrivacyConfig(listed=3))
    with pytest.raises(DataError, match="no audit in"):
        renew_annex(tmp_path, STATED)
    write(run.evaluation / "privacy.json", earlier_privacy())
    with pytest.raises(DataError, match="of an earlier version"):
        renew_annex(run.evaluation, STATED)
    assert page.read_bytes() == written
