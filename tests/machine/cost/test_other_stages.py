"""Tests of what `plan` says of the other stages: measured costs times the speed of this machine."""

import pytest

from medgan_tf.config.schema import Experiment
from medgan_tf.machine.cost import other_stages as module
from medgan_tf.machine.cost.cases import Case, usual_synthetic
from medgan_tf.machine.cost.child import Use
from medgan_tf.machine.cost.measurements import Costs, Measured, read_costs
from medgan_tf.machine.cost.other_stages import FILE, other_stages


def one(stage, images, seconds, peak, resolution=32):
    synthetic = usual_synthetic(images) if stage == "fid" else 0
    return Measured(
        Case(stage, images, resolution=resolution, synthetic=synthetic), Use(seconds, seconds, peak, "done", 0)
    )


MEASURED = (
    *(one("fid", images, seconds, 1.0) for images, seconds in ((1_000, 10.0), (10_000, 30.0), (100_000, 210.0))),
    *(one("prepare", images, seconds, 0.75) for images, seconds in ((1_000, 10.0), (10_000, 20.0))),
    one("prepare", 10_000, 40.0, 1.25, resolution=64),
    Measured(Case("network", 0), Use(1.0, 1.0, 1.0, "done", 0), 100.0),
)


@pytest.fixture
def found(monkeypatch):
    monkeypatch.setattr(module, "probe_seconds", lambda: 3.0)
    costs = Costs({"cpu": "made", "cores": 2}, 1.5, MEASURED)

    def stages(images, **data):
        values = {"name": "x", "data": data, "classifier": {"image_size": 64}}
        return other_stages(Experiment.model_validate(values), images, costs)

    return stages


def test_costs_are_scaled_and_told_apart(found):
    stages = found(10_000)
    assert stages.scale == 2.0
    assert [(stage.stage, stage.seconds, stage.extrapolated) for stage in stages.stages] == [
        ("prepare", 40.0, False), ("fid", 60.0, False)
    ]  # fmt: skip
    assert "measured on made with 2 cores, times 2.00" in stages.lines()[0]
    assert stages.lines()[3] == "    not measured at two sizes, so not told: neighbours, privacy, report"
    assert "EXTRAPOLATED" not in "".join(stages.lines())


def test_beyond_the_measured_sizes_it_says_so(found):
    prepare, fid = found(20_000).stages
    # 10 s of start; the other 10 s twice, times 2.
    assert (prepare.seconds, prepare.extrapolated, fid.extrapolated) == (60.0, True, False)
    text = "\n".join(found(20_000).lines())
    assert "EXTRAPOLATED: measured up to 10,000 images" in text


def test_the_resolution_counts_where_it_was_measured(found):
    prepare, fid = found(10_000, resolution=64).stages
    assert (prepare.seconds, prepare.memory_gib, prepare.pixels) == (80.0, 1.25, 64)
    assert (fid.seconds, fid.pixels) == (60.0, 32)
    assert "at 32 pixels" in found(10_000, resolution=64).lines()[2]


def test_features_by_a_network(found):
    # 10,000 real and 10,000 synthetic images, 100 a second at 32 pixels, 25 at 64, on a machine half as fast.
    stages = found(10_000)
    assert (stages.network_images, stages.network_seconds) == (20_000, 1600.0)


def test_the_package_has_measured_costs():
    costs = read_costs(FILE)
    assert costs.probe_seconds > 0 and {"cpu", "cores", "packages"} <= costs.machine.keys()
    assert {"prepare", "fid", "neighbours", "privacy"} <= {one.case.stage for one in costs.measured}
