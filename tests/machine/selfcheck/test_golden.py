"""Known values: this CPU has them, a wrong one turns the part red, and so does a wrong network."""

import math

import numpy as np
import pytest

from medgan_tf.gans.architectures.cpd import generator
from medgan_tf.machine.selfcheck import golden
from medgan_tf.machine.selfcheck.cases import outcome_of
from medgan_tf.machine.selfcheck.fixed import fixed_values


@pytest.fixture(scope="module")
def float32():
    """What this machine computes; DenseNet-121 alone takes some seconds."""
    return golden.computed("float32")


@pytest.fixture
def computed(monkeypatch, float32):
    """This machine's values in float32 in the place of all number formats."""
    found = {name: list(values) for name, values in float32.items()}
    monkeypatch.setattr(golden, "computed", lambda name: found)
    return found


def outcomes(known=None):
    return {case.name: outcome_of(case) for case in golden.cases(known)}


def test_this_cpu_has_the_known_values(computed):
    found = outcomes()
    assert {name: one.state for name, one in found.items()} == {
        "float32": "passed", "TF32": "reported", "bfloat16": "passed", "float16": "passed", "FID in float64": "passed",
    }  # fmt: skip
    assert found["float32"].values["deviations"].keys() == computed.keys() == golden.TOLERANCES["float32"].keys()
    assert found["TF32"].text == "this device has no TF32"
    assert [case.demanded for case in golden.cases()] == [True, False, True, True, True]


@pytest.mark.parametrize("item", ["generator", "discriminator", "gradient norm", "training step", "DenseNet-121"])
def test_a_wrong_known_value_fails_each_item(computed, item):
    known = golden.known_values()
    largest = max(map(abs, known[item]))
    known[item][0] += 1.5 * largest * golden.TOLERANCES["float32"][item]
    found = outcomes(known)["float32"]
    assert found.state == "failed" and found.text.endswith(f"({item})")
    assert found.values["deviations"][item] > found.values["allowed"][item]


def test_a_wrong_fid_fails():
    known = golden.known_values()
    known["FID"][0] *= 1 + 1e-8
    [case] = [case for case in golden.cases(known) if case.name == "FID in float64"]
    assert outcome_of(case).state == "failed"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_not_finite_is_infinitely_far(computed, value):
    computed["discriminator"][3] = value
    found = outcomes()["float32"]
    assert found.state == "failed" and "(discriminator)" in found.text


def test_another_number_of_values_is_infinitely_far():
    assert golden.deviation([1.0, 2.0], [1.0]) == math.inf
    assert golden.deviation([1.0, 3.0], [1.0, 4.0]) == 0.25


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_short_formats_are_within_their_tolerances(name, monkeypatch):
    """Without DenseNet-121 and the step, for the time."""
    monkeypatch.setattr(golden, "_densenet", lambda policy: golden.known_values()["DenseNet-121"])
    monkeypatch.setattr(golden, "_step", lambda gan, labels: golden.known_values()["training step"])
    found = golden.compared(name, golden.known_values())
    assert found.state == "passed", found.text
    short = [found.values["deviations"][item] for item in ("generator", "discriminator", "gradient norm")]
    # The format is the short one: float32 would be nearer.
    assert min(short) > 1e-4


def test_a_network_without_its_norm_fails_in_the_shortest_format(monkeypatch):
    monkeypatch.setattr(golden, "_densenet", lambda policy: golden.known_values()["DenseNet-121"])
    monkeypatch.setattr(golden, "_step", lambda gan, labels: golden.known_values()["training step"])
    monkeypatch.setattr(generator, "activated_norm", lambda features, gamma, beta: features)
    found = golden.compared("bfloat16", golden.known_values())
    assert found.state == "failed"
    assert found.values["deviations"]["generator"] > 5 * found.values["allowed"]["generator"]


def test_fixed_values_are_those_of_splitmix64():
    """The published generator, in Python's own whole numbers."""

    def splitmix64(counter):
        mixed = counter * 0x9E3779B97F4A7C15 % 2**64
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        return mixed ^ mixed >> 31

    # The first output of SplitMix64 from the seed 0.
    assert splitmix64(1) == 0xE220A8397B1DCDAF
    wanted = [(splitmix64((9 << 40) + number) >> 40) / 2**23 - 1 for number in range(1, 7)]
    found = fixed_values((2, 3), 9)
    assert found.dtype == np.float32 and found.ravel().tolist() == wanted
    assert abs(fixed_values((10_000,), 1).mean()) < 0.02 and fixed_values((10_000,), 1).std() == pytest.approx(
        3**-0.5, abs=0.01
    )
