"""Pairs for a verifier: two of one patient, and others that differ from them in nothing but the patient."""

from dataclasses import replace

import numpy as np
import pandas as pd
from patient_textures import patient_images

from medgan_tf.evidence.privacy.identity.pairs import (
    Known,
    batches,
    copies_of_themselves,
    other_pairs,
    own_pairs,
    several,
)


def known(patients, strata=None, views=None):
    count = len(patients)
    blank = np.full(count, "")
    return Known(
        np.zeros((count, 4, 4, 1), np.uint8),
        np.array(patients),
        blank if views is None else np.array(views),
        blank if strata is None else np.array(strata),
    )


def test_strata_are_label_combination_and_view():
    images = patient_images("training", 2, 2, 1)
    about = pd.DataFrame({"sex": list("FFMM"), "age": np.int16([1, 2, 3, 4]), "view": ["PA", "AP", "", "PA"]})
    found = Known.of(replace(images, covariates=about))
    assert found.strata.tolist() == ["(none); PA", "A; AP", "(none); ", "A; PA"]
    assert found.patients.tolist() == [0, 0, 1, 1]
    assert Known.of(replace(images, patients=np.full(4, ""))).patients.tolist() == [0, 1, 2, 3]


def test_each_patient_with_two_images_gives_one_pair():
    images = known([0, 1, 1, 2, 2, 2, 3, 4, 4], views=["PA"] * 7 + ["lateral", "AP"])
    drawn = set()
    for seed in range(20):
        pairs = own_pairs(images, np.random.default_rng(seed))
        assert sorted(images.patients[pairs[:, 0]]) == [1, 2] and (pairs[:, 0] != pairs[:, 1]).all()
        assert (images.patients[pairs[:, 0]] == images.patients[pairs[:, 1]]).all()
        drawn |= {tuple(pair) for pair in pairs.tolist()}
    # All orders of all images; a lateral view and another make no pair.
    assert drawn == {(1, 2), (2, 1), (3, 4), (4, 3), (3, 5), (5, 3), (4, 5), (5, 4)}
    assert several(images) == 2 and several(known([0, 1, 2])) == 0


def test_copies_are_of_one_image_of_each_patient():
    images = known([0, 1, 1, 2])
    pairs = copies_of_themselves(images, np.random.default_rng(0))
    assert sorted(images.patients[pairs[:, 0]]) == [0, 1, 2] and (pairs[:, 0] == pairs[:, 1]).all()


def test_others_have_the_stratum_of_the_patients_second_image():
    images = known([0, 0, 1, 2, 2, 3], ["a", "b", "b", "a", "b", "c"])
    pairs = np.array([[0, 1], [1, 0], [4, 3], [5, 5]])
    drawn = {
        tuple(pair) for seed in range(20) for pair in other_pairs(pairs, images, np.random.default_rng(seed)).tolist()
    }
    # Of 3's stratum c there is nobody else.
    assert drawn == {(0, 2), (0, 4), (1, 3), (4, 0)}


def test_batches_hold_every_pair_once_and_few_strata():
    strata = np.array(["a"] * 40 + ["b"] * 24)
    parts = list(batches(strata, 8, np.random.default_rng(0)))
    assert sorted(np.concatenate(parts).tolist()) == list(range(64))
    assert all(len(set(strata[part])) == 1 for part in parts)
    # A pair alone has nobody to be compared with.
    assert [len(part) for part in batches(strata[:9], 8, np.random.default_rng(0))] == [8]
