"""The plan of a study: what it holds, when it is written, and that it is never replaced."""

import hashlib
import json

import pytest
from small_grid import write_manifest

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError, RunError
from medgan_tf.workflow.study_plan import (
    flat,
    note_plan,
    plan_path,
    planned,
    preregister,
    read_plans,
    results_in,
    without_folders,
)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def experiment(margin=0.05, **sections):
    return Experiment(name="study", classifier={"margin": margin}, **sections)


def add_result(name="cpd-seed1/classifier/result.json"):
    path = plan_path(experiment()).parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")


def stored():
    return json.loads(plan_path(experiment()).read_text())


def test_what_a_plan_holds():
    content = planned(experiment(data={"findings": ("Edema", "Fracture")}), [3, 1])
    assert (content["experiment"], content["seeds"], content["labels"]) == ("study", [1, 3], ["Edema", "Fracture"])
    values = flat(content["settings"])
    assert (values["classifier.margin"], values["data.split_seed"]) == (0.05, 0)
    assert values["evaluation.fid.extractor"] == "inception" and values["reader_study.margin"] == 0.1
    limit = "evaluation.privacy.thresholds.copies"
    assert values[f"{limit}.limit"] == 0.01 and "1 % false alarms" in values[f"{limit}.reason"]
    # What changes no result is no part of a plan, and the GAN is what is judged.
    assert "data.workers" not in values and not any(key.startswith(("gan.", "training.")) for key in values)


def test_no_folder_enters_a_plan():
    files = {"weights": "/models/of/somebody/net.h5"}
    data = {"root": "/data/of/somebody", "options": {"frontal_only": False}}
    content = planned(experiment(evaluation={"fid": {"extractor": "inception", **files}}, data=data))
    assert flat(content["settings"])["evaluation.fid.weights"] == "net.h5"
    assert "somebody" not in json.dumps(content) and "options" not in content["settings"]["data"]
    texts = ["a/b reasons for a limit", "D:\\models\\x\\net.h5", "~/x", "plain", "./models/a/"]
    assert without_folders(texts) == [texts[0], "net.h5", "x", "plain", "a"]


def test_the_labels_are_those_of_the_prepared_dataset():
    assert planned(experiment())["labels"] is None
    write_manifest("datasets/study", images=3)
    assert planned(experiment())["labels"] == ["Edema"]


def test_it_is_written_once_with_its_time_and_hash():
    first = preregister(experiment(), [1, 2])
    assert first.written and first.differences == () and first.plan.results == ()
    (kept,) = stored()["plans"]
    text = json.dumps([kept["made"], kept["results"], kept["content"], ""], sort_keys=True)
    assert kept["sha256"] == first.plan.sha256 == hashlib.sha256(text.encode()).hexdigest()
    before = plan_path(experiment()).read_bytes()
    again = preregister(experiment(), [1, 2])
    assert not again.written and again.plans == first.plans
    assert plan_path(experiment()).read_bytes() == before


def test_another_plan_never_replaces_it(caplog):
    preregister(experiment(), [1])
    before = plan_path(experiment()).read_bytes()
    other = note_plan(experiment(0.1), [1, 2])
    assert other.differences == ("seeds 1 -> 1, 2", "classifier.margin 0.05 -> 0.1")
    assert plan_path(experiment()).read_bytes() == before
    assert "says otherwise, and stays: seeds 1 -> 1, 2; classifier.margin 0.05 -> 0.1" in caplog.text


def test_a_further_plan_keeps_the_one_before_and_says_what_was_there():
    first = preregister(experiment(), [1, 2])
    add_result()
    add_result("cpd-seed1/evaluation/audit.json")
    add_result("cpd-gap/gap.json")
    again = preregister(experiment(0.1), again=True)
    assert again.written and len(again.plans) == 2 and again.plans[0] == first.plan
    assert again.plan.results == ("gap of cpd", "classifier of cpd-seed1", "audit of cpd-seed1")
    # The seeds were known to the plan before.
    assert again.plan.content["seeds"] == [1, 2]
    assert read_plans(stored()) == again.plans


def test_a_trained_gan_is_no_result():
    add_result("cpd-seed1/generator/saved_model.pb")
    add_result("cpd-seed1/config.yaml")
    add_result("cpd-seed1/classifier/state/last.npz")
    assert results_in(plan_path(experiment()).parent) == []
    add_result("real-seed1/classifier/predictions.csv")
    assert results_in(plan_path(experiment()).parent) == ["classifier of real-seed1"]


def test_what_was_open_is_added_while_there_are_no_results():
    preregister(experiment())
    write_manifest("datasets/study", images=3)
    done = preregister(experiment(), [1, 2])
    assert done.written and (done.plan.content["seeds"], done.plan.content["labels"]) == ([1, 2], ["Edema"])
    assert [plan.content["seeds"] for plan in done.plans] == [None, [1, 2]]


def test_after_results_nothing_is_added():
    preregister(experiment())
    add_result()
    assert not preregister(experiment(), [1, 2]).written
    # Not together with a change either.
    assert len(stored()["plans"]) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda values: values["plans"][0]["content"]["settings"]["classifier"].update(margin=0.2),
            "SHA-256 is another",
        ),
        (lambda values: values["plans"][0].update(made="2020-01-01T00:00:00+00:00"), "SHA-256 is another"),
        (lambda values: values["plans"][0].update(results=["gap of cpd"]), "SHA-256 is another"),
        (lambda values: values["plans"].pop(0), "SHA-256 is another"),
        (lambda values: values["plans"].clear(), "holds no plan"),
        (lambda values: values.pop("plans"), "'plans' is missing"),
        (lambda values: values.update(format_version=2), "another version"),
        (lambda values: values["plans"][0].update(content=[1]), "the plan cannot be read"),
        (lambda values: values["plans"][0]["content"].update(seeds=5), "its content is no plan"),
        (lambda values: values.update(plans=5), "the plan cannot be read"),
    ],
)
def test_a_plan_that_was_edited_is_refused(change, words):
    preregister(experiment())
    preregister(experiment(0.1), again=True)
    values = stored()
    change(values)
    plan_path(experiment()).write_text(json.dumps(values))
    with pytest.raises(DataError, match=words) as caught:
        preregister(experiment())
    assert "\n" not in str(caught.value)
    assert stored() == values


def test_a_file_that_is_no_json_stays_and_is_one_line():
    preregister(experiment())
    plan_path(experiment()).write_text("{")
    with pytest.raises(DataError, match="plan.json cannot be read: .*; restore it from a backup"):
        preregister(experiment(), again=True)
    assert plan_path(experiment()).read_text() == "{"


def test_a_folder_that_cannot_be_made_is_one_line(here):
    (here / "runs").write_text("in the way")
    with pytest.raises(RunError, match=r"cannot write runs/study/plan\.json: "):
        preregister(experiment())
