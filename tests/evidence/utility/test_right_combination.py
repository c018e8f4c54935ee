"""The share of right combinations: 1 for real images offered as generated ones, chance for permuted labels."""

import numpy as np
import pytest
from click.testing import CliRunner
from strict_json import strict
from tiny_classifier import offer_as_synthetic, tiny_experiment, write_drawings

from medgan_tf.classification.conditions import SYNTHETIC
from medgan_tf.console.group import main
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import DataError
from medgan_tf.evidence.utility import right_combination
from medgan_tf.evidence.utility.right_combination import RightCombinations, right_combinations


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two runs: the generated images of seed 7 are as asked, those of seed 8 show the second label alone."""
    folder = tmp_path_factory.mktemp("combinations")
    dataset = write_drawings(folder / "dataset", per_combination=48)
    for seed in (7, 8):
        offer_as_synthetic(dataset, SYNTHETIC.folder(tiny_experiment(folder, seed)).synthetic)
    return folder


def with_images_of_one_combination(monkeypatch, synthetic):
    """As if a generator ignored the labels: all images of the set are those of squares without discs."""
    read = DatasetFolder.read_fold

    def read_fold(self, fold, verify=True):
        found = read(self, fold, verify)
        if self.path == synthetic:
            shown = found.images[np.flatnonzero((found.labels == [1, 0]).all(axis=1))[0]]
            found.images[:] = shown
        return found

    monkeypatch.setattr(right_combination.DatasetFolder, "read_fold", read_fold)


def test_a_generator_that_ignores_its_labels_is_at_chance(folder, monkeypatch):
    experiment = tiny_experiment(folder, 7)
    with_images_of_one_combination(monkeypatch, SYNTHETIC.folder(tiny_experiment(folder, 8)).synthetic)
    found = right_combinations(experiment, [7, 8])
    assert set(found.combinations) == {"(none)", "Square", "Disc", "Square|Disc"} and found.chance == 0.25
    assert found.real > 0.95 and found.runs[7] > 0.95
    # One of four combinations is right, all of its images.
    assert found.runs[8] == 0.25
    assert found.mean == (found.runs[7] + 0.25) / 2
    # Two values a and b: mean +- t(0.975, 1) * |a - b| / 2, and t is 12.706.
    half = 12.706 * (found.runs[7] - 0.25) / 2
    assert found.interval == pytest.approx((found.mean - half, found.mean + half), rel=1e-4)
    assert found.as_text().endswith("at least twice chance: undecided")


def test_the_answer_of_the_command(folder):
    (folder / "x.yaml").write_text(
        f"name: drawings\ndata: {{dataset_dir: {folder}/dataset}}\ntraining: {{output: {folder}/runs}}\n"
    )
    result = CliRunner().invoke(main, ["combinations", str(folder / "x.yaml"), "--seeds", "7..8", "--json"])
    assert result.exit_code == 0, result.output
    values = strict(result.stdout)
    assert list(values["runs"]) == ["7", "8"] and values["interval"][0] > 0.9
    result = CliRunner().invoke(main, ["combinations", str(folder / "x.yaml"), "--seeds", "7"])
    assert "generated, seed 7" in result.stdout and "interval" not in result.stdout


def test_words_of_the_verdict():
    values = {"combinations": ("a", "b"), "chance": 0.2, "real": 0.9, "runs": {1: 0.5, 2: 0.5}, "mean": 0.5}
    assert RightCombinations(**values, interval=(0.41, 0.59)).as_text().endswith("at least twice chance: shown")
    assert RightCombinations(**values, interval=(0.39, 0.61)).as_text().endswith("at least twice chance: undecided")
    assert RightCombinations(**values, interval=(0.1, 0.39)).as_text().endswith("at least twice chance: refuted")


def test_other_labels_are_refused(folder):
    experiment = tiny_experiment(folder, 9)
    other = write_drawings(folder / "other", names=("Square", "Bar"))
    offer_as_synthetic(other, SYNTHETIC.folder(experiment).synthetic)
    with pytest.raises(DataError, match="has other labels than"):
        right_combinations(experiment, [9])
