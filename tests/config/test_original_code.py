"""The switches of `original_code`: all or single ones, where they apply, and what is no switch."""

import pytest

from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.config.schema import DataConfig, OriginalCodeConfig
from medgan_tf.errors import ConfigError
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.workflow.grid.grid_file import load_grid

ALL = (
    "random_patient_split",
    "brain_min_count",
    "undefined_validation_auc_zero",
    "last_brain_image_dropped",
    "auc_flipped",
    "occlusion_patch_4",
)
RSNA, CHEXPERT = DataConfig(source="rsna", min_count=100), DataConfig()


@pytest.fixture
def on(tmp_path):
    """Switches that are on in an experiment of the given text."""

    def load(text, *overrides):
        (tmp_path / "x.yaml").write_text(f"name: x\n{text}")
        experiment = load_experiment(tmp_path / "x.yaml", overrides)
        (tmp_path / "again.yaml").write_text(dump_experiment(experiment))
        assert load_experiment(tmp_path / "again.yaml") == experiment
        return experiment.original_code.on()

    return load


def test_all_single_or_none(on):
    assert on("") == on("original_code: false\n") == on("original_code: {}\n") == ()
    assert on("original_code: true\n") == on("", "original_code=true") == ALL
    assert on("original_code: {auc_flipped: true}\n") == on("", "original_code.auc_flipped=true") == ("auc_flipped",)
    assert on("original_code: true\n", "original_code={occlusion_patch_4: true}") == ("occlusion_patch_4",)


@pytest.mark.parametrize(
    "text, message",
    [
        ("{auc_fliped: true}", "original_code.auc_fliped: unknown key; the nearest valid key is original_code.auc_fli"),
        ("{auc_flipped: 1}", "original_code.auc_flipped: expected true or false; received 1"),
        ("some", f"original_code: expected true, false or a mapping of the switches {', '.join(ALL)}; received 'some'"),
        ("", "original_code: expected true, false or a mapping of the switches .*; received nothing"),
    ],
)
def test_mistakes_are_one_line(on, text, message):
    with pytest.raises(ConfigError, match=f"x.yaml:2: {message}") as error:
        on(f"original_code: {text}\n")
    assert "\n" not in str(error.value)


def test_where_switches_apply():
    code = OriginalCodeConfig.model_validate(True)
    assert code.in_dataset(RSNA) == ("random_patient_split", "brain_min_count")
    assert code.in_dataset(CHEXPERT) == ("random_patient_split",)
    # Another number than the paper's is the user's own.
    assert code.in_dataset(DataConfig(source="rsna", min_count=90)) == ("random_patient_split",)
    assert code.in_dataset(DataConfig(source="published")) == ()
    assert code.in_validation() == ("undefined_validation_auc_zero",)
    assert code.in_test(RSNA) == ("last_brain_image_dropped", "auc_flipped")
    assert code.in_test(CHEXPERT) == ("auc_flipped",)
    assert code.in_occlusion(OcclusionConfig()) == ("occlusion_patch_4",)
    assert code.in_occlusion(OcclusionConfig(patch=8)) == ()
    off = OriginalCodeConfig()
    assert off.in_dataset(RSNA) == off.in_test(RSNA) == off.in_validation() == off.in_occlusion(OcclusionConfig()) == ()


def test_another_dataset_has_another_folder(tmp_path):
    (tmp_path / "x.yaml").write_text("name: x\n")

    def folder(*overrides):
        return load_experiment(tmp_path / "x.yaml", overrides).dataset_dir

    assert folder() == folder("original_code.auc_flipped=true") == "datasets/x"
    assert folder("original_code=true") == "datasets/x-original-code"
    assert folder("original_code=true", "data.dataset_dir=mine") == "mine"


@pytest.mark.parametrize(
    "line, override",
    [
        ("", []),
        ("original_code: false\n", ["original_code={}"]),
        ("original_code: {auc_flipped: true}\n", ["original_code={auc_flipped: true}"]),
        ("original_code: true\n", [f"original_code={{{', '.join(f'{name}: true' for name in ALL)}}}"]),
    ],
)
def test_a_grid_hands_them_to_its_experiments(tmp_path, line, override):
    (tmp_path / "grid.yaml").write_text(f"name: g\noutput: o\nexperiments: [x.yaml]\nset: [seed=1]\n{line}")
    assert load_grid(tmp_path / "grid.yaml").overrides == ["seed=1", "training.output=o", *override]


def test_a_grid_with_an_unknown_switch(tmp_path):
    (tmp_path / "grid.yaml").write_text("name: g\nexperiments: [x.yaml]\noriginal_code: {auc_flip: true}\n")
    with pytest.raises(
        ConfigError, match="grid.yaml:3: original_code.auc_flip: unknown key; .*original_code.auc_flipped"
    ):
        load_grid(tmp_path / "grid.yaml")
