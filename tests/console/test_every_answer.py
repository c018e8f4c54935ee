"""Every command that has `--json` is called with it by a test, and what it prints is read strictly (`strict_json`)."""

import math
from pathlib import Path
from unittest.mock import create_autospec

import click
import pytest
from click.testing import CliRunner
from strict_json import strict

from medgan_tf.console.group import main
from medgan_tf.machine import build_benchmark, doctor
from medgan_tf.phantom import full_size

TESTS = Path(__file__).parents[1]
CALLED_IN = {
    "benchmark": "this file",
    "chexpert-full-size": "this file",
    "classify": "tools/test_run_command.py",
    "combinations": "evidence/utility/test_right_combination.py",
    "config": "tools/test_config_command.py",
    "doctor": "this file",
    "fid": "tools/test_fid_command.py",
    "gap": "tools/test_run_command.py",
    "export-folds": "tools/test_export_folds_command.py",
    "explore": "synthesis/explore/test_explore.py",
    "generate": "tools/test_whole_pipeline.py",
    "grid": "tools/test_grid_command.py",
    "hub add": "tools/test_hub_command.py",
    "hub get": "tools/test_hub_command.py",
    "hub list": "tools/test_hub_command.py",
    "import-synthetic": "tools/test_import_synthetic_command.py",
    "init": "tools/test_init_command.py",
    "neighbours": "tools/test_run_command.py",
    "occlusion": "tools/test_run_command.py",
    "peer-step": "tools/test_peer_step_command.py",
    "phantom": "tools/test_phantom_command.py",
    "plan": "tools/test_grid_command.py",
    "prepare": "tools/test_prepare_command.py",
    "preregister": "tools/test_preregister_command.py",
    "privacy": "evidence/neighbours/test_neighbours_job.py",
    "reader-study create": "tools/test_reader_study_command.py",
    "reader-study import": "tools/test_reader_study_command.py",
    "reader-study score": "tools/test_reader_study_command.py",
    "privacy-verify": "tools/test_privacy_verify_command.py",
    "real-ct": "tools/test_real_ct.py",
    "release": "tools/test_release_command.py",
    "report": "reporting/test_write.py",
    "run": "tools/test_run_command.py",
    "sbom": "tools/test_sbom_command.py",
    "selfcheck": "tools/test_selfcheck_command.py",
    "simulate-statistics": "tools/test_simulate_statistics_command.py",
    "train": "tools/test_whole_pipeline.py",
    "verify": "tools/test_verify_release_command.py",
    "wheelhouse": "machine/test_wheelhouse.py",
    "write-experiments": "this file",
}
"""The test of each command's answer. A new command needs one."""


def answering(group, prefix=""):
    """Names of the commands that have `--json`."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from answering(command, f"{prefix}{name} ")
        if any("--json" in option.opts for option in command.params):
            yield f"{prefix}{name}"


def test_every_answer_is_asked_for():
    assert set(answering(main)) == set(CALLED_IN)
    for command, file in CALLED_IN.items():
        if file != "this file":
            text = (TESTS / file).read_text(encoding="utf-8")
            words = command.replace("-", " ").split()
            assert "--json" in text and all(word in text for word in words), command


def answer(*words, code=0):
    result = CliRunner().invoke(main, [*words, "--json"])
    assert result.exit_code == code, result.output
    return strict(result.stdout)


def test_the_answer_of_doctor(monkeypatch):
    found = [doctor.Finding("step", "failed", "loss nan"), doctor.Finding("disk", "ok", "9 GiB")]
    monkeypatch.setattr(doctor, "examine", create_autospec(doctor.examine, return_value=iter(found)))
    assert [one["name"] for one in answer("doctor", code=1)["findings"]] == ["step", "disk"]


def test_numbers_that_are_none(monkeypatch):
    measured = {"images per second": math.nan, "of bare decoding": math.inf}
    monkeypatch.setattr(
        build_benchmark, "measure_build", create_autospec(build_benchmark.measure_build, return_value=measured)
    )
    assert answer("benchmark", "--measure", "records") == dict.fromkeys(measured)


def test_files_that_are_made(monkeypatch, tmp_path):
    monkeypatch.setattr(
        full_size, "write_full_size", create_autospec(full_size.write_full_size, return_value={"images": 3})
    )
    assert answer("chexpert-full-size", "x.csv", "out")["counts"] == {"images": 3}
    written = answer("write-experiments", "--folder", str(tmp_path))
    assert written["written"] and len(written["files"]) > 20
    assert answer("write-experiments", "--folder", str(tmp_path / "none"), "--check", code=1)["written"] is False


@pytest.mark.parametrize("text", ['{"a": NaN}', "Infinity", "[-Infinity]", "1,"])
def test_the_strict_reader_refuses_what_is_no_json(text):
    with pytest.raises(ValueError):
        strict(text)
