"""Which images are drawn: balanced, stratified, seeded, one per patient; and in which order."""

import collections
from dataclasses import replace

import numpy as np
import pytest
from study_parts import COMBINATIONS, pool

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.study.selection import draw_order, select_images


def random(seed=0):
    return np.random.default_rng(seed)


def combinations(images, rows):
    return collections.Counter(images.combinations[row] for row in rows)


def test_both_sides_have_the_same_combinations_in_their_shares():
    real = pool("real", 120, combinations=("Square", "Square", "Square", "Disc"))
    synthetic = pool("synthetic", 200, combinations=COMBINATIONS)
    chosen = select_images(real, synthetic, 40, 40, random())
    assert len(set(chosen.real.tolist())) == len(set(chosen.synthetic.tolist())) == 40
    drawn = combinations(real, chosen.real)
    assert drawn == combinations(synthetic, chosen.synthetic)
    # Places: 67 squares (as many as synthetic ones) and 30 discs; 40 of 97 of each, rounded up or down.
    assert drawn["Square"] in (27, 28) and drawn["Disc"] in (12, 13)


def test_every_place_has_the_same_chance():
    real, synthetic = pool("real", 12), pool("synthetic", 12)
    used = collections.Counter()
    for seed in range(2000):
        used.update(select_images(real, synthetic, 4, 4, random(seed)).real.tolist())
    # 2,000 draws of 4 of 12: 667 each; binomial standard deviation 21.
    assert min(used[row] for row in range(12)) > 667 - 90 and max(used.values()) < 667 + 90


def test_unequal_shares_fill_the_same_combinations():
    chosen = select_images(pool("real", 90), pool("synthetic", 90), 42, 18, random())
    assert (len(chosen.real), len(chosen.synthetic)) == (42, 18)
    assert combinations(pool("real", 90), chosen.real) == dict.fromkeys(COMBINATIONS, 14)
    assert combinations(pool("synthetic", 90), chosen.synthetic) == dict.fromkeys(COMBINATIONS, 6)


def test_seed_decides():
    draws = [select_images(pool("real", 60), pool("synthetic", 60), 9, 9, random(seed)).real for seed in (1, 1, 2)]
    assert draws[0].tolist() == draws[1].tolist() != draws[2].tolist()


def test_one_image_of_each_patient():
    patients = tuple(f"p{number // 6}" for number in range(60))
    real = pool("real", 60, patients=patients)
    chosen = select_images(real, pool("synthetic", 60), 8, 8, random(), one_per_patient=True)
    assert len({patients[row] for row in chosen.real}) == 8
    with pytest.raises(DataError, match="needs 20 images.* only 10 pairs .* or set reader_study.one_per_patient=false"):
        select_images(real, pool("synthetic", 60), 20, 20, random(), one_per_patient=True)
    assert len(select_images(real, pool("synthetic", 60), 20, 20, random(), one_per_patient=False).real) == 20


def test_oversampled_images_are_shown_once():
    images = pool("real", 30)
    doubled = replace(images, origins=tuple(images.origins[row // 2 * 2] for row in range(30)), patients=("",) * 30)
    chosen = select_images(doubled, pool("synthetic", 30), 12, 12, random())
    assert len({doubled.origins[row] for row in chosen.real}) == 12


def test_pools_that_do_not_fit():
    with pytest.raises(DataError, match="real images have the labels Square, Disc; synthetic ones Square, Ring"):
        select_images(pool("real", 9), pool("synthetic", 9, label_names=("Square", "Ring")), 3, 3, random())
    with pytest.raises(DataError, match="real images have 16x16 pixels, synthetic ones 32x32: expected the same size"):
        select_images(pool("real", 9), pool("synthetic", 9, side=32), 3, 3, random())
    with pytest.raises(DataError, match="have only 0 pairs of the same label combination"):
        select_images(
            pool("real", 9, combinations=("Disc",)), pool("synthetic", 9, combinations=("Square",)), 3, 3, random()
        )


@pytest.mark.parametrize("repeats, distance", [(5, 10), (20, 10), (10, 20)])
def test_repeats_come_late_enough_in_every_order(repeats, distance):
    images = [f"i{number}" for number in range(30)]
    again = {f"again {number}": f"i{number}" for number in range(repeats)}
    for seed in range(50):
        order = draw_order(images, again, distance, random(seed))
        assert sorted(order) == sorted([*images, *again])
        assert min(order.index(second) - order.index(first) for second, first in again.items()) >= distance


def test_orders_differ_and_all_images_come_first_equally_often():
    images = list("abcde")
    first = collections.Counter(draw_order(images, {}, 1, random(seed))[0] for seed in range(2000))
    assert min(first.values()) > 330 and max(first.values()) < 470
