"""What the labels give away: copied tables, rare combinations, and inference, with and without a leak."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from private_guarantee import guarantee

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.tables.covariates import covariate_columns
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.answers import Census, Finding, Remark, Unanswered
from medgan_tf.evidence.privacy.attributes.answer import answer
from medgan_tf.evidence.privacy.inputs import Model, PrivacyInputs
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.presentation.steps import Steps

COMMON = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 0]], np.float32)


def image_set(name, labels, folds=None, covariates=None):
    """Images without a content, each of a patient of its own."""
    count, names = len(labels), tuple("ABCDEFGHIJKLMNOP"[: labels.shape[1]])
    patients = np.array([f"{name}{number}" for number in range(count)])
    more = {} if folds is None else {"folds": np.array(folds)}
    images = np.zeros((count, 1, 1, 1), np.uint8)
    return ImageSet(name, "test", images, labels, names, "", patients=patients, covariates=covariates, **more)


def inputs(train, held_out, released, features=None, generate=None):
    model = Model(SimpleNamespace(generate=generate)) if generate else Model()
    released = replace(released, patients=np.full(len(released), ""))
    made = PrivacyInputs(
        train, held_out, released, released, PrivacyConfig(), 1, SimpleNamespace(), Steps(lambda *_: None), model
    )
    for name, values in (features or {}).items():
        made.__dict__[f"{name}_features"] = values
    return made


def row(rows, name):
    return next(one for one in rows if one.name == name)


def drawn(count, seed, vectors=COMMON):
    return vectors[np.random.default_rng(seed).integers(0, len(vectors), count)]


@pytest.fixture(scope="module")
def sets():
    return image_set("train", drawn(400, 1), ["train"] * 400), image_set("held", drawn(200, 2), ["valid"] * 200)


def test_drawn_labels_are_no_copy(sets):
    rows = answer(inputs(*sets, image_set("made", drawn(400, 3), ["train"] * 400))).rows
    assert [one.name for one in rows] == ["labels", "rare_labels", "label_inference", "attribute"]
    assert isinstance(rows[0], Census) and (rows[0].count, rows[0].of) == (0, 400)
    assert (rows[1].count, rows[1].of) == (0, 400)
    assert isinstance(rows[3], Remark) and not rows[3].warns


def test_the_real_table_row_by_row_is_found_in_every_fold(sets):
    """As `generate.labels: as_real` makes it: 400 rows of the train fold and 200 of the valid fold."""
    labels = np.concatenate([sets[0].labels, sets[1].labels])
    found = answer(inputs(*sets, image_set("made", labels, ["train"] * 400 + ["valid"] * 200))).rows[0]
    assert (found.count, found.of) == (600, 600)
    assert "400 labels repeat the real table of the train fold row by row" in found.words
    assert "200 labels repeat the real table of the valid fold row by row" in found.words


def test_a_shuffled_table_has_the_exact_counts(sets):
    labels = np.random.default_rng(5).permutation(sets[0].labels)
    found = answer(inputs(*sets, image_set("made", labels))).rows[0]
    assert found.count == 400 and "exact counts of the real table of the training images, in another" in found.words


def test_two_equal_combinations_may_agree_by_luck():
    """100 and 100 of 200 draws have the probability 0.056: no sign of a copy in another order. Their order is one."""
    real = np.repeat(COMMON[:2], 100, axis=0)
    train, held_out = image_set("train", real), image_set("held", real)
    shuffled = answer(inputs(train, held_out, image_set("made", real[::-1]))).rows[0]
    assert isinstance(shuffled, Remark) and not shuffled.warns
    assert answer(inputs(train, held_out, image_set("made", real))).rows[0].count == 200


def test_rare_combinations_are_counted_unless_named(sets):
    """Nine training patients have all three labels; the release shows them 30 times. Nobody has B and C."""
    train = image_set("train", np.concatenate([drawn(400, 1), np.ones((9, 3), np.float32)]))
    released = image_set("made", np.concatenate([drawn(300, 3), np.ones((30, 3)), [[0, 1, 1]]]).astype(np.float32))
    found = row(answer(inputs(train, sets[1], released)).rows, "rare_labels")
    assert (found.count, found.of) == (30, 331) and "fewer than 10 training patients are released: A|B|C" in found.words
    named = GenerateConfig(rare_combinations=("A|B|C",))
    found = row(answer(inputs(train, sets[1], released, generate=named)).rows, "rare_labels")
    assert found.count == 0 and "1 more are named" in found.words
    fewer = GenerateConfig(minimum_patients=9)
    assert row(answer(inputs(train, sets[1], released, generate=fewer)).rows, "rare_labels").count == 0


def test_labels_drawn_under_a_guarantee_are_covered_by_it(sets):
    """Nine training patients have all three labels. With a weak bound, or labels as real, they count."""
    train = image_set("train", np.concatenate([drawn(400, 1), np.ones((9, 3), np.float32)]))
    made = inputs(train, sets[1], image_set("made", np.ones((30, 3), np.float32)))
    cases = {
        "covered": FiledGuarantee(guarantee(2.0)),
        "as real": FiledGuarantee(guarantee(2.0), covers_labels=False),
        "weak": FiledGuarantee(guarantee(2.5)),
        "no bound": FiledGuarantee(guarantee(float("inf"))),
        "problem": FiledGuarantee(None, "removed"),
    }
    found = {}
    for name, filed in cases.items():
        made.model = Model(guarantee=filed)
        found[name] = row(answer(made).rows, "rare_labels")
    covered = found.pop("covered")
    assert isinstance(covered, Remark) and not covered.warns and "guarantee of the training covers" in covered.words
    assert [one.count for one in found.values()] == [30, 30, 30, 30]


def many_labels(count, seed, width=12):
    return (np.random.default_rng(seed).random((count, width)) < 0.5).astype(np.float32)


def test_labels_of_unique_patients_are_inferred_from_their_own_rows():
    """12 labels by coin flips. K other patients, Bin(299, 1 / 2048), have the 11 known labels, and half of them the
    asked one: with the patient's own row it is guessed right with 1/2 + E[1 / (1 + K)] / 2, without it with 1/2."""
    train, held_out = image_set("train", many_labels(300, 1)), image_set("held", many_labels(300, 2))
    leaking = row(answer(inputs(train, held_out, image_set("made", train.labels))).rows, "label_inference")
    truth = (1 - (1 - 1 / 2048) ** 300) / (300 / 2048) / 2
    lower, upper = leaking.limits(0.995)
    assert truth == pytest.approx(0.465, abs=0.001) and lower < truth < upper
    assert leaking.limits(0.99)[0] > leaking.threshold.limit


