"""The row of the verifier: planted patients are found, others are not, and what it cannot do is said."""

from dataclasses import replace

import numpy as np
import pytest
from patient_textures import patient_images

from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.answers import Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.identity.answer import Recognition, answer
from medgan_tf.evidence.privacy.identity.measure import recompressed
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.privacy.verdicts import BROKEN, judge
from medgan_tf.metrics.one_sided import share_limits
from medgan_tf.presentation.progress import Silent
from medgan_tf.presentation.steps import Steps

SMALL = {"width": 8, "embedding": 16, "steps": 80, "pairs": 32}


def inputs(train, held_out, synthetic, **identity):
    settings = PrivacyConfig(identity={**SMALL, **identity}, listed=5)
    return PrivacyInputs(train, held_out, synthetic, synthetic, settings, 1, None, Steps(Silent()))


def released(*sets):
    """Images as somebody would release them: nobody knows whom they show."""
    images, labels = (np.concatenate([getattr(one, name) for one in sets]) for name in ("images", "labels"))
    numbers = np.array([f"s{number}" for number in range(len(images))])
    return ImageSet("synthetic", "made", images, labels, sets[0].label_names, "0" * 64, image_ids=numbers)


@pytest.fixture(scope="module")
def world():
    """100 training patients with three images, of which the third is kept aside, 90 held-out ones, and others."""
    whole, held_out = patient_images("training", 100, 3, 1), patient_images("held-out", 90, 2, 2)
    aside = np.arange(300) % 3 == 2
    return whole.take(~aside), held_out, whole.take(aside), patient_images("others", 150, 2, 3)


@pytest.fixture(scope="module")
def clean(world):
    train, held_out, _, others = world
    return answer(inputs(train, held_out, released(others)))


def test_images_of_other_patients_are_not_taken_for_training_patients(clean):
    (row,), figures = clean.rows, clean.figures["identity"]
    assert isinstance(row, Finding) and judge([row])[0].status != BROKEN
    assert row.limits(0.95)[0] < 0 < row.limits(0.95)[1] and figures["recognises"] == "patients"
    # The verifier could have found them.
    assert figures["verifier"]["limits"]["low"] > 0.85 and figures["verifier"]["patients"] == 90
    power = figures["planted"]["another image of the patient"]
    assert power["planted"] == 100 and power["found"] >= 5
    assert figures["planted"]["recompressed copy"]["found"] > 90
    assert clean.notes == []


def test_other_images_of_training_patients_are_found(world):
    """A quarter of the released images show training patients, in images that were not in the training set."""
    train, held_out, aside, others = world
    found = answer(inputs(train, held_out, released(others, aside)))
    (row,), figures = found.rows, found.figures["identity"]
    assert judge([row])[0].status == BROKEN, row
    # Of the 400 released images the last 100 show a patient each, in the order of the patients.
    right = [one["patient"] == f"1-p{int(one['synthetic_id'][1:]) - 300}" for one in figures["list"]]
    assert len(right) == 5 and sum(right) >= 4
    assert figures["matches"] > 3 * figures["by_chance"] and "matches of training patients with 400" in row.words
    assert all(one["above_threshold"] > 0 for one in figures["list"])


def test_without_second_images_it_recognises_altered_copies(world):
    train, held_out, _, others = world
    first = np.arange(200) % 2 == 0
    copies = replace(train, images=recompressed(train.images)).take(np.arange(60) * 2)
    held_out = held_out.take(np.arange(180) % 2 == 0)
    found = answer(inputs(train.take(first), held_out, released(others, copies)))
    (row,), figures = found.rows, found.figures["identity"]
    assert figures["recognises"] == "altered copies" and "altered copies of an image, not patients" in row.words
    assert list(figures["planted"]) == ["altered copy", "recompressed copy"]
    assert "0 training patients and 0 held-out patients have two images or more" in found.notes[0]
    assert "not a patient" in found.notes[0] and judge([row])[0].status == BROKEN


def test_too_few_patients_and_a_question_that_is_not_asked(world):
    train, held_out, _, others = world
    few = answer(inputs(train, held_out.take(np.arange(60)), released(others)))
    assert isinstance(few.rows[0], Unanswered)
    assert "the held-out set has 30: 10 are missing" in few.rows[0].reason
    off = answer(inputs(train, held_out, released(others), enabled=False))
    assert (
        isinstance(off.rows[0], Remark) and "switched off by evaluation.privacy.identity.enabled" in off.rows[0].words
    )
    late = answer(inputs(train, held_out, released(others), seconds=1e-9))
    assert "took longer than 1e-09 s" in late.rows[0].reason


def limits(low, high):
    return lambda confidence: (low, high)


def test_what_the_verifier_misses_widens_the_upper_limit():
    found = Recognition(0.001, limits(-0.002, 0.004), 0.9, limits(0.8, 0.95), 40, 100)
    known = share_limits(40, 100)(0.975)[0]
    assert found.limits(0.95) == (-0.002, pytest.approx(0.004 / known)) and 0.3 < known < 0.4
    # With 3 of 100 found, hardly anything would be seen.
    assert replace(found, found=3).limits(0.95)[1] > 0.4
    assert replace(found, found=0).limits(0.95) == (-0.002, 1.0)


def test_a_verifier_that_guesses_decides_nothing():
    found = Recognition(0.0, limits(-0.002, 0.0001), 0.52, limits(0.5, 0.54), 90, 100)
    assert found.sensitivity(0.95) == 0 and found.limits(0.95)[1] == 1
