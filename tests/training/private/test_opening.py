"""The first start of a private training, and starts that fail at the label counts: which noise they get."""

import contextlib
from dataclasses import replace

import numpy as np
import pytest
from private_shapes import guarantee_of, ledger_of, private_experiment, secret_files

from medgan_tf.accounting.epsilon import epsilon
from medgan_tf.accounting.filed import checked_guarantee
from medgan_tf.accounting.guarantee import Charges
from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.conditions.columns import Conditions
from medgan_tf.errors import ConfigError, RunError
from medgan_tf.training.private import ledger, opening
from medgan_tf.training.private.opening import opened_training

FOUND = {"combinations": None, "delta": 1e-4}
"""Combinations are looked for. With the ordinary noise of 24 none of 36 patients' is above the threshold."""


def opened(folder, shapes, fold=None, resume=True, **dp):
    """A start up to the label counts. Returns what was opened; the files are closed again."""
    experiment = private_experiment(folder, dp=dp)
    run_folder(experiment).path.mkdir(parents=True, exist_ok=True)
    with opened_training(experiment, shapes, fold or shapes.read_fold("train"), Conditions(), resume) as found:
        return found


@pytest.fixture
def draws(monkeypatch):
    """The first random numbers of each draw of label counts."""
    seen, original = [], opening.noisy_counts

    def noted(experiment, names, labels, patients, delta, random, where):
        state = random.bit_generator.state
        seen.append(float(random.standard_normal()))
        random.bit_generator.state = state
        return original(experiment, names, labels, patients, delta, random, where)

    monkeypatch.setattr(opening, "noisy_counts", noted)
    return seen


def test_a_start_that_shows_no_combination_fails_again_with_the_same_draw(shapes, tmp_path, draws):
    for _ in range(3):
        with pytest.raises(RunError, match="no label combination can be shown"):
            opened(tmp_path, shapes, **FOUND)
    assert len(draws) == 3 and len(set(draws)) == 1
    # One key, named by the run folder, and one charge.
    assert secret_files(tmp_path)["key"].is_file() and len(ledger_of(tmp_path)["label_draws"]) == 1
    experiment = private_experiment(tmp_path, dp=FOUND)
    values = guarantee_of(experiment)
    assert values["noise"] == {"draws": 0, "forks": 0, "run": ledger_of(tmp_path)["run"]}
    assert values["label_counts"] is None
    assert checked_guarantee(values["guarantee"]).epsilon == epsilon(Charges(8 / 36, 2.0, 0, (24.0,), 1e-5), 1e-4)


def test_other_settings_draw_anew_and_are_charged_beside_the_first_draw(shapes, tmp_path, draws):
    with pytest.raises(RunError, match="no label combination"):
        opened(tmp_path, shapes, **FOUND)
    found = opened(tmp_path, shapes, **FOUND, label_noise=0.5)
    assert len(set(draws)) == 2
    charges = found.terms.charges(20)
    assert charges == Charges(8 / 36, 2.0, 20, (24.0, 0.5), pytest.approx(2e-5))
    assert found.terms.epsilon(20) > epsilon(Charges(8 / 36, 2.0, 20, (0.5,), 1e-5), 1e-4)
    # The training goes on with these terms and counts, and draws no more.
    again = opened(tmp_path, shapes, **FOUND, label_noise=0.5)
    assert again.terms == found.terms and len(draws) == 2
    np.testing.assert_array_equal(again.counts.counts, found.counts.counts)


def test_public_combinations_after_a_draw_that_showed_none(shapes, tmp_path, draws):
    with pytest.raises(RunError, match="no label combination"):
        opened(tmp_path, shapes, **FOUND)
    for _ in range(2):
        found = opened(tmp_path, shapes, delta=1e-4)
        assert found.terms.charges(0) == Charges(8 / 36, 2.0, 0, (24.0, 24.0), 1e-5)
    assert len(draws) == len(set(draws)) == 2


def test_draws_that_show_nothing_use_delta_up(shapes, tmp_path, draws):
    for number in range(9):
        with pytest.raises(RunError, match="no label combination"):
            opened(tmp_path, shapes, **FOUND, label_noise=24.0 + number)
    with pytest.raises(ConfigError, match="is used up: label combinations were looked for 9 times before"):
        opened(tmp_path, shapes, **FOUND, label_noise=40.0)
    assert len(draws) == 9


def test_a_start_that_is_killed_after_the_draw_draws_the_same(shapes, tmp_path, draws, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(ledger.Ledger, "keep_labels", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with contextlib.suppress(KeyboardInterrupt):
            opened(tmp_path, shapes)
    assert len(draws) == 1 and ledger_of(tmp_path)["label_counts"] is None
    opened(tmp_path, shapes)
    assert draws[0] == draws[1]


@pytest.mark.parametrize("what", ["labels", "patients"])
def test_other_labels_or_patients_get_other_noise(shapes, tmp_path, draws, monkeypatch, what):
    """Equal noise on two datasets would tell how they differ."""
    fold = shapes.read_fold("train")
    with monkeypatch.context() as patch:
        patch.setattr(ledger.Ledger, "keep_labels", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with contextlib.suppress(KeyboardInterrupt):
            opened(tmp_path, shapes, fold)
    values = getattr(fold, what).copy()
    values[0] = 1 - values[0] if what == "labels" else values[-1]
    opened(tmp_path, shapes, replace(fold, **{what: values}))
    assert draws[0] != draws[1]


def test_other_public_combinations_are_refused(shapes, tmp_path):
    opened(tmp_path, shapes)
    with pytest.raises(RunError, match=r"other public label combinations: Square, Disc, Square\|Disc; set"):
        opened(tmp_path, shapes, combinations=["Square", "Disc"])


def test_restart_takes_another_key(shapes, tmp_path, draws):
    for resume in (True, False):
        opened(tmp_path, shapes, resume=resume)
    assert draws[0] != draws[1] and secret_files(tmp_path)["key"].is_file()
