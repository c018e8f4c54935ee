"""Every released image is looked at, whatever the audit thins elsewhere."""

from dataclasses import replace

import numpy as np
from pixel_worlds import picture_inputs, picture_set

from medgan_tf.evidence.privacy.copies.census import census


def sets(random, released):
    return (
        picture_set("training", 400, random),
        picture_set("held-out", 300, random),
        picture_set("made", released, random),
    )


def test_copies_outside_the_thinned_set_are_counted():
    """300 verbatim images among 1,000, none of them among the 600 that the searches look at."""
    random = np.random.default_rng(0)
    train, held_out, made = sets(random, 1000)
    looked_at = picture_inputs(train, held_out, made, images=600).synthetic.image_ids
    outside = np.flatnonzero(~np.isin(made.image_ids, looked_at))[:300]
    images = made.images.copy()
    images[outside] = train.images[:300]
    found = census(picture_inputs(train, held_out, replace(made, images=images), images=600))
    (row,) = found.rows
    assert (row.name, row.count, row.of) == ("identical", 300, 1000)
    listed = found.figures["census"]["list"]
    assert [one["synthetic_id"] for one in listed] == made.image_ids[outside].tolist()
    assert [one["patient"] for one in listed] == train.patients[:300].tolist()
    assert f"{made.image_ids[outside[0]]} is of patient training-p0" in row.words and "and 295 more" in row.words


def test_kinds_and_sets_are_named():
    random = np.random.default_rng(1)
    train, held_out, made = sets(random, 100)
    images = made.images.copy()
    images[3] = np.rot90(train.images[7])
    images[4] = 255 - held_out.images[8]
    images[5, 1:] = train.images[9, :-1]
    images[6] = 0
    train.images[0] = 0
    found = census(picture_inputs(train, held_out, replace(made, images=images)))
    figures = found.figures["census"]
    assert {one["row"]: (one["kind"], one["set"], one["patient"]) for one in figures["list"]} == {
        3: ("rotated by 270 degrees", "training", "training-p7"),
        4: ("exact, inverted", "held-out", "held-out-p8"),
        5: ("exact, shifted by a pixel", "training", "training-p9"),
    }
    assert (figures["equal"], figures["blank"], figures["real_blank"]) == (3, 1, 1)
    assert figures["folds"] == {"training": 2, "held-out": 1}
    count, remark = found.rows
    assert count.count == 3 and remark.warns
    assert remark.words.startswith("1 released images and 1 real ones have one grey level everywhere")


def test_a_clean_set():
    train, held_out, made = sets(np.random.default_rng(2), 100)
    (row,) = census(picture_inputs(train, held_out, made)).rows
    assert row.count == 0 and row.words.startswith("none of all 100 released images is one of 400 training and 300")
