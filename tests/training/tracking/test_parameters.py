"""The settings by which runs are compared: those that change the networks, and no folder, file or column."""

from pathlib import Path

from shapes_dataset import small_experiment

from medgan_tf.config.schema import Experiment
from medgan_tf.training.tracking.parameters import run_parameters


def experiment(**sections):
    base = small_experiment(Path("somewhere")).model_dump(mode="json")
    for name, values in sections.items():
        base[name] = {**base[name], **values} if isinstance(values, dict) else values
    return Experiment.model_validate(base, strict=False)


def test_settings_that_change_the_networks():
    found = run_parameters(experiment(seed=3, data={"min_count": 5, "findings": ["Square", "Disc"]}))
    some = {
        "seed": 3,
        "data.source": "chexpert",
        "data.resolution": 16,
        "data.min_count": 5,
        "data.findings": '["Square", "Disc"]',
        "data.subset.combinations": "none",
        "gan.architecture": "dcgan",
        "gan.max_channels": 4,
        "training.batch": 8,
        "training.total_images": 160,
        "training.jit_compile": False,
        "training.generator_learning_rate": 0.005,
        "original_code": "[]",
    }
    assert {key: found.get(key) for key in some} == some
    assert all(type(value) in (bool, int, float, str) for value in found.values())
    assert len(found) > 40


def test_what_changes_nothing_or_names_a_place_is_not_there():
    options = {"table": "findings.csv", "patient_column": "Patientennummer"}
    given = experiment(
        data={"root": "/data/anna", "options": options, "private_dir": "/srv/x", "dataset_dir": "d/e"},
        training={"output": "/scratch/anna", "devices": ["GPU:0"], "tracking_uri": "https://mlflow.example.org"},
        evaluation={"fid": {"during_training": "watch", "extractor": "models/zzz", "weights": "~/x.h5"}},
    )
    found = run_parameters(given)
    text = " ".join(f"{key} {value}" for key, value in found.items())
    for mark in ("anna", "findings.csv", "Patientennummer", "srv", "d/e", "GPU", "mlflow", "zzz", "x.h5"):
        assert mark not in text, mark
    assert found["evaluation.fid.every_images"] == 400_000 and found["evaluation.fid.during_training"] == "watch"


def test_fid_after_the_training_is_no_setting_of_the_run():
    assert not [key for key in run_parameters(experiment()) if key.startswith("evaluation")]


def test_two_runs_differ_in_what_was_changed_only():
    first, second = run_parameters(experiment()), run_parameters(experiment(gan={"latent_size": 8}, seed=9))
    assert {key for key in first if first[key] != second[key]} == {"seed", "gan.latent_size"}
    assert first.keys() == second.keys()
