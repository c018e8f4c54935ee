"""Noisy numbers of patients by label combination: sensitivity by enumeration, noise, threshold, refusals."""

from itertools import combinations_with_replacement
from statistics import NormalDist

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm

from medgan_tf.accounting.thresholds import threshold
from medgan_tf.config.schema import DpConfig, Experiment
from medgan_tf.data.private.histogram import ExactCounts, add_noise, found_counts, noisy_counts, public_counts
from medgan_tf.data.private.label_terms import LabelTerms, label_terms
from medgan_tf.errors import ConfigError, DataError, RunError

VECTORS = ((0, 1), (1, 0), (1, 1))
# All that a patient of up to three images can have: 3 + 6 + 10.
PATIENTS = [one for images in (1, 2, 3) for one in combinations_with_replacement(VECTORS, images)]
GRID = 2.0**-20


def dataset(*patients):
    """Labels and units of patients, each a tuple of label vectors. Images of a patient lie apart, not side by side."""
    rows = [(number, vector) for number, patient in enumerate(patients) for vector in patient]
    rows = rows[::2] + rows[1::2]
    labels = np.array([vector for _, vector in rows], np.uint8).reshape(-1, 2)
    return labels, np.array([f"p{number}" for number, _ in rows], "U4")


def found(*patients, most=2):
    exact = found_counts(*dataset(*patients), most)
    return dict(zip(map(tuple, exact.vectors.tolist()), exact.counts.tolist(), strict=True))


def public(*patients, vectors=VECTORS[:2]):
    exact = public_counts(*dataset(*patients), np.array(vectors, np.uint8))
    return dict(zip(map(tuple, exact.vectors.tolist()), exact.counts.tolist(), strict=True))


def change(before, after):
    keys = before.keys() | after.keys()
    return np.array([after.get(key, 0.0) - before.get(key, 0.0) for key in sorted(keys)])


@pytest.mark.parametrize("count", [found, public], ids=["found", "public"])
def test_a_patient_more_changes_the_counts_by_one_at_most(count):
    """Every dataset of a patient, half of those of two, and every further patient. The bound is reached, and what a
    patient adds does not depend on the others, so it holds for larger sets too."""
    others = [(), *((one,) for one in PATIENTS), *combinations_with_replacement(PATIENTS[::2], 2)]
    norms = set()
    for added in PATIENTS:
        alone = count(added)
        for before in others:
            moved = change(count(*before) if before else {}, count(*before, added))
            norms.add(float(np.linalg.norm(moved)))
            np.testing.assert_array_equal(moved[moved != 0], [one for _, one in sorted(alone.items()) if one])
    assert max(norms) == 1.0 and len(norms) >= 3


def test_the_sum_is_the_number_of_patients_and_shares_are_those_of_their_images():
    """One patient with two of three images (1, 0), one with (0, 1): 2/3, 1/3 and 1, on a grid of 2^-20."""
    counts = found(((1, 0), (0, 1), (1, 0)), ((0, 1),))
    assert counts[1, 0] == pytest.approx(2 / 3, abs=GRID) and counts[0, 1] == pytest.approx(4 / 3, abs=GRID)
    assert counts[1, 0] < 2 / 3 and counts[0, 1] < 4 / 3


def test_a_patient_keeps_the_two_combinations_with_most_images():
    """3, 2 and 1 of 6 images: the first two are kept, with 3/5 and 2/5."""
    counted = found(((1, 0),) * 3 + ((0, 1),) * 2 + ((1, 1),))
    assert counted[1, 0] == pytest.approx(3 / 5, abs=GRID)
    assert counted[0, 1] == pytest.approx(2 / 5, abs=GRID)
    assert counted[1, 1] == 0


def test_images_outside_a_public_list_count_for_their_patient_and_nowhere_else():
    """Of four images one is (1, 0), one (0, 1), and two are not listed: 1/4 each."""
    assert public(((1, 0), (0, 1), (1, 1), (1, 1))) == {(0, 1): 0.25, (1, 0): 0.25}
    assert public(((1, 1),)) == {(0, 1): 0.0, (1, 0): 0.0}


def test_an_image_without_a_patient_is_a_unit_of_its_own():
    labels = np.array([[1, 0]] * 3 + [[0, 1]], np.uint8)
    exact = found_counts(labels, np.array(["", "", "a", "a"]), 2)
    np.testing.assert_array_equal(exact.counts, [0.5, 2.5])


# --- noise ------------------------------------------------------------------------------------------------------------


def test_noise_has_the_stated_deviation_on_every_count_and_is_independent():
    """Counts far from the limit of 1, so that only rounding is added: a variance of 24^2 + 1/12."""
    many = 4000
    exact = ExactCounts(np.zeros((many, 2), np.uint8), np.full(many, 10_000.0))
    draws = np.random.default_rng(3)
    noise = np.stack([add_noise(exact, ("a", "b"), LabelTerms(24.0), draws).counts - 10_000.0 for _ in range(2)])
    statistic = float((noise**2).sum() / (24.0**2 + 1 / 12))
    assert chi2.sf(statistic, 2 * many) > 0.001 and chi2.cdf(statistic, 2 * many) > 0.001
    assert abs(norm.ppf(0.0005)) * 24 / np.sqrt(2 * many) > abs(noise.mean())
    # Beside each other, and the same count in two releases.
    pairs = [(noise[0, 1:], noise[0, :-1]), (noise[0], noise[1])]
    assert all(abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(many) for one, other in pairs)


