"""What has been changed is found, what is not here is said, and an untouched annex is equal in everything."""

import json
import shutil

import pytest
from annexed_run import annexed_run, audited

from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.annex.input_hashes import Places
from medgan_tf.evidence.privacy.annex.verify import DIFFERENT, EQUAL, NOT_HERE, verify_annex
from medgan_tf.evidence.privacy.annex.write import annex_files, write_annex
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.files.run_folders import RunFolder


@pytest.fixture
def annexed(tmp_path):
    return annexed_run(tmp_path)


def states(page, places=None):
    found = verify_annex(page, places or Places())
    return {check.what: check.state for check in found.checks}, found


def different(page, **places):
    found, _ = states(page, Places(**places))
    return {what for what, state in found.items() if state == DIFFERENT}


def test_an_untouched_annex_is_equal_in_everything(annexed):
    _, page = annexed
    for kind in ("html", "json", "sha256"):
        found, whole = states(page.with_suffix(f".{kind}"))
        assert set(found.values()) == {EQUAL} and whole.exit_code() == 0
    assert set(found) == {
        "privacy-annex.html, as privacy-annex.sha256 lists it", "privacy-annex.json, as privacy-annex.sha256 lists it",
        "SHA-256 of privacy-annex.json in the page", "privacy-annex.html, as made from privacy-annex.json",
        "result of the audit (privacy.json)", "what the annex says, as made from privacy.json",
        "training images", "held-out images", "synthetic images", "weights of the feature extractor", "generator",
        "newest checkpoint, whose discriminator is attacked", "settings of the run (config.yaml)",
        "plan of the study (plan.json)", "settings of the audit",
    }  # fmt: skip


INPUTS = {
    "training images": "dataset/train-00001-of-00002.tfrecord",
    "held-out images": "dataset/test-00000-of-00001.tfrecord",
    "synthetic images": "runs/small/cpd-seed7/synthetic/train-00000-of-00001.tfrecord",
    "weights of the feature extractor": "runs/small/real-seed7/classifier/model/weights",
    "generator": "runs/small/cpd-seed7/generator/weights",
    "newest checkpoint, whose discriminator is attacked": "runs/small/cpd-seed7/checkpoints/images-00000200/state",
    "settings of the run (config.yaml)": "runs/small/cpd-seed7/config.yaml",
    "plan of the study (plan.json)": "runs/small/plan.json",
}


@pytest.mark.parametrize("what", INPUTS)
def test_a_changed_input_is_found(annexed, tmp_path, what):
    _, page = annexed
    path = tmp_path / INPUTS[what]
    path.write_bytes(path.read_bytes() + b"\n")
    assert different(page) == {what}
    assert states(page)[1].exit_code(partial=True) == 1


@pytest.mark.parametrize("what", [what for what in INPUTS if "config" not in what])
def test_a_missing_input_is_not_here(annexed, tmp_path, what):
    _, page = annexed
    path = tmp_path / INPUTS[what]
    # Of a shard or a plan the file is gone, of what is a folder the whole folder.
    path.unlink() if path.suffix else shutil.rmtree(path.parent)
    found, whole = states(page)
    assert {what for what, state in found.items() if state == NOT_HERE} == {what}
    assert (whole.exit_code(), whole.exit_code(partial=True)) == (1, 0)


def test_an_older_checkpoint_or_another_fold_does_not_count(annexed, tmp_path):
    run, page = annexed
    (run.checkpoints / "images-00000100" / "state").write_bytes(b"changed")
    assert different(page) == set()
    shard = tmp_path / "dataset" / "valid-00000-of-00001.tfrecord"
    shard.write_bytes(b"changed")
    assert different(page) == {"held-out images"}


OTHER = "runs/small-reference/cpd-seed7"
CANARIES = {
    "images of the canaries": "dataset-canaries/valid-00000-of-00001.tfrecord",
    "reference generator, of other patients": f"{OTHER}/generator/weights",
    "newest checkpoint of the reference generator": f"{OTHER}/checkpoints/images-00000200/weights",
    "classifier of the reference's patients": "runs/small-reference/real-seed7/classifier/model/weights",
}


def test_inputs_of_the_attack_on_canaries(tmp_path):
    _, page = annexed_run(tmp_path, canaries=True)
    found, _ = states(page)
    assert set(CANARIES) <= set(found) and set(found.values()) == {EQUAL}
    for what, name in CANARIES.items():
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b"changed")
        assert different(page) == {what}
        (tmp_path / name).write_bytes(before)


def test_a_changed_page_is_found(annexed):
    _, page = annexed
    page.write_text(page.read_text(encoding="utf-8").replace("<td>holds</td>", "<td>no risk</td>"), encoding="utf-8")
    assert different(page) == {
        "privacy-annex.html, as privacy-annex.sha256 lists it", "privacy-annex.html, as made from privacy-annex.json"
    }  # fmt: skip


def test_a_changed_json_is_found(annexed):
    _, page = annexed
    values = page.with_suffix(".json")
    values.write_text(values.read_text(encoding="utf-8").replace('"holds"', '"no risk"'), encoding="utf-8")
    assert different(page) == {
        "privacy-annex.json, as privacy-annex.sha256 lists it", "SHA-256 of privacy-annex.json in the page",
        "privacy-annex.html, as made from privacy-annex.json", "what the annex says, as made from privacy.json",
    }  # fmt: skip


