"""Occlusion of trained classifiers on drawings: maps peak on what was drawn, agreement has a ceiling and a floor."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from blank_figures import draw_nothing
from click.testing import CliRunner
from tiny_classifier import offer_as_synthetic, tiny_backbone, tiny_experiment, write_drawings

from medgan_tf.classification import network
from medgan_tf.classification.conditions import REAL, SYNTHETIC, Condition
from medgan_tf.config.loading import dump_experiment
from medgan_tf.config.schema import OriginalCodeConfig
from medgan_tf.console.group import main
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.image_sets import fold_set
from medgan_tf.evidence.importance.classifier import load_classifier
from medgan_tf.evidence.importance.compared import classifier_folders
from medgan_tf.evidence.importance.job import occlude_experiment, save_occlusion
from medgan_tf.evidence.importance.map_agreement import rank_correlation
from medgan_tf.evidence.importance.measure import agreement, brightness_part, chosen_images, occlude
from medgan_tf.evidence.importance.occluder import Occluder
from medgan_tf.evidence.importance.settings import OcclusionConfig
from medgan_tf.evidence.importance.table import occlusion_lines
from medgan_tf.evidence.utility.classify import Trainers, classify

SHUFFLED = Condition("shuffled", real=1.0)
SETTINGS = {"patch": 4, "stride": 4, "images": 12, "batch": 16, "bootstrap": 200}


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(network, "build_backbone", tiny_backbone)


def with_occlusion(experiment, **changes):
    evaluation = experiment.evaluation.model_copy(update={"occlusion": OcclusionConfig(**{**SETTINGS, **changes})})
    return experiment.model_copy(update={"evaluation": evaluation})


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Real, copy-of-real and shuffled classifiers, and a real one of another seed."""
    folder = tmp_path_factory.mktemp("occlusion")
    dataset, trainers = write_drawings(folder / "dataset", per_combination=48), Trainers()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "build_backbone", tiny_backbone)
        draw_nothing(patch)
        for seed, conditions in ((7, [REAL, SYNTHETIC, SHUFFLED]), (8, [REAL])):
            experiment = tiny_experiment(folder, seed, max_epochs=8, baselines=("shuffled",))
            if seed == 7:
                offer_as_synthetic(dataset, SYNTHETIC.folder(experiment).synthetic)
            classify(experiment, conditions, dataset, trainers=trainers)
    return with_occlusion(tiny_experiment(folder, 7, max_epochs=8, baselines=("shuffled",))), dataset, folder


@pytest.fixture(scope="module")
def result(trained):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(network, "build_backbone", tiny_backbone)
        return occlude_experiment(trained[0])


def test_agreement_between_ceiling_and_floor(result):
    found = {
        title: values["all labels"]["rank_correlation"]["value"]
        for title, values in result.summary["agreement_with_real"].items()
    }
    assert list(found) == ["synthetic-trained", "real-trained, other seed", "labels shuffled"]
    # The synthetic set is a copy of the real one, so this classifier is the real one.
    assert found["synthetic-trained"] == pytest.approx(1)
    assert found["labels shuffled"] < found["real-trained, other seed"] < 1
    assert result.summary["notes"] == []


def test_classifiers_that_share_a_network_give_what_each_gives_alone(trained):
    experiment, dataset, _ = trained
    images = chosen_images(fold_set(dataset, ("test",), "real"), OcclusionConfig(**SETTINGS), 1).take(np.arange(2))
    folders = list(classifier_folders(experiment).values())[::2]
    alone = [load_classifier(folder, "x", dataset.label_names, 16) for folder in folders]
    first = load_classifier(folders[0], "x", dataset.label_names, 16)
    both = [first, load_classifier(folders[1], "x", dataset.label_names, 16, first)]
    assert both[1].network is first.network and both[1].weights_sha256 == alone[1].weights_sha256
    settings = OcclusionConfig(**{**SETTINGS, "patch": 8, "stride": 8})
    expected, found = occlude(alone, images, settings), occlude(both, images, settings)
    for one, other in zip(expected, found, strict=True):
        np.testing.assert_array_equal(one.before, other.before)
        np.testing.assert_array_equal(one.increase, other.increase)
    assert np.abs(found[0].before - found[1].before).max() > 1e-3
    # In turns, one image each.
    in_turns = [Occluder(one, 8, 8).probabilities(image) for image in images.images for one in both]
    np.testing.assert_array_equal([one[0] for one in in_turns[::2]], expected[0].before)
    np.testing.assert_array_equal([one[0] for one in in_turns[1::2]], expected[1].before)