def test_limits_without_a_leak_are_wrong_as_often_as_they_say():
    """Labels are coin flips, so the truth is 0. Of 100 limits at 95 %, 12 or fewer are wrong, in 99.8 of 100 cases."""
    wrong = np.zeros(2, int)
    for seed in range(100):
        train, held_out, made = (image_set(name, many_labels(60, 3 * seed + k)) for k, name in enumerate("abc"))
        fair = row(answer(inputs(train, held_out, made)).rows, "label_inference")
        assert isinstance(fair, Finding)
        lower, upper = fair.limits(0.95)
        wrong += (lower > 0, upper < 0)
    assert wrong.max() <= 12


def test_few_patients_give_no_answer(sets):
    rows = answer(inputs(sets[0].take(np.arange(4)), sets[1], image_set("made", drawn(40, 3)))).rows
    assert row(rows, "label_inference").reason == (
        "too few patients: expected training images of 5 patients or more. Received: 4"
    )


def test_a_difference_between_the_folds_is_no_leak():
    """Held-out patients have other labels than those of training, which the release follows: so does the baseline."""
    train = image_set("train", drawn(1000, 1))
    held_out = image_set("held", drawn(1000, 2, np.array([[1, 0, 0], [1, 1, 1]], np.float32)))
    made = image_set("made", drawn(1000, 3))
    found = row(answer(inputs(train, held_out, made)).rows, "label_inference")
    assert abs(found.value) < 0.03 and found.limits(0.95)[1] < 0.05


def test_one_label_has_no_other(sets):
    train, held_out = (image_set(name, np.ones((50, 1), np.float32)) for name in ("train", "held"))
    found = row(
        answer(inputs(train, held_out, image_set("made", np.ones((20, 1), np.float32)))).rows, "label_inference"
    )
    assert isinstance(found, Remark) and not found.warns


def people(name, count, seed):
    """Rare labels, and a feature that shows the sex."""
    random = np.random.default_rng(seed)
    sex = np.array(["F", "M"], object)[random.integers(0, 2, count)]
    features = np.stack([np.where(sex == "F", 1.0, -1.0), random.normal(size=count)], axis=1)
    features[:, 0] += random.normal(0, 0.2, count)
    return image_set(name, many_labels(count, seed + 100), covariates=covariate_columns(sex=sex)), features.astype(
        np.float32
    )


def test_sex_is_inferred_from_repeated_images_under_rare_labels():
    (train, mine), (held_out, others) = people("train", 300, 1), people("held", 300, 2)
    features = {"train": mine, "held_out": others, "synthetic": mine}
    leaking = row(answer(inputs(train, held_out, image_set("made", train.labels), features)).rows, "attribute sex")
    # As for labels, but all 12 are known: 1 / 4096.
    truth = (1 - (1 - 1 / 4096) ** 300) / (300 / 4096) / 2
    lower, upper = leaking.limits(0.995)
    assert lower < truth < upper and leaking.limits(0.99)[0] > leaking.threshold.limit
    assert "predictor is right for 100.0% of held-out images" in leaking.words
    made, theirs = people("made", 300, 3)
    fair = row(answer(inputs(train, held_out, made, features | {"synthetic": theirs})).rows, "attribute sex")
    lower, upper = fair.limits(0.99)
    assert lower < 0 < upper


def test_unknown_groups_take_no_part():
    (train, mine), (held_out, others) = people("train", 100, 1), people("held", 100, 2)
    features = {"train": mine, "held_out": others, "synthetic": mine}
    same = replace(train, covariates=covariate_columns(sex=[""] * 100))
    found = row(answer(inputs(same, held_out, image_set("made", train.labels), features)).rows, "attribute sex")
    assert isinstance(found, Remark) and "unknown or the same" in found.words
    nobody = replace(held_out, covariates=covariate_columns(sex=[""] * 100))
    found = row(answer(inputs(train, nobody, image_set("made", train.labels), features)).rows, "attribute sex")
    assert isinstance(found, Unanswered)


def test_without_labels_there_is_nothing_to_repeat(sets):
    [only] = answer(inputs(*sets, replace(image_set("made", drawn(20, 1)), labels=None, label_names=()))).rows
    assert isinstance(only, Remark) and not only.warns
    unknown = replace(sets[0], labels=None, label_names=())
    [only] = answer(inputs(unknown, sets[1], image_set("made", drawn(20, 1)))).rows
    assert isinstance(only, Unanswered)
