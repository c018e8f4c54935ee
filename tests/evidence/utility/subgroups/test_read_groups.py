"""Groups and label shares from records: the tables of a gap, and the reasons for which there are none."""

import csv
import shutil

import numpy as np
import pandas as pd
import pytest
from tiny_classifier import offer_as_synthetic, tiny_experiment, write_drawings

from medgan_tf.classification.conditions import REAL, SYNTHETIC
from medgan_tf.classification.predictions import Predictions, write_predictions
from medgan_tf.data.records.manifest import Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.utility.job import gap_over_seeds
from medgan_tf.evidence.utility.subgroups.read_groups import known_groups
from medgan_tf.evidence.utility.table import gap_table

pytestmark = pytest.mark.usefixtures("blank_figures")
SEEDS = [7, 8]


def covariates(rows):
    """Sex by patient; one view of all images; an age that nobody says."""
    patient = np.arange(rows) // 2
    sex = np.where(patient % 8 < 4, "F", "M").astype(object)
    return pd.DataFrame({"sex": sex, "age": np.full(rows, -1, np.int16), "view": np.full(rows, "PA", dtype=object)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A dataset with 80 test patients, its copy as the synthetic set, and predictions of two seeds."""
    home = tmp_path_factory.mktemp("groups")
    dataset = write_drawings(home / "dataset", 160, covariates=covariates)
    experiment = tiny_experiment(home)
    test = dataset.read_fold("test")
    for seed in SEEDS:
        own = experiment.model_copy(update={"seed": seed})
        for condition, noise in ((REAL, 0.6), (SYNTHETIC, 0.9)):
            scores = test.labels + np.random.default_rng(seed).normal(0, noise, test.labels.shape)
            classifier = condition.folder(own).classifier
            classifier.mkdir(parents=True, exist_ok=True)
            made = Predictions(dataset.label_names, test.image_ids, test.patients, test.labels.astype(float), scores)
            write_predictions(classifier / "predictions.csv", made)
        offer_as_synthetic(dataset, SYNTHETIC.folder(own).synthetic)
    return home


@pytest.fixture
def own(folder, tmp_path):
    """A copy that a test may change."""
    shutil.copytree(folder, tmp_path / "own")
    return tmp_path / "own"


def measured(home):
    return gap_over_seeds(tiny_experiment(home), SEEDS)


def test_groups_follow_the_images_and_not_their_order(own):
    """The predictions in another order than the records: the groups stay with their images."""
    found = measured(own)
    groups = found.gap["subgroups"]["covariates"]
    assert list(groups) == ["sex", "view"] and found.gap["subgroups"]["missing"] is None
    fold, sex = DatasetFolder(own / "dataset").read_fold("test"), DatasetFolder(own / "dataset").read_covariates("test")
    women = (sex["sex"] == "F").to_numpy()
    assert groups["sex"]["groups"]["F"]["images"] == women.sum()
    assert groups["sex"]["groups"]["F"]["patients"] == len(set(fold.patients[women]))
    assert groups["view"]["groups"]["PA"]["gap"]["values"] == pytest.approx(found.gap["gap"]["mean"]["values"])
    order = np.random.default_rng(1).permutation(len(fold.patients))
    for seed in SEEDS:
        for condition in (REAL, SYNTHETIC):
            path = condition.folder(tiny_experiment(own, seed=seed)).classifier / "predictions.csv"
            with open(path, newline="") as file:
                head, *rows = list(csv.reader(file))
            with open(path, "w", newline="") as file:
                csv.writer(file).writerows([head, *(rows[2 * image + k] for image in order for k in (0, 1))])
    again = measured(own).gap["subgroups"]["covariates"]["sex"]["groups"]["F"]["gap"]
    assert again["values"] == pytest.approx(groups["sex"]["groups"]["F"]["gap"]["values"])


def test_files_and_terminal(own):
    found = measured(own)
    names = {file.name for file in found.files}
    assert {"groups.csv", "groups-by-label.csv", "group-differences.csv", "prevalence.csv", "groups.png"} <= names
    assert all(file.is_file() for file in found.files)
    text = gap_table(found.gap)
    assert "sex F minus M" in text and "view PA" in text and "positive patients  real" not in text
    assert "have every combination of labels exactly as often as the real ones." in text
    both = gap_table(found.gap, by_label=True)
    assert "share of training images" in both and "share of training images" not in text
    with open(own / "runs" / "drawings" / "cpd-gap" / "groups.csv", newline="") as file:
        rows = {row["group"]: row for row in csv.DictReader(file)}
    women = found.gap["subgroups"]["covariates"]["sex"]["groups"]["F"]
    assert float(rows["sex F"]["gap"]) == pytest.approx(women["gap"]["mean"])
    assert float(rows["sex F"]["95% low"]) == pytest.approx(women["gap"]["interval"]["low"])


def test_a_set_with_other_label_shares_is_reported(own):
    """The synthetic sets say that all of their images without a label show a square."""
    dataset = DatasetFolder(own / "dataset")
    for seed in SEEDS:
        path = SYNTHETIC.folder(tiny_experiment(own, seed=seed)).synthetic
        shutil.rmtree(path)
        combinations = skewed(dataset.manifest.model_dump()["combinations"])
        offer_as_synthetic(dataset, path, combinations=combinations, covariates=None)
    gap = measured(own).gap
    prevalence = gap["prevalence"]
    # Both seeds share one set: it counts once.
    assert prevalence["images"] == {"real": 320, "synthetic": 320, "synthetic_sets": 1}
    assert prevalence["labels"]["Square"]["synthetic"]["value"] == pytest.approx(240 / 320)
    assert prevalence["differ"] == ["Square"] and prevalence["groups"] is None
    text = gap_table(gap)
    assert "Label shares differ" in text and "Square 50.0% real, 75.0% synthetic. Nothing was reweighted" in text


def skewed(combinations):
    """All images without a label count as "Square"."""
    moved = next(one["train"] for one in combinations if not one["labels"])
    return [
        one | {"train": one["train"] + moved * (one["labels"] == ["Square"]) - moved * (not one["labels"])}
        for one in combinations
    ]


@pytest.mark.parametrize(
    ("damage", "subgroups", "prevalence"),
    [
        (lambda home: shutil.rmtree(home / "dataset"), "the dataset is not at its place", "the dataset is not"),
        (lambda home: (home / "dataset" / "manifest.json").write_text("{"), "cannot be read", "cannot be read"),
        (lambda home: without_covariates(home), "the source of the images says no sex, age or view", None),
        (lambda home: replaced(home), "does not hold the test images", "other labels than the dataset"),
        (lambda home: shutil.rmtree(SYNTHETIC.folder(tiny_experiment(home, seed=8)).synthetic), None, "is not at its"),
    ],
)
def test_reasons_for_no_tables(own, damage, subgroups, prevalence):
    csv_file = own / "runs" / "drawings" / "cpd-gap" / "groups.csv"
    csv_file.parent.mkdir(exist_ok=True)
    csv_file.write_text("of an earlier call")
    damage(own)
    found = measured(own)
    for key, reason in (("subgroups", subgroups), ("prevalence", prevalence)):
        missing = found.gap[key]["missing"]
        assert missing is None if reason is None else reason in missing
    if subgroups:
        # Files of an earlier call do not speak for this one.
        assert not csv_file.exists()
        assert "By group of patients: not measured, because" in gap_table(found.gap)


def without_covariates(home):
    manifest = DatasetFolder(home / "dataset").manifest
    manifest.model_copy(update={"covariates": None}).save(home / "dataset")


def replaced(home):
    """Another dataset at its place: other labels."""
    values = DatasetFolder(home / "dataset").manifest.model_dump()
    for combination in values["combinations"]:
        combination["labels"] = ["Ring" if label == "Disc" else label for label in combination["labels"]]
    Manifest.model_validate(values | {"label_names": ["Square", "Ring"]}).save(home / "dataset")


def test_the_same_images_from_elsewhere_give_the_same_tables(own):
    """A set that says nothing of where its labels are from, with the same images: nothing in the tables changes."""
    before = measured(own).gap
    for seed in SEEDS:
        path = SYNTHETIC.folder(tiny_experiment(own, seed=seed)).synthetic
        manifest = DatasetFolder(path).manifest
        origin = {"run": "elsewhere", "seed": seed, "external": ORIGIN}
        Manifest.model_validate(manifest.model_dump() | {"synthesis": origin}).save(path)
    after = measured(own).gap
    assert (after["prevalence"], after["subgroups"]) == (before["prevalence"], before["subgroups"])


ORIGIN = {
    "name": "stranger", "owner": "unknown", "version": "unknown", "content_sha256": "2" * 64, "trained_on": "unknown",
    "one_set": True, "drawn_folds": False,
}  # fmt: skip


def test_a_covariate_that_no_image_says_is_none():
    assert list(known_groups(covariates(8))) == ["sex", "view"] and known_groups(None) == {}
