"""A plan against a check: the nearest step, the ratio, and when it is warned of."""

import math
from types import SimpleNamespace

import pytest
from planted_parts import CPU, GPU

from medgan_tf.config.schema import Experiment
from medgan_tf.machine.selfcheck import expected
from medgan_tf.machine.selfcheck.expected import against, compared_training
from medgan_tf.machine.selfcheck.record import CaseResult, PartResult, Record


def step(channels, resolution, number_format, rate, jit_compile=False):
    values = {"channels": channels, "resolution": resolution, "number_format": number_format, "step_rate": rate}
    name = f"{channels} channels, {resolution} pixels, {number_format}"
    return CaseResult(
        name=name, demanded=False, state="reported", text="", values=values | {"jit_compile": jit_compile}
    )


STEPS = (
    step(64, 32, "float32", 80.0),
    step(16, 32, "float32", 20.0),
    step(64, 32, "bfloat16", 160.0),
    step(64, 32, "float32", 100.0, jit_compile=True),
    step(64, 128, "float32", 50.0),
)


def check(*steps, gpus=(), state="reported"):
    machine = CaseResult(name="m", demanded=True, state="passed", text="", values={**CPU, "gpus": list(gpus)})
    parts = [
        PartResult(name="versions", demanded=True, state="passed", cases=[machine]),
        PartResult(name="speed", demanded=True, state=state, cases=list(steps)),
    ]
    return Record(minutes=8.0, load={}, parts=parts)


def phase(images_per_second, gflop=2.0, resolution=32):
    return SimpleNamespace(resolution=resolution, images_per_second=images_per_second, gflop_per_image=gflop)


def experiment(channels=64, architecture="cpd", **training):
    gan = {"architecture": architecture, "max_channels": channels}
    return Experiment(name="x", data={"resolution": 32, "dataset_dir": "d"}, gan=gan, training=training)


def one(phase, settings, record):
    [found] = compared_training([phase], settings, record)
    return found


def test_expected_and_ratio_by_hand():
    # 80 GFLOP/s by 2 GFLOP an image.
    found = one(phase(30.0), experiment(), check(*STEPS))
    assert (found.expected, found.ratio, found.warning) == (40.0, 0.75, False)
    assert found.text == (
        "32 pixels: 30.0 img/s, 40.0 expected by the check (64 channels, 32 pixels, float32): 0.75 times as fast"
    )


@pytest.mark.parametrize(
    ("measured", "warning", "words"),
    [(20.0, False, "0.50 times as fast"), (19.9, True, "slower than expected"), (80.0, False, "2.00 times as fast"),
     (80.1, True, "faster than expected")],
)  # fmt: skip
def test_beyond_a_factor_it_is_warned_of(measured, warning, words):
    found = one(phase(measured), experiment(), check(*STEPS))
    assert found.warning is warning and words in found.text


@pytest.mark.parametrize(
    ("settings", "resolution", "rate"),
    [
        (experiment(), 32, 80.0),
        (experiment(channels=24), 32, 20.0),
        (experiment(channels=40), 32, 80.0),
        (experiment(), 64, 80.0),
        (experiment(), 128, 50.0),
        (experiment(precision="mixed_bfloat16"), 32, 160.0),
        (experiment(jit_compile=True), 32, 100.0),
    ],
)
def test_the_nearest_step_of_the_same_kind(settings, resolution, rate):
    assert one(phase(1.0, 1.0, resolution), settings, check(*STEPS)).expected == rate


@pytest.mark.parametrize(
    ("settings", "phase", "words"),
    [
        (experiment(channels=256), phase(1.0), "the check has no step like it"),
        (experiment(architecture="dcgan"), phase(1.0), "the check has no step like it"),
        (experiment(), phase(1.0, resolution=512), "the check has no step like it"),
        (experiment(), phase(1.0, gflop=math.nan), "operations of this step cannot be counted"),
    ],
)
def test_what_cannot_be_compared(settings, phase, words):
    found = one(phase, settings, check(*STEPS))
    assert (found.expected, found.ratio, found.warning) == (None, None, False) and found.text.endswith(words)


def test_on_a_gpu_float32_is_tf32_where_it_was_measured():
    steps = (*STEPS, step(32, 32, "TF32", 900.0))
    assert one(phase(1.0, 1.0), experiment(), check(*steps, gpus=[GPU])).expected == 900.0
    assert one(phase(1.0, 1.0), experiment(), check(*steps)).expected == 80.0


@pytest.mark.parametrize("values", [{}, {"number_format": "float32", "jit_compile": False, "channels": "many"}])
def test_cases_without_figures_are_passed_over(values):
    odd = CaseResult(name="odd", demanded=True, state="failed", text="", values=values)
    assert one(phase(1.0, 1.0), experiment(), check(odd, STEPS[0])).expected == 80.0
    assert one(phase(1.0), experiment(), check()).expected is None


def test_all_plans_in_words(monkeypatch):
    monkeypatch.setattr(expected, "described", lambda: dict(CPU))
    monkeypatch.setattr(expected, "usable_cores", lambda: 2)
    plan = SimpleNamespace(name="x", phases=[phase(30.0), phase(10.0)])
    found = against(check(*STEPS), [plan], [experiment()])
    assert found["other_machine"] is None
    assert [one["ratio"] for one in found["phases"]] == [0.75, 0.25]
    assert [line[:22] for line in found["lines"]] == ["x, 32 pixels: 30.0 img", "x, 32 pixels: 10.0 img"]
    monkeypatch.setattr(expected, "usable_cores", lambda: 64)
    found = against(check(*STEPS), [plan], [experiment()])
    assert found["lines"][0] == found["other_machine"]
    assert found["other_machine"] == (
        "the check was made on another machine (Test CPU, avx512f, 2 cores; this one is Test CPU, avx512f, 64 cores): "
        "expect other speeds"
    )
