"""``medgan-tf preregister`` as a user types it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from medgan_tf.console.group import main

PLAN = Path("runs/study/plan.json")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text("name: study\ndata: {findings: [Edema]}\n")


def call(*arguments, code=0):
    result = CliRunner().invoke(main, ["preregister", "study.yaml", *arguments], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def test_it_writes_the_plan_and_prints_the_hash():
    text = call("--seeds", "1000..1004").stdout
    (plan,) = json.loads(PLAN.read_text())["plans"]
    assert plan["content"]["seeds"] == [1000, 1001, 1002, 1003, 1004] and plan["content"]["labels"] == ["Edema"]
    assert text.startswith(f"runs/study/plan.json: written\nSHA-256 {plan['sha256']}\n")
    assert "proves no order of events: send it to somebody or register it" in text
    again = call("--seeds", "1000..1004").stdout
    assert again.startswith(f"runs/study/plan.json: unchanged since {plan['made']}\nSHA-256 {plan['sha256']}\n")


def test_another_plan_is_refused_and_added_when_asked_for():
    first = json.loads(call("--json").stdout)
    assert (first["written"], first["results"]) == (True, [])
    refused = call("--set", "classifier.margin=0.1", code=1)
    assert "runs/study/plan.json holds another plan, of " in refused.stderr
    assert "classifier.margin 0.05 -> 0.1; --again adds a new one and keeps it" in refused.stderr
    assert len(json.loads(PLAN.read_text())["plans"]) == 1
    result = PLAN.parent / "real-seed1000" / "classifier" / "result.json"
    result.parent.mkdir(parents=True)
    result.write_text("{}")
    text = call("--set", "classifier.margin=0.1", "--again").stdout
    assert "results that were there already: classifier of real-seed1000" in text
    kept = json.loads(PLAN.read_text())["plans"]
    assert [plan["content"]["settings"]["classifier"]["margin"] for plan in kept] == [0.05, 0.1]
    assert kept[0]["sha256"] == first["sha256"]


def test_a_dry_run_writes_nothing():
    values = json.loads(call("--dry-run", "--json").stdout)
    assert values["file"] == str(PLAN) and values["plan"]["settings"]["classifier"]["margin"] == 0.05
    assert "# plan folder: runs/study/plan.json" in call("--dry-run").stdout
    assert not Path("runs").exists()
