"""Scores as in the published code, by hand; and that every result says so."""

import csv

import numpy as np
import pytest
from tiny_classifier import tiny_experiment

from medgan_tf.classification import published_code
from medgan_tf.classification.condition_table import condition_table
from medgan_tf.classification.conditions import REAL as REAL_ONE
from medgan_tf.classification.conditions import SYNTHETIC as SYNTHETIC_ONE
from medgan_tf.classification.plateau import plateau_state
from medgan_tf.classification.predictions import Predictions, write_predictions
from medgan_tf.classification.published_code import counted_predictions, published_code_line, validation_mean
from medgan_tf.classification.scores import score_predictions
from medgan_tf.config.schema import ClassifierConfig, OriginalCodeConfig
from medgan_tf.errors import DataError
from medgan_tf.evidence.importance.job import occlusion_settings
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores
from medgan_tf.evidence.utility.figures import conditions_figure, gap_figure
from medgan_tf.evidence.utility.gap_view import gap_view
from medgan_tf.evidence.utility.measure import measure_gap
from medgan_tf.evidence.utility.measure_comparison import compare_gaps
from medgan_tf.evidence.utility.read_seeds import read_seed
from medgan_tf.evidence.utility.table import gap_table, write_gap_csv

NAMES = ("A", "B", "Never")
TRUTH = np.array([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], np.float64)
# Pairs won: A 4 of 4, B 2 of 4; with the others A 1 of 4, B 1 of 4.
REAL = [[0.9, 0.2, 0.5], [0.8, 0.9, 0.5], [0.2, 0.3, 0.5], [0.1, 0.1, 0.5]]
SYNTHETIC = [[0.1, 0.1, 0.5], [0.6, 0.2, 0.5], [0.5, 0.3, 0.5], [0.9, 0.4, 0.5]]
FLIPPED = ("auc_flipped",)


def predictions(scores):
    names = np.array(["i0", "i1", "i2", "i3"])
    return Predictions(NAMES, names, np.char.add("p", names), TRUTH, np.array(scores))


def switched(experiment, source="chexpert", **switches):
    data = experiment.data.model_copy(update={"source": source})
    return experiment.model_copy(update={"data": data, "original_code": OriginalCodeConfig(**switches)})


@pytest.fixture
def experiment(tmp_path):
    return tiny_experiment(tmp_path)


@pytest.fixture
def seeds():
    parts = {"real": predictions(REAL), "synthetic": predictions(SYNTHETIC)}
    return [SeedScores(7, parts, dict.fromkeys(parts, "0" * 64))]


def test_flipped_scores_of_one_classifier():
    honest = score_predictions(predictions(SYNTHETIC))
    assert [honest["labels"][name]["auc"] for name in "AB"] == [0.25, 0.25]
    assert (honest["mean_auc"], honest["flipped"], honest["undefined"]) == (0.25, [], ["Never"])
    flipped = score_predictions(predictions(SYNTHETIC), switches=FLIPPED)
    assert [flipped["labels"][name]["auc"] for name in "AB"] == [0.75, 0.75]
    assert (flipped["mean_auc"], flipped["flipped"], flipped["undefined"]) == (0.75, ["A", "B"], ["Never"])
    assert np.isnan(flipped["labels"]["Never"]["auc"])
    # Two patients have the finding.
    assert flipped["labels"]["A"]["auc_interval"]["how"] == "too few"
    # What is no AUC stays.
    assert flipped["labels"]["A"]["brier"] == honest["labels"]["A"]["brier"]


def test_flipped_gap(experiment, seeds):
    honest, flipped = measure_gap(experiment, seeds), measure_gap(switched(experiment, auc_flipped=True), seeds)
    for gap, values, mean in ((honest, [0.75, 0.25], 0.5), (flipped, [0.25, -0.25], 0.0)):
        assert [gap["gap"]["labels"][name]["values"][0] for name in "AB"] == values
        assert gap["gap"]["mean"]["values"] == [mean]
    assert (honest["original_code"], flipped["original_code"]) == ([], ["auc_flipped"])
    assert honest["conditions"]["synthetic"]["flipped"] == [[]]
    # 0.5 is not below 0.5.
    assert flipped["conditions"]["real"]["flipped"] == [[]]
    assert flipped["conditions"]["synthetic"]["flipped"] == [["A", "B"]]
    assert flipped["conditions"]["synthetic"]["mean_auc"]["values"][0] >= 0.5


def test_the_gap_says_so_everywhere(experiment, seeds, tmp_path):
    honest, flipped = measure_gap(experiment, seeds), measure_gap(switched(experiment, auc_flipped=True), seeds)
    table = gap_table(flipped)
    assert "as in the published code: AUC below 0.5 flipped (2 labels, marked *)" in table.splitlines()
    rows = {line.split()[0]: line.split() for line in table.splitlines() if line}
    assert rows["A"][1:4] == ["2", "1.0000", "0.7500*"] and rows["mean"][1:4] == ["2", "0.7500", "0.7500*"]
    assert "*" not in gap_table(honest) and "published" not in gap_table(honest)
    for gap, names in ((honest, {"auc_real", "auc_synthetic", "gap"}),
                       (flipped, {"auc_real_flipped", "auc_synthetic_flipped", "gap_flipped"})):  # fmt: skip
        write_gap_csv(tmp_path / "gap.csv", gap)
        with open(tmp_path / "gap.csv", newline="") as file:
            assert {row["quantity"] for row in csv.DictReader(file)} == names
    for draw in (lambda gap: gap_figure(gap_view(gap), "margin"), conditions_figure):
        titles = [draw(gap).axes[0].get_title() for gap in (honest, flipped)]
        assert titles[1] == f"{titles[0]}\nAUC below 0.5 flipped, as in the published code"
    compared = gap_table(flipped, compare_gaps(flipped, honest))
    assert "first: drawings (cpd; as in the published code: AUC below 0.5 flipped)" in compared
    assert "second: drawings (cpd)\n" in compared