def test_the_peak_lies_on_what_was_drawn(trained):
    """The square covers rows 2..6 and columns 4..11 of 16, the disc those within 3.2 pixels of (11, 8)."""
    experiment, dataset, _ = trained
    settings = OcclusionConfig(**{**SETTINGS, "patch": 2, "stride": 2, "images": 48})
    images = chosen_images(fold_set(dataset, ("test",), "real"), settings, 1)
    loaded = load_classifier(REAL.folder(experiment).classifier, "real-trained", dataset.label_names, 16)
    (maps,) = occlude([loaded], images, settings)
    y, x = np.mgrid[:32, :32] / 2
    places = [(y > 1) & (y < 8) & (x > 3) & (x < 13), np.hypot(y - 11, x - 8) < 4.2]
    hits = []
    for label, place in enumerate(places):
        positives = np.flatnonzero((images.labels[:, label] == 1) & (maps.before[:, label] > 0.5))
        for image in positives:
            peak = np.argmax(maps.maps(label)[image])
            row, column = np.unravel_index(peak, (16, 16))
            hits.append(place[2 * row : 2 * row + 2, 2 * column : 2 * column + 2].any())
    assert len(hits) >= 30 and np.mean(hits) >= 0.7


def test_files_and_figures(result, tmp_path):
    paths = save_occlusion(tmp_path, result)
    assert [path.name for path in paths] == ["occlusion.json", "occlusion.png"]
    stored = json.loads(paths[0].read_text())
    assert stored["positions"] == 8 and len(stored["images"]) == 12
    assert {image["labels"] for image in stored["images"]} == {"Square", "Disc", "Square|Disc", "(none)"}
    assert stored["classifiers"][0]["method"] == "whole network for every mask"


def test_a_second_call_reads_and_a_damaged_file_is_made_again(trained, result):
    again = occlude_experiment(trained[0])
    assert np.isnan([one.masks_per_second for one in again.maps]).all()
    np.testing.assert_array_equal(again.maps[0].increase, result.maps[0].increase)
    folder = trained[2] / "runs/drawings/real-seed7/evaluation/occlusion"
    for path in folder.iterdir():
        path.write_bytes(path.read_bytes()[:50])
    third = occlude_experiment(trained[0])
    np.testing.assert_allclose(third.maps[0].increase, result.maps[0].increase, atol=1e-5)


def test_agreement_with_itself_is_one(result):
    settings = OcclusionConfig(**SETTINGS)
    found = agreement(result.maps[0], result.maps[0], result.images.patients, settings, None)
    assert found["rank_correlation"]["value"] == pytest.approx(1)
    assert (found["top_overlap"]["value"], found["compared"], found["flat"]) == (1, 12, {"first": 0, "second": 0})
    # Equal values have no spread, which is no proof that other patients have none.
    assert np.isnan(found["top_overlap"]["interval"]["low"])


def test_flat_maps_are_left_out_and_counted(result, tmp_path):
    """A classifier that answers without the image has flat maps: rounding alone orders their patches."""
    real = result.maps[0]
    still = replace(real, increase=np.random.default_rng(0).uniform(0, 1e-9, real.increase.shape))
    settings = OcclusionConfig(**SETTINGS)
    found = agreement(real, still, result.images.patients, settings, None)
    assert (found["compared"], found["flat"]) == (0, {"first": 0, "second": 12})
    assert np.isnan(found["rank_correlation"]["value"])
    # Of half of the images only: the agreement is that of the others.
    half = np.arange(12) < 6
    mixed = replace(real, increase=np.where(half[:, None, None, None], still.increase, real.increase))
    found = agreement(real, mixed, result.images.patients, settings, 1)
    assert found["compared"] == 6 and found["rank_correlation"]["value"] == pytest.approx(1)
    assert brightness_part(mixed, result.images.patients, 1)["patients"] == len(set(result.images.patients[6:]))


