"""The rows about copies, judged as the audit judges them, in worlds whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from pixel_worlds import picture_inputs, picture_set

from medgan_tf.evidence.privacy.copies.answer import answer
from medgan_tf.evidence.privacy.copies.disguises import disguised
from medgan_tf.evidence.privacy.verdicts import judge

JUDGED = ["identical", "authenticity", "data_copying", "copies", "power", "reidentification"]


def verdicts_of(inputs):
    found = answer(inputs)
    return {verdict.name: verdict for verdict in judge(found.rows)}, found


def noised(made, train, count, random):
    images = made.images.copy()
    images[:count] = disguised(train.images[random.integers(0, len(train), count)], "noised", random)
    return replace(made, images=images)


def test_no_leak_among_thousands_holds_and_two_percent_break():
    random = np.random.default_rng(0)
    train, held_out, made = (
        picture_set(name, 2500, random, most) for name, most in (("training", 2), ("held-out", 2), ("made", 1))
    )
    clean, found = verdicts_of(picture_inputs(train, held_out, made))
    assert list(clean) == JUDGED
    # The two other rows have wider limits and hold in most worlds of this size, not in all.
    assert all(clean[name].status == "holds" for name in ("identical", "copies", "power", "reidentification"))
    assert all(verdict.status != "broken" for verdict in clean.values())
    assert found.figures["planted_leaks"]["smallest"] == {"flipped": 0.02, "noised": 0.02, "recompressed": 0.02}
    assert "2.0% or more noised" in clean["copies"].words
    leak, found = verdicts_of(picture_inputs(train, held_out, noised(made, train, 75, random)))
    assert leak["copies"].status == "broken" and leak["identical"].status == "holds"
    assert 0.025 < leak["copies"].value < 0.036
    listed = {one["synthetic_id"] for one in found.figures["copies"]["list"]}
    assert len(listed) == 50 and listed <= set(made.image_ids[:75])


def test_hundreds_do_not_decide_and_the_missing_numbers_are_named():
    random = np.random.default_rng(1)
    train, held_out, made = (picture_set(*one, random) for one in (("training", 400), ("held-out", 245), ("made", 400)))
    clean, _ = verdicts_of(picture_inputs(train, held_out, made))
    assert clean["copies"].status == "undecided"
    assert clean["copies"].missing == (
        "308 released images without a suspicion and 299 held-out patients; there are 400 and 245"
    )
    leak, _ = verdicts_of(picture_inputs(train, held_out, noised(made, train, 8, random)))
    assert leak["copies"].status != "holds"


def test_many_released_images_beside_few_real_ones_are_no_leak():
    """10,000 released images beside 400 and 300 patients: the real sets are samples too."""
    random = np.random.default_rng(2)
    train, held_out, made = (
        picture_set(*one, random) for one in (("training", 400), ("held-out", 300), ("made", 10_000))
    )
    found, _ = verdicts_of(picture_inputs(train, held_out, made))
    assert [name for name, verdict in found.items() if verdict.status == "broken"] == []
    low, high = found["authenticity"].interval
    # Intervals over released images alone were 0.03 wide.
    assert high - low > 0.06 and low < 0 < high


def test_copies_of_held_out_images_too_are_no_pass():
    """Then the control is no control; the images near to it are not subtracted."""
    random = np.random.default_rng(3)
    train, held_out, made = (picture_set(*one, random) for one in (("training", 800), ("held-out", 800), ("made", 600)))
    both = noised(noised(made, train, 80, random), held_out, 40, random)
    rows = judge(answer(picture_inputs(train, held_out, both)).rows)
    copies = [verdict for verdict in rows if verdict.name in ("copies", "copies control")]
    assert copies[0].status != "holds" and copies[1].status == "caution"
    assert "held-out images were used to train" in copies[1].words


@pytest.mark.parametrize("known, unit", [(True, "patients"), (False, "images")])
def test_patients_that_are_not_known_are_not_named(known, unit):
    random = np.random.default_rng(4)
    train, held_out = (picture_set(name, 120, random, known=known) for name in ("training", "held-out"))
    inputs = picture_inputs(train, held_out, picture_set("made", 100, random))
    assert inputs.unit == unit
    found, _ = verdicts_of(inputs)
    assert f"299 held-out {unit}" in found["copies"].missing
    assert (" patients" in found["power"].words) == known


def test_swapped_sets_are_no_pass():
    """Held-out images that were trained on: far fewer training images are near than by chance."""
    random = np.random.default_rng(5)
    train, held_out, made = (picture_set(*one, random) for one in (("training", 400), ("held-out", 400), ("made", 400)))
    found, _ = verdicts_of(picture_inputs(train, held_out, noised(made, held_out, 200, random)))
    assert found["data_copying"].status == found["authenticity"].status == "undecided"
    assert "the inputs look wrong" in found["data_copying"].words