def test_an_annex_that_was_changed_as_a_whole_is_not_that_of_the_result(annexed):
    """Page, JSON and list of hashes belong together, but say something else than the audit."""
    _, page = annexed
    content = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    content["attacks"][0]["answer"] = "no risk"
    for name, written in annex_files(content).items():
        (page.parent / name).write_bytes(written)
    assert different(page) == {"what the annex says, as made from privacy.json"}


def test_a_changed_result_is_found(annexed):
    run, page = annexed
    path = run.evaluation / "privacy.json"
    path.write_text(path.read_text(encoding="utf-8").replace("100 members", "900 members"), encoding="utf-8")
    assert different(page) == {"result of the audit (privacy.json)"}


def test_json_in_another_layout_is_not_the_file_that_was_written(annexed):
    _, page = annexed
    values = page.with_suffix(".json")
    values.write_text(json.dumps(json.loads(values.read_text(encoding="utf-8"))), encoding="utf-8")
    assert "privacy-annex.html, as made from privacy-annex.json" in different(page)


def test_a_filed_copy_is_verified_alone_or_with_its_run(annexed, tmp_path):
    run, page = annexed
    filed = tmp_path / "filed"
    filed.mkdir()
    for kind in ("html", "json", "sha256"):
        shutil.copy(page.with_suffix(f".{kind}"), filed)
    found, whole = states(filed / page.name)
    assert [state for state in found.values()].count(EQUAL) == 4 and whole.exit_code(partial=True) == 0
    assert found["result of the audit (privacy.json)"] == found["training images"] == NOT_HERE
    assert whole.exit_code() == 1
    again, whole = states(filed / page.name, Places(run=RunFolder(run.path)))
    assert set(again.values()) == {EQUAL} and whole.exit_code() == 0


def test_the_annex_of_a_report_finds_its_run(annexed):
    run, page = annexed
    for folder in (run.path / "report", run.path.parent / "report", run.path.parent.parent / "report"):
        folder.mkdir()
        for kind in ("html", "json", "sha256"):
            shutil.copy(page.with_suffix(f".{kind}"), folder)
        assert set(states(folder / page.name)[0].values()) == {EQUAL}


def test_folders_given_by_hand_are_used(annexed, tmp_path):
    _, page = annexed
    moved = (tmp_path / "dataset").rename(tmp_path / "moved")
    found, _ = states(page)
    assert found["training images"] == found["held-out images"] == NOT_HERE
    found, _ = states(page, Places(train=moved, held_out=moved))
    assert set(found.values()) == {EQUAL}


def test_names_in_the_file_lead_to_no_other_folder(annexed):
    _, page = annexed
    values = page.with_suffix(".json")
    content = json.loads(values.read_text(encoding="utf-8"))
    for one in content["inputs"]:
        if one["name"] == "checkpoint":
            one["part"] = "../synthetic"
    values.write_text(json.dumps(content), encoding="utf-8")
    found, _ = states(page)
    assert found["newest checkpoint, whose discriminator is attacked"] == NOT_HERE


def test_a_page_of_another_version_is_held_against_its_hashes_only(annexed, monkeypatch):
    _, page = annexed
    monkeypatch.setattr("medgan_tf.__version__", "99.0")
    found, whole = states(page)
    assert found["privacy-annex.html, as made from privacy-annex.json"] == NOT_HERE
    assert "what the annex says, as made from privacy.json" not in found
    assert whole.exit_code(partial=True) == 0


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("annex.txt", "", "expected an annex"),
        ("annex.json", "{", "cannot be read"),
        ("annex.json", '{"what": "privacy"}', "is no annex"),
        ("annex.json", '{"what": "privacy annex", "format_version": 7}', "has format 7"),
        ("annex.json", '{"what": "privacy annex", "format_version": 1, "inputs": [3]}', "has no list of inputs"),
    ],
)
def test_what_is_no_annex_is_said(tmp_path, name, text, words):
    (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=words):
        verify_annex(tmp_path / name, Places())


def test_a_json_that_lacks_a_part_is_different(annexed):
    _, page = annexed
    values = page.with_suffix(".json")
    content = json.loads(values.read_text(encoding="utf-8"))
    del content["attacks"]
    values.write_text(json.dumps(content), encoding="utf-8")
    assert "privacy-annex.html, as made from privacy-annex.json" in different(page)


def test_the_guarantee_is_an_input(tmp_path):
    run, _ = annexed_run(tmp_path)
    run.guarantee.write_text("{}")
    result = read_json(run.evaluation / "privacy.json")
    result = plain(result | {"audited": audited(run, tmp_path / "dataset", {})["audited"]})
    write_json(run.evaluation / "privacy.json", result)
    page = write_annex(run.evaluation, result, "unknown")[0]
    assert states(page)[0]["guarantee of the training (guarantee.json)"] == EQUAL
    run.guarantee.write_text("{ }")
    assert different(page) == {"guarantee of the training (guarantee.json)"}
