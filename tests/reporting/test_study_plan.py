"""The page says `as planned` only of what was planned before there were results."""

import json
import shutil

import pytest
from report_pages import page_of, table_of
from result_files import LABELS, experiment_folder, fidelity, gap, privacy, write

from medgan_tf.config.schema import Experiment
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms
from medgan_tf.reporting.study_plan import answer_blocks, plan_checks
from medgan_tf.workflow.study_plan import preregister

SEEDS = (1000, 1001, 1002)
NO_PROOF = "Only a time stamp from outside, such as a registration of its SHA-256, proves that the plan came before"


@pytest.fixture
def output(tmp_path):
    return tmp_path / "runs"


def plan(output, margin=0.05, seeds=SEEDS, again=False, labels=LABELS, **privacy):
    experiment = Experiment(
        name="phantom",
        data={"findings": labels},
        classifier={"margin": margin},
        training={"output": str(output)},
        evaluation={"fid": {"extractor": "classifier"}, "privacy": privacy},
    )
    return preregister(experiment, seeds, again)


def measure(output, **changes):
    experiment_folder(output / "phantom", **{"privacy": privacy(), "fid-classifier": fidelity(), **changes})


def words(output):
    (check,) = plan_checks(read_results(output / "phantom", asked := rooms()), asked)
    return check.state, check.words


def day(registered):
    return registered.plan.made[:10]


def test_a_plan_that_is_what_was_measured(output, tmp_path):
    written = plan(output)
    measure(output)
    assert words(output) == ("as planned", f"as planned on {day(written)}, before there were results.")
    page, report = page_of(output / "phantom", tmp_path / "report")
    assert f"Was this planned? As planned on {day(written)}, before there were results." in page.text
    assert NO_PROOF in page.text and written.plan.sha256 in page.text
    _, rows = table_of(report, "plans")
    assert rows["phantom"] == [written.plan.made, "none", "yes", written.plan.sha256]


@pytest.mark.parametrize(
    ("planned", "difference"),
    [
        ({"margin": 0.1}, "classifier.margin 0.1 -> 0.05"),
        ({"labels": ["Edema"]}, "labels Edema -> Edema, Fracture"),
        ({"level": 0.9}, "evaluation.privacy.level 0.9 -> 0.95"),
        ({"seeds": (1000, 1001)}, "seeds 1002 were not planned"),
    ],
)
def test_whatever_was_measured_otherwise_is_said(output, planned, difference):
    written = plan(output, **planned)
    measure(output)
    assert words(output) == ("changed", f"changed after the plan of {day(written)}: {difference}.")


def test_a_limit_of_an_audit_that_is_another_one_is_said(output):
    plan(output)
    audit = privacy()
    audit["settings"]["thresholds"] = {"copies": {"limit": 0.2, "reason": "as we found it to be"}}
    measure(output, privacy=audit)
    state, text = words(output)
    assert state == "changed" and "evaluation.privacy.thresholds.copies.limit 0.01 -> 0.2" in text
    assert "evaluation.privacy.thresholds.copies.reason" in text and "as we found it to be" in text


def test_a_plan_after_the_results_is_none(output):
    measure(output)
    written = plan(output)
    state, text = words(output)
    assert state == "written after results"
    assert text == (
        f"the plan was written on {day(written)}, after these results were there: gap of cpd, fid-classifier of "
        "cpd-seed1000, privacy of cpd-seed1000, fid-classifier of cpd-seed1001 and 3 more."
    )


def test_a_plan_that_was_changed_after_the_results_does_not_hold(output, tmp_path):
    first = plan(output, margin=0.03)
    measure(output)
    again = plan(output, again=True)
    state, text = words(output)
    assert state == "changed"
    assert text.startswith(
        f"changed after the plan of {day(first)}: classifier.margin 0.03 -> 0.05. A further plan was written on "
        f"{day(again)}, after these results were there: gap of cpd, "
    )
    _, report = page_of(output / "phantom", tmp_path / "report")
    [file] = [file for file in report.files if file.name == "plans.csv"]
    rows = [line.split(",")[-2:] for line in file.read_text().splitlines()[1:]]
    assert rows == [["yes", first.plan.sha256], ["no", again.plan.sha256]]


def test_a_plan_that_was_changed_before_the_results_holds(output):
    first = plan(output, margin=0.03)
    again = plan(output, again=True)
    measure(output)
    assert words(output) == (
        "as planned",
        f"as planned on {day(again)}, before there were results; a plan of {day(first)} was changed before that.",
    )


def test_planned_seeds_that_are_missing(output):
    plan(output, seeds=(*SEEDS, 1003, 1004))
    measure(output)
    state, text = words(output)
    assert state == "as planned so far" and text.endswith("but not complete (missing seeds: 1003, 1004).")


def test_seeds_that_were_left_open_are_said_to_be(output):
    plan(output, seeds=None)
    measure(output)
    state, text = words(output)
    assert state == "as planned" and text.endswith("It does not say which seeds would be measured.")


def test_a_single_run_is_not_held_against_the_seeds(output):
    plan(output, seeds=(*SEEDS, 1003))
    measure(output)
    (check,) = plan_checks(read_results(output / "phantom" / "cpd-seed1000", asked := rooms()), asked)
    assert check.state == "as planned"


def test_no_plan(output, tmp_path):
    measure(output)
    assert words(output)[0] == "no plan"
    page, _ = page_of(output / "phantom", tmp_path / "report")
    assert (
        "Was this planned? No plan was written. Nothing shows that the margin and the limits were chosen" in page.text
    )
    assert "as planned on" not in page.text.lower()


@pytest.mark.parametrize("damage", ["{", "[]", "edited", "NaN"])
def test_a_damaged_plan_counts_as_none(output, tmp_path, damage):
    path = plan(output).path
    measure(output)
    if damage == "edited":
        values = json.loads(path.read_text())
        values["plans"][0]["content"]["settings"]["classifier"]["margin"] = 0.5
        damage = json.dumps(values)
    path.write_text(damage)
    state, text = words(output)
    assert state == "cannot be read" and text.startswith("the plan cannot be read: ") and "counts as no plan" in text
    page, _ = page_of(output / "phantom", tmp_path / "report")
    assert "as planned on" not in page.text.lower()


def test_each_experiment_has_its_own_and_many_are_counted(output):
    plan(output)
    measure(output)
    shutil.copytree(output / "phantom", output / "other")
    (output / "other" / "plan.json").unlink()
    asked = rooms()
    checks = plan_checks(read_results(output, asked), asked)
    assert {check.experiment: check.state for check in checks} == {"other": "no plan", "phantom": "as planned"}
    text = answer_blocks(checks)[1].text
    assert "other: no plan was written" in text and "phantom: as planned on" in text
    counted = answer_blocks([*checks] * 3)[1].text
    assert "3 of 6 experiments: as planned." in counted and "3 of 6 experiments: no plan." in counted


def test_seeds_of_each_gan_count(output):
    plan(output)
    measure(output)
    # Two of the three seeds of another GAN.
    write(output / "phantom" / "biggan-gap" / "gap.json", gap(architecture="biggan", seeds=SEEDS[:2], gaps=(0.1, 0.2)))
    for seed in SEEDS[:2]:
        shutil.copytree(output / "phantom" / f"cpd-seed{seed}", output / "phantom" / f"biggan-seed{seed}")
    assert words(output)[1].endswith("(missing seeds: 1002).")


def test_what_was_not_measured_is_not_compared(output):
    plan(output, margin=0.3)
    experiment_folder(output / "phantom", gaps=())
    assert words(output)[0] == "as planned so far"
