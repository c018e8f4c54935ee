"""Reports of stored predictions of five trainings: what one seed and five seeds may say.

`predictions/` holds drawn predictions for 90 patients with 120 images. In `alike` both classifiers have the same true
AUC (0.84, standard deviation over seeds 0.006); in `worse` the true gap is 0.14.
"""

from pathlib import Path

import pytest
from report_pages import page_of
from result_files import run_folder, write
from tiny_classifier import tiny_experiment

from medgan_tf.classification.predictions import read_predictions
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.files.result_files import plain

FOLDER = Path(__file__).with_name("predictions")
KINDS = ("real", "synthetic")


def scores_of(kind, seed):
    read = {name: read_predictions(FOLDER / kind / f"seed{seed}-{name}.csv") for name in KINDS}
    return SeedScores(seed, read, dict.fromkeys(KINDS, "0" * 64))


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """A function from the kind of predictions and the number of seeds to the gap and the report's text."""
    folder, known = tmp_path_factory.mktemp("stored"), {}

    def answer(kind, seeds):
        if (kind, seeds) not in known:
            work = folder / f"{kind}{seeds}"
            found = measure_gap(
                tiny_experiment(work / "made", seed=1000), [scores_of(kind, 1000 + s) for s in range(seeds)]
            )
            for seed in range(1000, 1000 + seeds):
                run_folder(work / "phantom" / f"cpd-seed{seed}", seed)
            write(work / "phantom" / "cpd-gap" / "gap.json", plain(found | {"experiment": "phantom"}))
            known[kind, seeds] = found, page_of(work / "phantom", work / "report")[0].text
        return known[kind, seeds]

    return answer


@pytest.mark.parametrize("kind", ["alike", "worse"])
def test_one_training_decides_nothing(answers, kind):
    found, text = answers(kind, 1)
    assert (found["verdict"]["finding"], found["verdict"]["against"]) == ("one training", "open")
    assert "Not decided: one training" in text
    assert "The loss is" not in text and "The whole interval lies" not in text


def test_five_trainings_that_are_alike(answers):
    found, text = answers("alike", 5)
    verdict = found["verdict"]
    assert (verdict["finding"], verdict["against"]) == ("equivalent", "below")
    assert -0.05 < verdict["low"] < 0 < verdict["high"] < 0.05
    assert "The loss is below the margin of 0.05" in text and "for this one split of the patients" in text
    assert "the two are equivalent within it" in text and "Not decided: one training" not in text


def test_five_trainings_that_are_worse(answers):
    found, text = answers("worse", 5)
    verdict = found["verdict"]
    assert (verdict["finding"], verdict["against"]) == ("worse", "above")
    assert 0.05 < verdict["low"] < 0.14 < verdict["high"]
    assert "The loss is above the margin of 0.05" in text and "for this one split of the patients" in text
    assert "is below the margin" not in text
