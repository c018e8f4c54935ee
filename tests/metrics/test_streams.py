"""Named random streams: golden values, independence of seeds and names, and the choice of rows."""

import numpy as np
import pytest

from medgan_tf.metrics.streams import chosen_rows, stream


@pytest.mark.parametrize(
    ("seed", "name", "words"),
    [
        (0, "a", [4841453082462521449, 11935958853797405910]),
        (1000, "membership candidates", [1995673712108705579, 12915716876752866978]),
    ],
)
def test_golden_values(seed, name, words):
    """The same on every platform and in every version: finished results can be computed again."""
    assert stream(seed, name).bit_generator.random_raw(2).tolist() == words


def test_equal_seeds_and_names_give_equal_draws():
    assert stream(7, "a").random(5).tolist() == stream(7, "a").random(5).tolist()


@pytest.mark.parametrize("other", [(8, "a"), (7, "b"), (7, "a "), (70, "a")])
def test_another_seed_or_name_gives_other_draws(other):
    assert set(stream(7, "a").integers(2**62, size=50)).isdisjoint(stream(*other).integers(2**62, size=50))


def test_seed_and_name_do_not_run_together():
    """A seed 1 with the name "1 a" is not the seed 11 with the name "a"."""
    assert stream(1, "1 a").random() != stream(11, "a").random()


@pytest.mark.parametrize(("seed", "name"), [(-1, "a"), (1, "")])
def test_no_seed_and_no_name_are_refused(seed, name):
    with pytest.raises(ValueError, match="expected a seed of at least 0 and a name. Received: seed="):
        stream(seed, name)


def test_chosen_rows_rise_and_do_not_repeat():
    rows = chosen_rows(100, 30, stream(1, "rows"))
    assert len(rows) == 30 and (np.diff(rows) > 0).all() and rows[0] >= 0 and rows[-1] < 100
    assert rows.tolist() != chosen_rows(100, 30, stream(2, "rows")).tolist()
    assert chosen_rows(3, 10, stream(1, "rows")).tolist() == [0, 1, 2]


def test_every_row_is_as_likely():
    counts = sum(np.bincount(chosen_rows(10, 3, stream(seed, "rows")), minlength=10) for seed in range(3000))
    assert counts.sum() == 9000 and np.abs(counts - 900).max() < 120
