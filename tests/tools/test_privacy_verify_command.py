"""`medgan-tf privacy verify`: one line for each comparison, and an exit code for scripts."""

import json
import shutil

from annexed_run import annexed_run
from click.testing import CliRunner

from medgan_tf.console.group import main


def called(*words):
    return CliRunner().invoke(main, ["privacy", "verify", *map(str, words)], standalone_mode=False)


def test_all_equal(tmp_path):
    _, page = annexed_run(tmp_path)
    found = called(page)
    assert found.exit_code == 0, found.output
    assert "training images: EQUAL" in found.output and found.output.splitlines()[-1] == "15 equal"
    assert "SHA-256 of privacy-annex.html: " in found.output


def test_a_changed_image(tmp_path):
    _, page = annexed_run(tmp_path)
    (tmp_path / "dataset" / "train-00000-of-00002.tfrecord").write_bytes(b"another patient")
    found = called(page, "--partial", "--json")
    assert found.exit_code == 1
    values = json.loads(found.output)
    assert [one["what"] for one in values["checks"] if one["state"] == "different"] == ["training images"]
    assert values["equal"] is False


def test_what_is_not_here(tmp_path):
    run, page = annexed_run(tmp_path)
    shutil.rmtree(run.generator)
    assert called(page).exit_code == 1
    found = called(page, "--partial")
    assert found.exit_code == 0 and "generator: NOT HERE" in found.output
    assert found.output.splitlines()[-1] == "14 equal; 1 not here"


def test_the_annex_is_written_again_with_new_statements(tmp_path):
    run, page = annexed_run(tmp_path)
    settings = tmp_path / "small.yaml"
    settings.write_text("name: small\nevaluation: {privacy: {context: {dpo: Dr. Example}}}\n")
    words = ["privacy", str(settings), "--annex"]
    found = CliRunner().invoke(main, [*words, "--out", str(run.evaluation)], standalone_mode=False)
    assert found.exit_code == 0 and f"written again: {page}" in found.output
    assert "Dr. Example" in page.read_text(encoding="utf-8") and called(page).exit_code == 0


def test_the_audit_still_takes_an_experiment(tmp_path):
    """`verify` is a word only in the first place."""
    settings = tmp_path / "verify.yaml"
    settings.write_text("name: verify\ndata: {source: phantom, root: phantom}\n")
    found = CliRunner().invoke(main, ["privacy", str(settings), "--dry-run"], standalone_mode=False)
    assert found.exit_code == 0 and "# results folder:" in found.output
    assert "Verify the annex" in called("--help").output
