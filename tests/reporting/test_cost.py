"""Cost of generators: from our own records, or as section `external` says; what is not known is unknown."""

import json

from result_files import experiment_folder
from several_generators import make_external

from medgan_tf.reporting.cost import cost
from medgan_tf.reporting.results import read_results


def cells(folder):
    found = cost(read_results(folder, []))
    [row] = found.rows
    return dict(zip(found.head, row, strict=True))


def with_devices(folder, devices):
    for path in folder.glob("*/environment.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"devices": devices}))


def test_gpu_hours_are_those_of_one_training(tmp_path):
    """Every seed took 20 seconds on two GPUs: 40 / 3600 hours."""
    folder = experiment_folder(tmp_path / "a", "cpd", (1, 2), None)
    with_devices(folder, ["GPU:0", "GPU:1"])
    found = cells(folder)
    assert abs(found["GPU hours"] - 40 / 3600) < 1e-12 and found["version"] == "medgan-tf 0.1.0"
    # Generators that were exported earlier do not state it.
    assert found["parameters of the generator"] == "unknown"
    (folder / "cpd-seed2" / "metrics.jsonl").unlink()
    assert cells(folder)["GPU hours"] == "unknown"


def test_a_stranger_states_it_or_not(tmp_path):
    folder = experiment_folder(tmp_path / "a", "sg3", (1,), None)
    make_external(folder / "sg3-seed1", gpu_hours=None, parameters=30_000_000, owner="unknown")
    assert list(cells(folder).values()) == ["unknown", 30_000_000, "unknown", "3.1"]
