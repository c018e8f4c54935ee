"""Images of arms: whole patients, nested shares; combinations topped up as counted by hand; nested multiples."""

from types import SimpleNamespace

import numpy as np
import pytest

from medgan_tf.classification.arms.images import needs, patient_rows, pool_rows
from medgan_tf.classification.conditions import Condition, compose
from medgan_tf.data.records.reader import FoldArrays
from medgan_tf.errors import DataError

PATIENTS = np.array([f"p{number // 3}" for number in range(300)])


def composed(name, real, synthetic=None, further=(), seed=1):
    kind = name.partition("_")[0]
    shares = {"real": (0.5, 0), "fine": (0.5, 1), "rare": (1, 1), "synthetic": (0, 1)}[kind]
    return compose(Condition(name, *shares), real, synthetic, seed, True, further)


def numbers(examples, *folds):
    """For each image, the place of its fold and its row there."""
    known = {image.tobytes(): (place, row) for place, fold in enumerate(folds) for row, image in enumerate(fold.images)}
    return [known[image.tobytes()] for image in examples.images]


class Held:
    """Stands for a dataset folder: noise images, four label combinations in turn, two images of each patient."""

    def __init__(self, seed, train, valid=8):
        random, counts = np.random.default_rng(seed), {"train": train, "valid": valid}
        self.folds = {
            fold: FoldArrays(
                random.integers(0, 256, (count, 4, 4, 1), np.uint8),
                np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * (count // 4), np.float32),
                np.array([f"{seed} {fold} {row}" for row in range(count)]),
                np.array([f"p{row // 2}" for row in range(count)]),
            )
            for fold, count in counts.items()
        }
        self.manifest = SimpleNamespace(images=counts)

    def read_fold(self, fold):
        return self.folds[fold]


@pytest.fixture(scope="module")
def sets():
    """A real set, a synthetic one and two further ones, all of different images."""
    return [Held(0, 48), Held(1, 32), Held(2, 40), Held(3, 24)]


def test_shares_are_of_whole_patients_and_nested():
    rows = {share: patient_rows(PATIENTS, share, 5) for share in (0.01, 0.1, 0.5, 1.0)}
    assert [len(rows[share]) for share in rows] == [3, 30, 150, 300]
    for small, large in ((0.01, 0.1), (0.1, 0.5), (0.5, 1.0)):
        assert set(rows[small]) < set(rows[large])
    for chosen in rows.values():
        own = set(PATIENTS[chosen])
        assert set(chosen) == {row for row, name in enumerate(PATIENTS) if name in own}
        assert (np.diff(chosen) > 0).all()
    assert set(patient_rows(PATIENTS, 0.1, 6)) != set(rows[0.1])


def test_the_smallest_share_has_a_patient_and_unknown_patients_count_one_each():
    assert len(patient_rows(PATIENTS, 0.001, 0)) == 3
    assert len(patient_rows(np.array([""] * 8 + ["p"] * 8), 5 / 9, 0)) in (5, 4 + 8)


def test_fine_tuning_has_the_images_of_its_control(sets):
    real, synthetic = sets[:2]
    tuned, alone = composed("fine_tuned_0.5", real, synthetic), composed("real_0.5", real)
    np.testing.assert_array_equal(tuned.train.images, alone.train.images)
    np.testing.assert_array_equal(tuned.train.labels, alone.train.labels)
    fold = real.read_fold("train")
    rows = [row for _, row in numbers(tuned.train, fold)]
    assert rows == patient_rows(fold.patients, 0.5, 1).tolist() and 0 < len(rows) < len(fold.images)
    for one in (tuned, alone):
        np.testing.assert_array_equal(one.valid.images, real.read_fold("valid").images)
        # An epoch is as long as that of the real classifier.
        assert one.epoch_images == real.manifest.images["train"]
    whole = compose(Condition("fine_tuned_1", 1, 1), real, synthetic, 1, False)
    np.testing.assert_array_equal(whole.train.images, fold.images)
    assert (whole.augmentation, tuned.augmentation) == ("none", "flip")


LABELS = np.array([[1, 0]] * 5 + [[0, 1]] * 2 + [[1, 1]] * 1, np.float32)


def test_needs_by_hand():
    found = {tuple(need.vector): (need.images, need.rows.tolist()) for need in needs(LABELS, None)}
    assert found == {(0, 1): (3, [5, 6]), (1, 1): (4, [7])}
    assert {tuple(need.vector): need.images for need in needs(LABELS, 2)} == {(1, 1): 1}


def test_what_cannot_be_topped_up():
    with pytest.raises(DataError, match=r"adds nothing: each of 3 label combinations has 1 or more training images"):
        needs(LABELS, 1)
    with pytest.raises(DataError, match=r"would add 292 synthetic images to 8 real ones .* 3 label combinations 100"):
        needs(LABELS, 100)


def test_the_pool_gives_what_it_has():
    pool = np.array([[0, 1]] * 10 + [[1, 1]] * 2 + [[0, 0]] * 3, np.float32)
    rows = pool_rows(LABELS, pool, None, 3)
    # 3 of the 10; 2 of the 4 that are wanted; a combination that no real image has is not added.
    assert [int((rows < 10).sum()), int(((rows >= 10) & (rows < 12)).sum()), len(rows)] == [3, 2, 5]
    assert len(set(rows)) == 5 and rows.tolist() != pool_rows(LABELS, pool, None, 4).tolist()


def test_rare_combinations_from_a_further_set_or_from_the_synthetic_one(sets):
    real, synthetic, further = sets[:3]
    data = composed("rare_14", real, synthetic, [further])
    origins = numbers(data.train, real.read_fold("train"), further.read_fold("train"))
    assert [place for place, _ in origins] == [0] * 48 + [1] * 8
    vectors, found = np.unique(data.train.labels, axis=0, return_counts=True)
    assert len(vectors) == 4 and found.tolist() == [14] * 4
    other = composed("rare_14", real, synthetic)
    assert [place for place, _ in numbers(other.train, real.read_fold("train"), synthetic.read_fold("train"))] == [
        0] * 48 + [1] * 8  # fmt: skip
    np.testing.assert_array_equal(data.valid.images, real.read_fold("valid").images)
    assert data.epoch_images == 48


def test_multiples_are_nested(sets):
    real, *drawn = sets
    folds = [one.read_fold("train") for one in drawn]
    size = [len(fold.images) for fold in folds]
    found = {}
    for name, further in (("0.25", 0), ("0.5", 0), ("1.5", 1), ("2", 1), ("2.5", 2), ("3", 2)):
        data = composed(f"synthetic_{name}", real, drawn[0], drawn[1 : 1 + further])
        found[name] = numbers(data.train, *folds)
        assert data.epoch_images == size[0]
        np.testing.assert_array_equal(data.valid.images, drawn[0].read_fold("valid").images)
    assert {name: len(rows) for name, rows in found.items()} == {
        "0.25": round(size[0] / 4), "0.5": size[0] // 2, "1.5": size[0] + size[1] // 2, "2": size[0] + size[1],
        "2.5": size[0] + size[1] + size[2] // 2, "3": sum(size),
    }  # fmt: skip
    names = list(found)
    assert all(set(found[small]) < set(found[large]) for small, large in zip(names, names[1:], strict=False))
