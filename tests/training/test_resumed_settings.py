"""Which settings may differ between a run and its continuation, and what a refusal says."""

import shutil
from pathlib import Path

import pytest

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.errors import RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.record import check_same_experiment, write_description

BEFORE = Path(__file__).resolve().parents[1] / "golden" / "version_0_1_settings" / "config.yaml"


@pytest.fixture
def run(tmp_path):
    """A run folder whose config was written by version 0.1."""
    shutil.copy(BEFORE, tmp_path / "config.yaml")
    return RunFolder(tmp_path)


@pytest.mark.parametrize(
    "overrides",
    [
        [],
        ["training.sample_rows=3", "training.sample_columns=4"],
        ["training.steps_per_call=1", "training.profile_steps=[5, 6]", "training.watchdog.policy=rollback"],
        ["training.total_images=240000", "data.encoding=raw", "data.root=elsewhere"],
        ["original_code.auc_flipped=true", "classifier.batch=8", "evaluation.fid.images=50"],
    ],
)
def test_a_run_of_the_version_before_goes_on(run, overrides):
    check_same_experiment(run, load_experiment(BEFORE, overrides))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("seed=3", "seed 1000 -> 3"),
        ("training.beta_2=0.5", "training.beta_2 0.99 -> 0.5"),
        ("gan.deviation_group=8", "gan.mbstd_group_size 4 -> 8"),
        ("gan.growth.images_per_phase=9", "gan.growth.images_per_phase 24000 -> 9"),
        ("data.options.patients=9", "data.options.patients 1200 -> 9"),
        ("original_code.random_patient_split=true", "original_code.random_patient_split False -> True"),
    ],
)
def test_what_would_train_something_else_is_refused(run, override, told):
    with pytest.raises(RunError, match=f"was trained with other settings: .*{told}. Set them back to resume"):
        check_same_experiment(run, load_experiment(BEFORE, [override]))


def test_where_headers_are_kept_does_not_matter(tmp_path):
    def experiment(**options):
        return Experiment(name="x", data=DataConfig(source="rsna", options=options))

    run = RunFolder(tmp_path / "run")
    write_description(run, experiment(header_workers=1, csv="labels.csv"))
    check_same_experiment(run, experiment(header_cache="headers.csv", csv="labels.csv"))
    with pytest.raises(RunError, match="settings: data.options.csv labels.csv -> stage_2_train.csv. Set"):
        check_same_experiment(run, experiment())