def test_the_brightness_of_the_patch_is_shown_beside(result):
    summary = result.summary
    found = summary["agreement_with_brightness"]
    assert list(found) == ["real-trained", "synthetic-trained", "real-trained, other seed", "labels shuffled"]
    values = [
        rank_correlation(one, change)
        for one, change in zip(result.maps[0].maps(None), result.maps[0].changes, strict=True)
    ]
    assert found["real-trained"]["all labels"]["value"] == pytest.approx(np.mean(values))
    assert -1 < summary["agreement_with_real"]["labels shuffled"]["all labels"]["partial_rank_correlation"]["value"] < 1
    text = occlusion_lines(summary)
    assert "real-trained, all labels: rank correlation with the brightness of the patch" in text
    assert [one["flat_maps"]["all labels"] for one in summary["classifiers"]] == [0, 0, 0, 0]


def test_the_command(trained, tmp_path):
    experiment, dataset, _ = trained
    (tmp_path / "x.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
    image = dataset.read_fold("train").image_ids[0]
    arguments = ["occlusion", str(tmp_path / "x.yaml"), "--image", image, "--label", "Disc"]
    shown = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert shown.exit_code == 0 and "1 images, 8x8 masks each" in shown.stdout
    assert "agreement of real-trained and labels shuffled, Disc: rank correlation" in shown.stdout
    assert "occlusion-disc.png" in shown.stdout
    plan = CliRunner().invoke(main, [*arguments, "--dry-run"], catch_exceptions=False)
    assert "# results folder" in plan.stdout


def test_the_published_patch(trained):
    experiment = with_occlusion(trained[0], patch=2, stride=None, images=2)
    found = occlude_experiment(
        experiment.model_copy(update={"original_code": OriginalCodeConfig(occlusion_patch_4=True)})
    )
    # 32 pixels in patches of 4, not of 2.
    assert found.maps[0].increase.shape[1:3] == (8, 8) and found.summary["settings"]["patch"] == 4
    assert found.summary["original_code"] == ["occlusion_patch_4"]
    assert "as in the published code: patches of 4x4 pixels" in occlusion_lines(found.summary).splitlines()


def test_bad_input(trained, tmp_path):
    experiment, dataset, _ = trained
    with pytest.raises(ConfigError, match="no label 'Ring'; the dataset has Square, Disc"):
        occlude_experiment(with_occlusion(experiment, labels=("Ring",)))
    with pytest.raises(DataError, match="no image 0123 in the dataset"):
        occlude_experiment(with_occlusion(experiment, image_ids=("0123",)))
    folder = REAL.folder(experiment).classifier
    with pytest.raises(DataError, match="holds a classifier of the labels Square, Disc; the dataset has A, B"):
        load_classifier(folder, "x", ("A", "B"), 16)
    with pytest.raises(DataError, match="holds a classifier of 16x16 images; the dataset's are 32x32"):
        load_classifier(folder, "x", dataset.label_names, 32)
    with pytest.raises(DataError, match="no classifier in .*expected model.json and model/; `medgan-tf classify`"):
        load_classifier(tmp_path, "x", dataset.label_names, 16)
    copy = shutil.copytree(folder, tmp_path / "copy")
    card = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps(card | {"weights_sha256": "1" * 64}))
    with pytest.raises(DataError, match="does not hold the weights that model.json names"):
        load_classifier(copy, "x", dataset.label_names, 16)
    (copy / "model.json").write_text("{}")
    with pytest.raises(DataError, match=r"has a missing or wrong value \('label_names'\)"):
        load_classifier(copy, "x", dataset.label_names, 16)


def test_without_the_others_the_result_says_how_to_get_them(trained, tmp_path):
    experiment, dataset, folder = trained
    shutil.copytree(folder / "runs/drawings/real-seed7/classifier", tmp_path / "runs/drawings/real-seed7/classifier")
    training = experiment.training.model_copy(update={"output": str(tmp_path / "runs")})
    alone = occlude_experiment(experiment.model_copy(update={"training": training}))
    assert len(alone.maps) == 1 and len(alone.summary["notes"]) == 3
    assert "no classifier 'labels shuffled', so there is no agreement with it" in alone.summary["notes"][2]
