"""Candidates are whole patients; labels and numbers of images tell nothing; a fold's patients are nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from point_worlds import inputs_of, labelled, world_inputs

from medgan_tf.evidence.privacy.membership.candidates import candidates
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.metrics.bootstrap import patient_numbers
from medgan_tf.simulations.privacy.worlds import World


@pytest.fixture(scope="module")
def inputs():
    return world_inputs(World(200))


def _sizes(side):
    return np.sort(np.bincount(side.patients))


def test_both_sides_have_patients_of_equal_numbers_of_images(inputs):
    chosen = candidates(inputs)
    assert chosen.unit == "patients" and chosen.few > 150
    assert _sizes(chosen.members).tolist() == _sizes(chosen.non_members).tolist()
    assert set(_sizes(chosen.members)) == {1, 2, 3, 4}
    for side, whole in ((chosen.members, inputs.train), (chosen.non_members, inputs.held_out)):
        assert (whole.patients[side.rows] == side.names[side.patients]).all()
        # All images of a candidate are used.
        assert len(side.rows) == np.isin(whole.patients, side.names).sum()


def test_a_folds_patients_are_neither_reference_nor_null(inputs):
    chosen = candidates(inputs)
    for side, whole in ((chosen.members, inputs.train), (chosen.non_members, inputs.held_out)):
        scored = np.zeros(len(side.rows), int)
        for fold in range(chosen.folds):
            own, others = side.rows[side.in_fold(fold)], side.others(whole, fold)
            assert not set(whole.patients[own]) & set(whole.patients[others])
            assert len(others) + len(own) == len(whole)
            scored += side.in_fold(fold)
        assert (scored == 1).all()


def test_labels_are_matched(inputs):
    random = np.random.default_rng(0)
    # One label of a patient; rare among the held-out patients.
    sets = []
    for whole, share in ((inputs.train, 0.5), (inputs.held_out, 0.2)):
        numbers = patient_numbers(whole.patients)
        sets.append(labelled(whole, (random.random(numbers.max() + 1) < share)[numbers]))
    chosen = candidates(inputs_of(ReleaseSets(*sets, inputs.released)))
    shares = [
        whole.labels[side.rows].mean() for whole, side in zip(sets, (chosen.members, chosen.non_members), strict=True)
    ]
    assert shares[0] == shares[1] < 0.35


def test_patients_with_other_numbers_of_images_are_thinned(inputs):
    """Nine images of each training patient, and one of each held-out patient: one image of each is used."""
    train = replace(inputs.train, patients=np.array([f"t{row // 9}" for row in range(len(inputs.train))]))
    held_out = replace(inputs.held_out, patients=np.array([f"h{row}" for row in range(len(inputs.held_out))]))
    chosen = candidates(inputs_of(ReleaseSets(train, held_out, inputs.released)))
    assert set(_sizes(chosen.members)) == set(_sizes(chosen.non_members)) == {1}


def test_unknown_patients_are_images(inputs):
    sets = [replace(one, patients=np.full(len(one), "")) for one in (inputs.train, inputs.held_out)]
    chosen = candidates(inputs_of(ReleaseSets(*sets, inputs.released)))
    assert chosen.unit == "images" and len(chosen.members.rows) == len(chosen.members.folds)


def test_at_most_so_many_and_by_seed(inputs):
    few = inputs_of(ReleaseSets(inputs.train, inputs.held_out, inputs.released), images=60)
    first, again = candidates(few), candidates(few)
    other = candidates(replace(few, seed=2))
    assert first.few == 60 and first.members.rows.tolist() == again.members.rows.tolist()
    assert first.members.names.tolist() != other.members.names.tolist()
