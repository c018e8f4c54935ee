"""Rows of the attack on canaries, from scores that are made up."""

import math
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from private_runs import guarantee

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.evidence.privacy.answers import Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.canaries.answer import answer, scored
from medgan_tf.evidence.privacy.inputs import Model
from medgan_tf.evidence.privacy.settings import CanarySettings, PrivacyConfig
from medgan_tf.evidence.privacy.verdicts import BROKEN, HOLDS, NOTED, UNDECIDED, judge


def coins(count, seed=0):
    random = np.random.default_rng(seed)
    return np.array([f"p{n}" for n in range(count)]), random.random(count) < 0.5, random


def statuses(rows):
    return {row.name: row.status for row in judge(rows)}


def test_nothing_leaks():
    patients, inside, random = coins(2400)
    found = scored(patients, inside, {"density": random.normal(size=2400)}, PrivacyConfig(), 1)
    states = statuses(found.rows)
    assert states["canaries density"] == HOLDS and states["epsilon"] == NOTED
    assert found.rows[-1].words.startswith("no epsilon is refuted at delta 1e-05 (95% confidence): ")
    [rate] = [row for row in found.rows if row.name == "canaries_rate 1 %, density"]
    assert isinstance(rate, Finding) and rate.value == pytest.approx(0.01, abs=0.01)
    assert found.figures["canaries"]["in"] == inside.sum()
    out = (~inside).sum()
    assert found.notes == [
        f"{out} of 2400 canaries, and the patients of the reference generator, are not in the training set: the "
        "release has learned from fewer patients than there are"
    ]


def test_few_canaries_stay_undecided_and_name_how_many_would_do():
    patients, inside, random = coins(200)
    found = scored(patients, inside, {"density": random.normal(size=200)}, PrivacyConfig(), 1)
    auc, rate, epsilon = judge(found.rows)
    # n in and n out: SE = 1 / sqrt(6 n); (1.645 + 0.842) SE = 0.05 at n = 412.4.
    assert auc.status == UNDECIDED and auc.missing == (
        "about 826 canaries (data.canaries), if nothing leaks; there are 200"
    )
    assert (rate.status, rate.value) == (NOTED, pytest.approx(math.nan, nan_ok=True))
    assert "needs 1,000 canaries that are out, so about 2,000 in all" in rate.words
    assert epsilon.status == NOTED and "fewer than 65,987 canaries" in epsilon.words


def test_everybody_leaks():
    patients, inside, random = coins(400)
    scores = {"density": random.normal(size=400), "discriminator": inside + random.normal(size=400) / 4}
    found = scored(patients, inside, scores, PrivacyConfig(), 1)
    states = statuses(found.rows)
    assert states["canaries discriminator"] == BROKEN and states["canaries density"] != BROKEN
    figures = found.figures["canaries"]
    assert figures["epsilon"]["attack"] == "discriminator"
    assert (figures["epsilon"]["tried"], figures["epsilon"]["confidence"]) == (4, 0.95)
    # Nearly all of 360 guesses right; 0.05 / 4 for two attacks and two numbers of guesses.
    share = 0.0125 ** (1 / 360)
    ceiling = math.log(share / (1 - share))
    assert figures["epsilon"]["ceiling"] == pytest.approx(ceiling, abs=0.05)
    assert 2.5 < figures["epsilon"]["bound"] < ceiling
    listed = figures["attacks"]["discriminator"]["most_exposed"]
    assert len(listed) == 50 and listed[0]["score"] == max(scores["discriminator"][inside])


def test_a_claim_is_contradicted_or_not():
    patients, inside, random = coins(1000)
    scores = {"density": inside + random.normal(size=1000) / 6}
    for claim, expected in ((1.0, BROKEN), (8.0, NOTED)):
        settings = PrivacyConfig(canaries=CanarySettings(claimed_epsilon=claim))
        found = scored(patients, inside, scores, settings, 1)
        [row] = [row for row in judge(found.rows) if row.name == "epsilon"]
        assert row.status == expected
        assert ("contradicts the claim of epsilon 1" in row.words) == (claim == 1.0)
    assert "which does not show that it is right" in row.words


def test_in_and_out_exchanged_is_no_pass():
    patients, inside, random = coins(1000)
    found = scored(patients, inside, {"density": random.normal(size=1000) - inside}, PrivacyConfig(), 1)
    [row] = [row for row in judge(found.rows) if row.name == "canaries density"]
    assert row.status == UNDECIDED and "inputs look wrong" in row.words


def with_experiment(experiment):
    return SimpleNamespace(model=Model(experiment), settings=PrivacyConfig())


def test_without_canaries_it_is_a_remark():
    [row] = answer(with_experiment(Experiment(name="x"))).rows
    assert isinstance(row, Remark) and not row.warns
    assert row.words == "not executed: no canaries were set apart (data.canaries: 0)"
    assert answer(with_experiment(None)).rows == []


def test_a_missing_reference_is_a_question_without_an_answer(tmp_path):
    data = DataConfig(canaries=100, dataset_dir=str(tmp_path / "dataset"))
    [row] = answer(with_experiment(Experiment(name="x", data=data))).rows
    assert isinstance(row, Unanswered) and "dataset-canaries is missing; `medgan-tf prepare`" in row.reason


# --- the claim that a private training makes --------------------------------------------------------------------------


def claim_of(found, monkeypatch, **canaries):
    """The figures of the bound in an audit of a training with this guarantee."""
    patients, inside, random = coins(200)
    scores = {"density": random.normal(size=200)}
    strong = SimpleNamespace(patients=patients, inside=inside, scores=scores, missing={}, images=200, extractor={})
    # The module of the attack needs TensorFlow, which nothing here uses.
    name = "medgan_tf.evidence.privacy.canaries.strong_attack"
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(strong_attack=lambda *_: strong))
    filed = FiledGuarantee(found)
    model = Model(Experiment(name="x", data=DataConfig(canaries=200)), guarantee=filed)
    settings = PrivacyConfig(canaries=CanarySettings(**canaries))
    result = answer(SimpleNamespace(model=model, settings=settings, seed=1))
    figures = result.figures["canaries"]["epsilon"]
    return figures["claimed"], figures["delta"]


def test_a_guarantee_is_the_claim_that_is_tested(monkeypatch):
    assert claim_of(guarantee(2.5, 3e-6), monkeypatch) == (2.5, 3e-6)
    # What the settings claim comes first; nothing is claimed without noise, without a guarantee, or for patients by a
    # guarantee for images.
    assert claim_of(guarantee(2.5, 3e-6), monkeypatch, claimed_epsilon=1.0) == (1.0, 1e-5)
    assert claim_of(guarantee(float("inf")), monkeypatch) == (None, 1e-5)
    assert claim_of(guarantee(2.5, unit="image"), monkeypatch) == (None, 1e-5)
    assert claim_of(None, monkeypatch) == (None, 1e-5)