def test_a_public_combination_is_never_lost():
    """With a true count of 0 half of the noisy ones are below 1, and become 1."""
    vectors = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], np.uint8)[::-1]
    released = add_noise(ExactCounts(vectors, np.zeros(8)), ("a", "b", "c"), LabelTerms(24.0), np.random.default_rng(0))
    np.testing.assert_array_equal(released.vectors, vectors)
    assert released.counts.min() == 1 and released.counts.dtype == np.int64
    assert (released.counts == 1).sum() in range(1, 8)
    np.testing.assert_array_equal(np.diff(released.cumulative), released.counts[1:])


@pytest.mark.parametrize("most", [1, 3])
def test_what_a_single_patient_has_is_shown_as_seldom_as_the_threshold_promises(most):
    """Delta 0.2 leaves 0.02 to the threshold. A patient with one combination, whose share is 1, is the worst case: it
    is shown with a probability between that of one combination alone and 0.02. 20,000 releases each."""
    terms, times = LabelTerms(3.0, label_terms_threshold(3.0, 0.02, most), most, 0.02), 20_000
    worst = ExactCounts(np.eye(most, dtype=np.uint8), np.array([1.0] + [1e-6] * (most - 1)))
    even = ExactCounts(np.eye(most, dtype=np.uint8), np.full(most, 1 / most))
    random, names = np.random.default_rng(7), ("a", "b", "c")[:most]
    seen = {}
    for key, exact in (("worst", worst), ("even", even)):
        seen[key] = sum(shown(exact, names, terms, random) for _ in range(times))
        assert seen[key] <= binom.isf(0.001, times, 0.02)
    alone = norm.sf((terms.threshold - 1) / 3.0)
    assert seen["worst"] >= binom.ppf(0.001, times, alone)


def label_terms_threshold(noise, extra, most):
    """From the settings: a patient has up to 8 combinations there, an image one."""
    if most == 1:
        return label_terms(
            DpConfig(noise_multiplier=1.0, label_noise=noise, unit="image", delta=0.5), 10 * extra
        ).threshold
    return threshold(noise, extra, most)


def shown(exact, names, terms, random):
    try:
        return bool(len(add_noise(exact, names, terms, random).counts))
    except RunError:
        return False


# --- from an experiment -----------------------------------------------------------------------------------------------


def experiment(min_count=0, **dp):
    return Experiment(name="x", data={"min_count": min_count}, privacy={"dp": {"noise_multiplier": 1.0, **dp}})


def many(first, second):
    """Patients of one image each."""
    labels = np.array([[1, 0]] * first + [[0, 1]] * second, np.uint8)
    return ("Square", "Disc"), labels, np.array([f"p{number}" for number in range(first + second)])


def test_rare_combinations_are_left_out_and_frequent_ones_found():
    """The threshold for delta 1e-5 is about 125, the noise 24: 400 patients are found, 4 are not."""
    released = noisy_counts(experiment(), *many(400, 4), 1e-5, np.random.default_rng(1))
    assert released.names == ("Square",) and 300 < released.counts[0] < 500
    assert released.counts[0] != 400
    assert released.terms.extra_delta == pytest.approx(1e-6) and released.terms.releases == (24.0,)
    assert released.terms.combinations_per_unit == 8


def test_equal_secrets_give_equal_counts():
    first, again, other = (
        noisy_counts(experiment(), *many(400, 300), 1e-5, np.random.default_rng(seed)).as_json() for seed in (1, 1, 2)
    )
    assert first == again != other


def test_nothing_that_can_be_shown_is_an_error_that_says_how_many_patients_it_takes():
    """An image is in one combination: 1 + 24 * 4.7534 = 115.1, and two deviations more are 163.1."""
    assert -NormalDist().inv_cdf(1e-6) == pytest.approx(4.7534, abs=1e-4)
    with pytest.raises(
        RunError, match="expected one with 164 patients or more; name .* privacy.dp.combinations"
    ) as caught:
        noisy_counts(experiment(unit="image"), *many(3, 3), 1e-5, np.random.default_rng(1))
    assert "\n" not in str(caught.value)


def test_public_combinations_are_counted_in_their_order_without_threshold():
    listed = experiment(combinations=["Disc|Square", "(none)", "Square"])
    released = noisy_counts(listed, *many(400, 4), 1e-5, np.random.default_rng(1))
    assert released.names == ("Square|Disc", "(none)", "Square")
    assert released.terms == LabelTerms(24.0)
    assert 300 < released.counts[2] < 500 and released.counts[:2].min() >= 1


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Line"], "privacy.dp.combinations: Line has the unknown label 'Line'; known: Square, Disc"),
        (["Square|Disc", "Disc|Square"], "named twice"),
        ([], "expected at least one label combination"),
    ],
)
def test_a_list_that_is_none(names, words):
    with pytest.raises(ConfigError, match="privacy.dp.combinations") as caught:
        noisy_counts(experiment(combinations=names), *many(4, 4), 1e-5, np.random.default_rng(1))
    assert words in str(caught.value)


def test_patients_must_be_known_where_the_guarantee_is_for_patients():
    """A person with ten images of an unknown patient would be in ten units."""
    names, labels, patients = many(400, 400)
    patients[5] = ""
    with pytest.raises(DataError, match=r"here: expected the patient of every training image .*privacy.dp.unit=image"):
        noisy_counts(experiment(), names, labels, patients, 1e-5, np.random.default_rng(1), "here")
    by_image = noisy_counts(experiment(unit="image"), names, labels, patients, 1e-5, np.random.default_rng(1))
    assert by_image.terms.combinations_per_unit == 1


def test_images_chosen_by_exact_counts_are_refused_here_too():
    with pytest.raises(ConfigError, match="data.min_count"):
        noisy_counts(experiment(min_count=256), *many(400, 4), 1e-5, np.random.default_rng(1))
