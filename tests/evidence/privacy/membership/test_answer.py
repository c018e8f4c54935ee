"""Rows of the membership attacks: judged by patient, with a null, and honest about what is missing."""

from dataclasses import replace

import numpy as np
import pytest
from point_worlds import inputs_of, labelled, world_inputs

from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.answers import Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.inputs import Model
from medgan_tf.evidence.privacy.membership import answer as module
from medgan_tf.evidence.privacy.membership.answer import answer
from medgan_tf.evidence.privacy.membership.candidates import candidates
from medgan_tf.evidence.privacy.questions import question
from medgan_tf.evidence.privacy.verdicts import judge
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.simulations.privacy.worlds import PointExtractor, World


@pytest.fixture(scope="module")
def clean():
    inputs = world_inputs(World(300))
    return inputs, answer(inputs)


@pytest.fixture(scope="module")
def leaking():
    inputs = world_inputs(World(1100, "memorised", 0.1))
    return inputs, answer(inputs)


def _row(found, name):
    return next(row for row in found.rows if row.name == name)


def test_rows_have_questions_and_are_judged(clean):
    _, found = clean
    names = [row.name for row in found.rows]
    assert names == ["distance patient", "distance_rate 1 %", "density patient", "density_rate 1 %", "folds"]
    assert all(question(name) for name in names)
    assert [one.status for one in judge(found.rows)].count("broken") == 0


def test_a_small_audit_names_what_is_missing(clean):
    inputs, found = clean
    there = candidates(inputs).few
    row = _row(found, "distance_rate 1 %")
    assert np.isnan(row.value) and all(map(np.isnan, row.limits(0.95)))
    assert row.missing == f"1,000 held-out patients for a rate of 1 % false alarms; there are {there}"
    assert judge([row])[0].status == "undecided"
    assert any("0.1 % false alarms are not shown: that needs 10,000 held-out patients" in note for note in found.notes)


def test_memorised_patients_break_the_share_found_and_are_listed(leaking):
    inputs, found = leaking
    row = _row(found, "distance_rate 1 %")
    assert judge([row])[0].status == "broken" and row.value == pytest.approx(0.11, abs=0.03)
    assert row.limits(0.95)[0] < row.value < row.limits(0.95)[1]
    assert "of 1,0" in row.words and "false alarms among" in row.words
    exposed = found.figures["membership"]["distance"]["most_exposed"]
    assert len(exposed["list"]) == inputs.settings.listed
    assert set(one["patient"] for one in exposed["list"]) <= set(inputs.train.patients)
    scores = [one["score"] for one in exposed["list"]]
    assert scores == sorted(scores, reverse=True) and exposed["list"][0]["non_members_above"] == 0
    above = exposed["above_every_non_member"]
    assert above["members"] > 40 and above["expected"] == pytest.approx(1, abs=0.01) and above["p"] < 1e-9


def test_the_listed_patients_are_those_memorised():
    """Copies of one image of ten known patients: all ten are at the head of the list."""
    inputs = world_inputs(World(150))
    known = np.unique(inputs.train.patients)[:10]
    rows = [int(np.flatnonzero(inputs.train.patients == name)[0]) for name in known]
    images = inputs.released.images.copy()
    images[:10] = inputs.train.images[rows]
    found = answer(inputs_of(ReleaseSets(inputs.train, inputs.held_out, replace(inputs.released, images=images))))
    attacked = set(candidates(inputs).members.names) & set(known)
    first = [one["patient"] for one in found.figures["membership"]["distance"]["most_exposed"]["list"][: len(attacked)]]
    assert len(attacked) >= 5 and set(first) == attacked


def test_a_shift_is_not_broken_and_is_said():
    found = answer(world_inputs(World(400, shift=1.0)))
    verdicts = {one.name: one for one in judge(found.rows)}
    assert verdicts["distance patient"].status == "undecided" and verdicts["folds"].status == "caution"
    assert "differ for another reason than training" in verdicts["distance patient"].words
    assert verdicts["distance patient"].missing.startswith("training and held-out images that do not differ")
    assert found.figures["membership"]["distance"]["auc"]["raw"] > 0.56


