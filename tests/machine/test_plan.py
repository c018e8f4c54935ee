"""Plans: arithmetic by hand, a probe of a tiny training, and what is short."""

import math

import pytest
from shapes_dataset import small_experiment

from medgan_tf.errors import DataError
from medgan_tf.gans.private.settings import DpConfig, PrivacyConfig
from medgan_tf.gans.private.terms import SECRET_STREAMS
from medgan_tf.machine.plan import PhasePlan, TrainingPlan, _probe_phase, plan_training, shortages
from medgan_tf.machine.trial_run import enter, make_trial
from medgan_tf.training.devices.memory import (
    available_memory_gib,
    folder_gib,
    free_disk_gib,
    memory_gib,
    peak_memory_gib,
)

PHASES = (
    PhasePlan(8, False, 8, images=400, images_per_second=100.0, gflop_per_image=0.5, first_step_seconds=3.0),
    PhasePlan(16, True, 8, images=400, images_per_second=50.0, gflop_per_image=1.0, first_step_seconds=4.0),
)


def plan(**changes):
    values = {"name": "x", "architecture": "cpd", "phases": PHASES, "ticks": 20, "checkpoints": 4, "grids": 6}
    values |= {"tick_seconds": 0.1, "checkpoint_seconds": 0.5, "grid_seconds": 0.25, "start_seconds": 2.0}
    values |= {"memory_gib": 1.0, "gpu_memory_gib": 0.0, "disk_gib": 0.5}
    return TrainingPlan(**{**values, "available_memory_gib": 8.0, "free_disk_gib": 10.0, **changes})


def test_sums_by_hand():
    # 2 + (400 / 100 + 3) + (400 / 50 + 4) + 20 * 0.1 + 4 * 0.5 + 6 * 0.25
    assert plan().seconds == pytest.approx(26.5)
    assert plan().operations == pytest.approx(600)
    assert plan().as_dict()["seconds"] == plan().seconds


def test_shortages():
    assert shortages([plan(), plan()]) == []
    assert shortages([plan(memory_gib=9.0)]) == ["x needs 9.0 GiB of memory; 8.0 GiB are available"]
    assert shortages([plan(disk_gib=6.0), plan(disk_gib=6.0)]) == ["12.0 GiB of disk are needed; 10.0 GiB are free"]


def test_probe_of_a_tiny_training(shapes, tmp_path):
    experiment = small_experiment(tmp_path, sample_ticks=1, tensorboard=True)
    data = experiment.data.model_copy(update={"dataset_dir": str(shapes.path)})
    result = plan_training(experiment.model_copy(update={"data": data}), seconds=0.5)
    (phase,) = result.phases
    assert (phase.resolution, phase.batch, phase.images) == (16, 8, 160)
    assert phase.images_per_second > 1 and phase.first_step_seconds > 0.1
    assert phase.gflop_per_image > 0
    # 160 images in ticks of 40, each with a checkpoint and a grid, and what comes at the beginning and the end.
    assert (result.ticks, result.checkpoints, result.grids) == (4, 5, 6)
    assert 0.2 < result.memory_gib < 5
    assert 0 < result.disk_gib < 0.1
    assert result.seconds > 160 / phase.images_per_second
    assert shortages([result]) == []
    # The probe leaves nothing where the run will be.
    assert not (tmp_path / "runs").exists()


def test_missing_dataset_is_explained(tmp_path):
    with pytest.raises(DataError):
        plan_training(small_experiment(tmp_path))


def test_machine(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file").write_bytes(bytes(2**20))
    assert folder_gib(tmp_path) == 2**-10
    assert free_disk_gib(tmp_path / "not" / "there") == pytest.approx(free_disk_gib(tmp_path), rel=0.1)
    for amount in (memory_gib(), peak_memory_gib(), available_memory_gib()):
        assert math.isnan(amount) or amount > 0


def test_probe_of_a_private_training_times_private_steps(shapes, tmp_path):
    gan = {"loss": "non_saturating", "gradient_penalty": 0.0, "drift": 0.0, "mbstd_group_size": 1}
    open_run = small_experiment(tmp_path, gan=gan, total_images=80)
    dataset = {"dataset_dir": str(shapes.path), "min_count": 0}
    data = open_run.data.model_copy(update=dataset)
    dp = PrivacyConfig(dp=DpConfig(noise_multiplier=1.0))
    experiment = open_run.model_copy(update={"data": data, "privacy": dp})
    run = make_trial(experiment, shapes, tmp_path / "trial")
    batches = enter(run, run.phases[0])
    assert run.gan.private.terms.expected_batch == 8
    first, second = (one.numpy() for one in batches.take(2))
    assert first.shape == (1, len(SECRET_STREAMS), 2)
    assert first.dtype == "int64"
    assert (first != second).all()
    phase = _probe_phase(run, run.phases[0], 0.1)
    assert phase.images_per_second > 1
    assert math.isnan(phase.gflop_per_image)
