"""What makes another dataset, what does not, and where private files may lie."""

import cv2
import numpy as np
import pytest
from chexpert_folder import chexpert_experiment, write_chexpert
from edited_manifest import edited_manifest

from medgan_tf.config.schema import LabelPolicy, OriginalCodeConfig, PrivacyConfig, Subset
from medgan_tf.data.dataset_settings import comparable_config
from medgan_tf.data.prepare import prepare, prepared_dataset
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError, DataError


@pytest.fixture
def raw(tmp_path):
    return write_chexpert(tmp_path)


def test_options_that_look_like_paths_are_masked(tmp_path, raw):
    (raw / "ward_schmidt.csv").write_bytes((raw / "train.csv").read_bytes())
    experiment = chexpert_experiment(tmp_path, options={"csv": "ward_schmidt.csv"})
    assert comparable_config(experiment.data)["options"] == {"csv": "(path)", "frontal_only": True}


def test_other_settings_or_data_are_refused_until_restart(tmp_path, raw):
    prepare(chexpert_experiment(tmp_path))
    other = chexpert_experiment(tmp_path, resolution=32, split_seed=1)
    message = "data.resolution was 16, now 32, data.split_seed was 0, now 1; replace it with --restart"
    for job in (prepare, prepared_dataset):
        with pytest.raises(DataError, match=message):
            job(other)
    assert Manifest.load(tmp_path / "dataset").image_shape == [16, 16, 1]
    assert prepare(other, restart=True).manifest.image_shape == [32, 32, 1]
    lines = (raw / "train.csv").read_text().splitlines()
    (raw / "train.csv").write_text("\n".join(lines[:-1]) + "\n")
    with pytest.raises(DataError, match="made from other images, labels or folds"):
        prepare(other)
    assert sum(prepare(other, restart=True).manifest.images.values()) == 79
    assert sorted(path.name for path in tmp_path.iterdir()) == ["CheXpert-v1.0-small", "dataset", "private"]


def test_switches_of_the_published_code_make_another_dataset(tmp_path, raw):
    experiment = chexpert_experiment(tmp_path)
    switched = experiment.model_copy(update={"original_code": OriginalCodeConfig(random_patient_split=True)})
    first = prepare(experiment)
    assert "original_code" not in first.manifest.to_json()
    for job in (prepare, prepared_dataset):
        with pytest.raises(
            DataError, match=r'settings: original_code was \[\], now \["random_patient_split"\]; replace'
        ):
            job(switched)
    second = prepare(switched, restart=True)
    assert second.manifest.original_code == ["random_patient_split"]
    assert second.manifest.build_hash != first.manifest.build_hash
    assert prepare(switched).manifest == prepared_dataset(switched).manifest == second.manifest
    with pytest.raises(DataError, match=r'original_code was \["random_patient_split"\], now \[\]'):
        prepare(experiment)
    # What does not concern the dataset does not make another one.
    scores = experiment.model_copy(update={"original_code": OriginalCodeConfig(auc_flipped=True)})
    assert prepare(experiment, restart=True).manifest.build_hash == first.manifest.build_hash
    assert prepare(scores).manifest.build_hash == first.manifest.build_hash


def test_leaving_out_images_of_one_grey_level_makes_another_dataset(tmp_path, raw):
    sorted(raw.rglob("*.jpg"))[0].write_bytes(cv2.imencode(".jpg", np.zeros((50, 40), np.uint8))[1].tobytes())
    first = prepare(chexpert_experiment(tmp_path)).manifest
    assert first.constant.count == 1 and first.constant.kept and "constant" not in first.config["policy"]
    dropping = chexpert_experiment(tmp_path, policy=LabelPolicy(constant="drop"))
    with pytest.raises(DataError, match='data.policy.constant was null, now "drop"; replace it with --restart'):
        prepare(dropping)
    second = prepare(dropping, restart=True).manifest
    assert not second.constant.kept and sum(second.images.values()) == 79


def test_unknown_option_and_private_folder_inside(tmp_path, raw):
    with pytest.raises(ConfigError, match="data.options.colour: Extra inputs"):
        prepare(chexpert_experiment(tmp_path, options={"colour": True}))
    with pytest.raises(ConfigError, match="private_dir must lie outside"):
        prepare(chexpert_experiment(tmp_path, private_dir=str(tmp_path / "dataset" / "private")))
    assert not (tmp_path / "dataset").exists()


def test_a_header_cache_in_the_dataset_folder_is_refused(tmp_path):
    inside = {"header_cache": str(tmp_path / "dataset" / "headers.csv")}
    with pytest.raises(ConfigError, match="data.options.header_cache must lie outside the dataset folder"):
        prepare(chexpert_experiment(tmp_path, source="rsna", options=inside))
    assert not (tmp_path / "dataset").exists()


def test_only_the_values_that_differ_are_named(tmp_path, raw):
    prepare(chexpert_experiment(tmp_path))
    other = chexpert_experiment(tmp_path, subset=Subset(valid_images=4), options={"frontal_only": False})
    with pytest.raises(DataError) as error:
        prepare(other)
    assert (
        "settings: data.options.frontal_only was true, now false, data.subset.valid_images was null, now 4; repl"
        in (str(error.value))
    )


def test_synthetic_folder_in_the_way(tmp_path, raw):
    dataset = prepare(chexpert_experiment(tmp_path))
    with edited_manifest(dataset.path) as values:
        values.update(kind="synthetic", synthesis={"run": "r", "generator_sha256": "0" * 64, "seed": 1})
    with pytest.raises(DataError, match="holds synthetic images; choose another data.dataset_dir"):
        prepare(chexpert_experiment(tmp_path))
    assert DatasetFolder(dataset.path).manifest.kind == "synthetic"


def test_options_that_do_not_decide_the_content(tmp_path):
    settings = [
        chexpert_experiment(tmp_path, source="rsna", options=options).data
        for options in ({}, {"header_cache": "private/headers.csv", "header_workers": 3})
    ]
    assert comparable_config(settings[0]) == comparable_config(settings[1])


def test_a_choice_by_exact_counts_is_refused_before_a_file_is_read(tmp_path):
    """There are no raw files; a private experiment hears of its settings first."""
    experiment = chexpert_experiment(tmp_path, min_count=3)
    private = experiment.model_copy(update={"privacy": PrivacyConfig(dp={"noise_multiplier": 1.0})})
    with pytest.raises(ConfigError, match="data.min_count leaves out label combinations"):
        prepare(private)