def test_swapped_sets_are_no_pass():
    found = answer(world_inputs(World(400, "memorised", 1.0, swapped=True)))
    verdict = next(one for one in judge(found.rows) if one.name == "distance patient")
    assert verdict.status == "undecided" and "the inputs look wrong" in verdict.words


def test_images_without_patients_are_no_patients():
    inputs = world_inputs(World(120))
    sets = [replace(one, patients=np.full(len(one), "")) for one in (inputs.train, inputs.held_out)]
    found = answer(inputs_of(ReleaseSets(*sets, inputs.released)))
    assert found.rows[0].name == "distance image" and "(images)" in found.rows[0].words
    assert not any("patients)" in row.words for row in found.rows if isinstance(row, Finding))
    assert all(one["patient"] == "" for one in found.figures["membership"]["distance"]["most_exposed"]["list"])


def test_too_few_patients_leave_rows_undecided():
    inputs = world_inputs(World(100))
    found = answer(inputs_of(ReleaseSets(inputs.train, inputs.held_out, inputs.released), smallest=99))
    assert [(one.name, one.status) for one in judge(found.rows)] == [
        ("distance patient", "undecided"), ("density patient", "undecided"),
    ]  # fmt: skip
    assert "99 held-out patients" in found.rows[0].missing and found.figures["membership"] == {}


def test_the_discriminator():
    inputs = world_inputs(World(120))
    members = {image.tobytes() for image in inputs.train.images}
    sets = [labelled(one, np.zeros(len(one))) for one in (inputs.train, inputs.held_out, inputs.released)]
    inputs = inputs_of(ReleaseSets(*sets))

    def knows(images, labels, covariates):
        return np.array([float(image.tobytes() in members) for image in images])

    found = answer(replace(inputs, model=Model(discriminator=knows)))
    assert {one.name: one.status for one in judge(found.rows)}["discriminator patient"] == "broken"
    assert found.figures["membership"]["discriminator"]["auc"]["raw"] == 1
    assert [one["discriminator_auc"] for one in found.combinations.values()] == [1]
    found = answer(replace(inputs, model=Model(discriminator=lambda images, labels, covariates: np.zeros(len(images)))))
    assert {one.name: one.status for one in judge(found.rows)}["discriminator patient"] != "broken"
    found = answer(replace(inputs, model=Model(discriminator=DataError("the run has no checkpoint"))))
    assert Unanswered("discriminator", "the run has no checkpoint") in found.rows


class _Described(PointExtractor):
    """Points, under another name."""

    def __init__(self, name, comparable=True):
        super().__init__()
        self.description = replace(self.description, name=name, comparable=comparable)


def test_features_that_never_saw_the_images(monkeypatch):
    inputs = world_inputs(World(120))
    inputs.store.extractor = _Described("classifier")
    remark = _row(answer(inputs), "features")
    assert isinstance(remark, Remark) and remark.warns and "second_extractor" in remark.words
    monkeypatch.setattr(module, "load_extractor", lambda name, request: _Described(name, comparable=name != "random"))
    second = replace(inputs, settings=inputs.settings.model_copy(update={"second_extractor": "random"}))
    found = answer(second)
    names = [row.name for row in found.rows]
    assert "distance patient, features of random" in names and "features" not in names
    assert found.figures["membership_second"]["extractor"]["name"] == "random"
    # The same points: the same scores.
    first, other = (found.figures[key]["density"]["auc"]["raw"] for key in ("membership", "membership_second"))
    assert first == other
    assert any("'random' is for smoke runs" in note for note in found.notes)


def test_a_second_extractor_without_weights_is_a_row():
    inputs = world_inputs(World(120))
    second = replace(inputs, settings=inputs.settings.model_copy(update={"second_extractor": "radiology"}))
    rows = [row for row in answer(second).rows if isinstance(row, Unanswered)]
    assert [row.name for row in rows] == ["distance radiology", "density radiology"]