def test_a_gap_of_another_dataset_is_refused(experiment):
    """The switch that is asked for must be in the predictions that are there."""
    switches = {"random_patient_split": True, "undefined_validation_auc_zero": True, "auc_flipped": True}
    split = switched(experiment, **switches)
    for condition, scores in ((REAL_ONE, REAL), (SYNTHETIC_ONE, SYNTHETIC)):
        folder = condition.folder(experiment).classifier
        folder.mkdir(parents=True)
        write_predictions(folder / "predictions.csv", predictions(scores))
        (folder / "result.json").write_text('{"original_code": ["auc_flipped"]}')
    assert measure_gap(experiment, [read_seed(experiment)])["original_code"] == []
    message = (
        "belongs to a dataset with original_code off, this experiment has random_patient_split; change original_code"
    )
    with pytest.raises(DataError, match=message):
        read_seed(split)
    for condition in (REAL_ONE, SYNTHETIC_ONE):
        (condition.folder(experiment).classifier / "result.json").write_text(
            '{"original_code": ["random_patient_split"]}'
        )
    assert measure_gap(split, [read_seed(split)])["original_code"] == ["random_patient_split", "auc_flipped"]
    with pytest.raises(DataError, match="with original_code random_patient_split, this experiment has off"):
        read_seed(experiment)


def test_the_table_of_classifiers_says_so():
    results = {
        name: {
            "condition": name,
            "label_names": list(NAMES),
            "original_code": list(FLIPPED),
            "test": score_predictions(predictions(scores), switches=FLIPPED),
        }
        for name, scores in (("real", REAL), ("synthetic", SYNTHETIC))
    }
    lines = condition_table(results).splitlines()
    assert next(line for line in lines if line.startswith("B")).split() == ["B", "2", "0.5000", "0.7500*"]
    assert lines[-1] == "as in the published code: AUC below 0.5 flipped (2 labels, marked *)"
    del results["synthetic"]
    assert condition_table(results).splitlines()[-1] == "as in the published code: AUC below 0.5 flipped (no label)"


def test_the_last_brain_image_is_dropped(experiment, seeds):
    """Without the last image: A 2 of 2, B 0 of 2."""
    test = score_predictions(predictions(REAL), switches=("last_brain_image_dropped",))
    assert (test["images"], test["labels"]["A"]["auc"], test["labels"]["B"]["auc"]) == (3, 1.0, 0.0)
    for source, count in (("rsna", 3), ("chexpert", 4)):
        switches = published_code.classifier_switches(switched(experiment, source, last_brain_image_dropped=True))
        assert len(counted_predictions(predictions(REAL), switches).image_ids) == count
    one = Predictions(NAMES, np.array(["i"]), np.array(["p"]), TRUTH[:1], TRUTH[:1])
    assert counted_predictions(one, ("last_brain_image_dropped",)) is one


def test_an_undefined_validation_auc_counts_as_zero():
    assert validation_mean([0.8, None, 0.6], ()) == pytest.approx(0.7)
    assert validation_mean([0.8, None, 0.6], ("undefined_validation_auc_zero",)) == pytest.approx(1.4 / 3)


def test_zeros_do_not_change_the_course_of_training():
    """Why the switch need not train again: one label of three undefined makes 2/3 of every epoch's mean."""
    aucs = [0.700, 0.750, 0.740, 0.760, 0.760, 0.755, 0.761, 0.760, 0.759, 0.760]
    for epochs in range(1, len(aucs) + 1):
        plain = plateau_state(aucs[:epochs], ClassifierConfig())
        lower = plateau_state([validation_mean([auc, auc, None], ("undefined_validation_auc_zero",))
                               for auc in aucs[:epochs]], ClassifierConfig())  # fmt: skip
        assert lower.best == pytest.approx(plain.best * 2 / 3)
        assert (lower.best_epoch, lower.learning_rate, lower.stop) == (
            plain.best_epoch,
            plain.learning_rate,
            plain.stop,
        )


def test_the_patch(experiment):
    on = switched(experiment, occlusion_patch_4=True)
    assert (occlusion_settings(experiment).patch, occlusion_settings(on).patch) == (2, 4)
    occlusion = on.evaluation.occlusion.model_copy(update={"patch": 8})
    own = on.model_copy(update={"evaluation": on.evaluation.model_copy(update={"occlusion": occlusion})})
    assert occlusion_settings(own) is occlusion


def test_every_switch_has_words():
    names = tuple(OriginalCodeConfig.model_fields)
    line = published_code_line(names, ["A", "A"], "*")
    assert line.startswith("as in the published code: patients split without strata; combinations above 110 images; ")
    assert "flipped (1 label, marked *)" in line and line.count(";") == len(names) - 1
    assert published_code_line(()) == ""
