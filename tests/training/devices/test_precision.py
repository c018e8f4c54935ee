"""Which number format `auto` is, by processor and GPU, and that an emulated one is said to be slow."""

import json
import logging

import pytest
import tensorflow as tf

from medgan_tf.config.schema import Experiment, TrainingConfig
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training import record
from medgan_tf.training.devices import precision
from medgan_tf.training.devices.precision import computes_bfloat16, processor_flags, warn_if_slow, working_precision


@pytest.fixture
def machine(monkeypatch):
    """Pretends to have a processor with these flags and GPUs of these compute capabilities."""

    def pretend(flags=(), gpus=()):
        details = {name: {} if name is None else {"compute_capability": name} for name in gpus}
        monkeypatch.setattr(precision, "processor_flags", lambda: frozenset(flags))
        monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: list(gpus) if kind == "GPU" else [])
        monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: details[gpu])

    return pretend


@pytest.mark.parametrize(
    ("flags", "gpus", "native"),
    [
        ((), (), False),
        (("avx2", "fma"), (), False),
        (("avx512f", "avx512_vnni"), (), False),
        (("avx512_bf16",), (), True),
        (("amx_bf16",), (), True),
        ((), ((8, 0),), True),
        ((), ((9, 0), (8, 6)), True),
        (("avx512_bf16",), ((7, 5),), False),
        ((), ((8, 0), (7, 0)), False),
        (("avx512_bf16",), (None,), False),
    ],
)
def test_auto_is_bfloat16_only_where_all_devices_have_it(machine, flags, gpus, native):
    machine(flags, gpus)
    assert computes_bfloat16() is native
    assert working_precision("auto") == ("mixed_bfloat16" if native else "float32")
    for asked in ("float32", "mixed_bfloat16"):
        assert working_precision(asked) == asked


def test_emulated_bfloat16_is_said_to_be_slow(machine, caplog):
    with caplog.at_level(logging.WARNING):
        machine(["avx512_bf16"])
        warn_if_slow("mixed_bfloat16")
        machine(["avx2"])
        warn_if_slow("float32")
        assert not caplog.records
        warn_if_slow("mixed_bfloat16")
    assert "ten times slower" in caplog.text and "training.precision=auto" in caplog.text


def test_flags_come_from_the_first_processor(tmp_path, monkeypatch):
    class Path:
        def __init__(self, name):
            assert name == "/proc/cpuinfo"

        def read_text(self, encoding):
            return "processor : 0\nflags\t\t: fpu avx2 avx512_bf16\n\nprocessor : 1\nflags : other\n"

    monkeypatch.setattr(precision, "Path", Path)
    assert processor_flags() == {"fpu", "avx2", "avx512_bf16"}

    def missing(self, encoding):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert processor_flags() == frozenset()


def test_a_run_records_what_auto_was_and_may_go_on_elsewhere(machine, tmp_path):
    experiment = Experiment(name="run", data={"resolution": 16, "dataset_dir": "d"}, training={"precision": "auto"})
    folder = RunFolder(tmp_path)
    for flags, expected in ((["avx512_bf16"], "mixed_bfloat16"), (["avx2"], "float32")):
        machine(flags)
        record.write_description(folder, experiment)
        assert json.loads(folder.environment.read_text())["precision"] == expected
        assert "precision: auto" in folder.config.read_text()


def test_the_classifier_has_no_auto():
    assert TrainingConfig(precision="auto").precision == "auto"
    with pytest.raises(ValueError, match="classifier.precision"):
        Experiment(name="run", data={"resolution": 16}, classifier={"precision": "auto"})
