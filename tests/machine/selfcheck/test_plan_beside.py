"""The command plan beside a check: lines, JSON, and files that are none."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from planted_parts import CPU
from strict_json import strict

from medgan_tf.console.group import main
from medgan_tf.machine import plan
from medgan_tf.machine.plan import PhasePlan, TrainingPlan
from medgan_tf.machine.selfcheck import expected
from medgan_tf.machine.selfcheck.record import CaseResult, PartResult, Record

YAML = """name: small
data: {source: phantom, root: phantom, resolution: 32}
gan: {architecture: cpd, max_channels: 32}
training: {precision: float32}
"""
STEP = {"channels": 32, "resolution": 32, "number_format": "float32", "jit_compile": False, "step_rate": 60.0}


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    """An experiment whose steps reach 10 images a second with 2 GFLOP each, and a check that lets one expect 30."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(YAML)
    phase = PhasePlan(32, False, 16, images=400, images_per_second=10.0, gflop_per_image=2.0, first_step_seconds=3.0)
    rest = {name: 1.0 for name in ("tick_seconds", "checkpoint_seconds", "grid_seconds", "start_seconds", "memory_gib")}
    rest |= {"gpu_memory_gib": 0.0, "disk_gib": 0.5, "available_memory_gib": 8.0, "free_disk_gib": 10.0}
    found = TrainingPlan("small", "cpd", (phase,), ticks=1, checkpoints=1, grids=1, **rest)
    monkeypatch.setattr(plan, "plan_training", lambda settings, seconds: found)
    monkeypatch.setattr(expected, "described", lambda: dict(CPU))
    monkeypatch.setattr(expected, "usable_cores", lambda: 2)
    machine = CaseResult(name="m", demanded=True, state="passed", text="", values=CPU)
    step = CaseResult(name="32 channels", demanded=True, state="passed", text="", values=STEP)
    parts = [
        PartResult(name="versions", demanded=True, state="passed", cases=[machine]),
        PartResult(name="speed", demanded=True, state="passed", cases=[step]),
    ]
    Record(minutes=8.0, load={}, parts=parts).save(tmp_path / "check.json")


def called(*words, code=0):
    result = CliRunner().invoke(main, ["plan", "small.yaml", *words])
    assert result.exit_code == code, result.output
    return result


def test_a_slow_training_is_warned_of():
    assert called("--selfcheck", "check.json").stdout.splitlines()[-1] == (
        "small, 32 pixels: 10.0 img/s, 30.0 expected by the check (32 channels): 0.33 times as fast; slower than "
        "expected: do other programs use this machine, or does the batch differ?"
    )
    assert "expected" not in called().stdout


def test_the_answer_in_json():
    answer = strict(called("--selfcheck", "check.json", "--json").stdout)
    [phase] = answer["selfcheck"]["phases"]
    assert (phase["name"], phase["measured"], phase["expected"], phase["warning"]) == ("small", 10.0, 30.0, True)
    assert answer["selfcheck"]["other_machine"] is None and answer["plans"][0]["name"] == "small"
    assert "selfcheck" not in strict(called("--json").stdout)


def test_mistakes():
    assert "none.json cannot be read" in called("--selfcheck", "none.json", code=1).stderr
    Path("wrong.json").write_text("{}")
    assert "holds no self-check" in called("--selfcheck", "wrong.json", code=1).stderr
    assert "not with --privacy" in called("--selfcheck", "check.json", "--privacy", code=2).stderr
