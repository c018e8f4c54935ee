"""What `prepare` says, lists, counts and does about pictures under several patients, text and headers."""

import csv
import stat

import cv2
import numpy as np
import pandas as pd
import pytest

from medgan_tf.config.schema import Experiment
from medgan_tf.data.description import describe
from medgan_tf.data.prepare import prepare
from medgan_tf.errors import DataError

COUNT = 60


class Notes:
    def __init__(self):
        self.notes = []

    def __call__(self, done, total=None, note=""):
        pass

    def note(self, text):
        self.notes.append(text)

    def __contains__(self, text):
        return any(text in note for note in self.notes)


def _picture(number: int) -> np.ndarray:
    coarse = np.random.default_rng(number).integers(0, 200, (24, 24), np.uint8)
    return cv2.resize(coarse, (150, 150), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def experiment(tmp_path):
    """60 patients with one image each. 1, 2 and 3 have one picture, once made smaller; 5 and 6 have one; 7 has a
    name on it."""
    pictures = [_picture(number) for number in range(COUNT)]
    pictures[2] = pictures[1]
    pictures[3] = cv2.resize(pictures[1], (100, 100), interpolation=cv2.INTER_AREA)
    pictures[6] = pictures[5]
    pictures[7] = np.zeros((150, 150), np.uint8)
    cv2.circle(pictures[7], (75, 75), 30, 90, cv2.FILLED)
    cv2.putText(pictures[7], "MEIER", (8, 140), cv2.FONT_HERSHEY_SIMPLEX, 0.4, 255, 1)
    for number, picture in enumerate(pictures):
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), picture)
    rows = [{"path": f"{number:02}.png", "patient": f"P{number:02}", "finding": 1} for number in range(COUNT)]
    pd.DataFrame(rows).to_csv(tmp_path / "labels.csv", index=False)
    places = {"root": str(tmp_path), "dataset_dir": str(tmp_path / "dataset"), "private_dir": str(tmp_path / "private")}

    def make(look_for_text=True, **policy):
        data = {"source": "table", "options": {"label_columns": ["finding"]}, "min_count": 0, "workers": 1, **places}
        data["look_for_text"] = look_for_text
        return Experiment.model_validate({"name": "spoiled", "data": {**data, "policy": policy}})

    return make


def _private(tmp_path, end):
    (path,) = (tmp_path / "private").glob(f"*{end}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path


def _rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def _folds(tmp_path, dataset):
    """The fold of every file, by the table of pseudonyms."""
    homes = {image: fold for fold in ("train", "valid", "test") for image in dataset.read_fold(fold).image_ids}
    (way_back,) = (one for one in (tmp_path / "private").glob("spoiled-????????.csv"))
    return {row["path"][-6:-4]: homes[row["image"]] for row in _rows(way_back)}


def test_duplicates_and_text_are_counted_listed_and_shown(tmp_path, experiment):
    notes = Notes()
    dataset = prepare(experiment(), notes)
    spoilers, folds = dataset.manifest.spoilers, _folds(tmp_path, dataset)
    found = spoilers.duplicates
    assert (found.pictures, found.images, found.exact, found.repeats) == (2, 5, 1, 0)
    groups = [{folds[name] for name in names} for names in (("01", "02", "03"), ("05", "06"))]
    assert found.in_several_folds == sum(len(group) > 1 for group in groups)
    for pair in (("train", "valid"), ("train", "test"), ("valid", "test")):
        assert found.fold_pairs.get(", ".join(pair), 0) == sum(set(pair) <= group for group in groups)
    assert spoilers.marks == {"text": 1}
    assert "2 pictures occur under several patients (1 with equal pixels" in notes
    assert "2 pictures occur under several patients" in describe(dataset)
    assert "1 images seem to have text burned in" in describe(dataset)
    rows = _rows(_private(tmp_path, ".duplicates.csv"))
    assert [row["path"][-6:] for row in rows if row["pixels"] == "equal"] == ["05.png", "06.png"]
    assert sorted(row["path"][-6:] for row in rows if row["pixels"] == "near") == ["01.png", "02.png", "03.png"]
    (marked,) = _rows(_private(tmp_path, ".marks.csv"))
    assert marked["path"].endswith("07.png") and marked["marks"] == "text"
    sheet = cv2.imread(str(_private(tmp_path, ".marks.png"))).astype(int)
    # Orange is the colour of the boxes, and of nothing else.
    assert (sheet[:, :, 2] - sheet[:, :, 0] > 80).sum() > 50
    text = (dataset.path / "manifest.json").read_text()
    assert "P01" not in text and ".png" not in text


def test_duplicates_can_be_refused_then_and_later(tmp_path, experiment):
    with pytest.raises(DataError, match=r"2 pictures occur under several patients .*duplicates.csv lists them"):
        prepare(experiment(duplicates="refuse"))
    assert not (tmp_path / "dataset" / "manifest.json").exists()
    assert len(_rows(_private(tmp_path, ".duplicates.csv"))) == 5
    # It decides nothing of the content, so the interrupted build is finished, and the dataset is refused later.
    notes = Notes()
    prepare(experiment(duplicates="warn"), notes)
    assert "continuing an interrupted build" in notes
    with pytest.raises(DataError, match="data.policy.duplicates is refuse"):
        prepare(experiment(duplicates="refuse"))


def test_patients_who_share_a_picture_can_count_as_one(tmp_path, experiment):
    notes = Notes()
    dataset = prepare(experiment(duplicates="one_patient"), notes)
    folds = _folds(tmp_path, dataset)
    assert folds["01"] == folds["02"] == folds["03"] and folds["05"] == folds["06"]
    assert sum(dataset.manifest.patients.values()) == COUNT - 3
    assert dataset.manifest.spoilers.duplicates.pictures == 0
    assert dataset.manifest.source_counts["patients who share a picture with another one, counted as one patient"] == 5
    assert "read once before the split" in notes
    # The rows in another order, and what was found is kept: nothing is read again.
    table = pd.read_csv(tmp_path / "labels.csv")
    table.sample(frac=1, random_state=0).to_csv(tmp_path / "labels.csv", index=False)
    again = Notes()
    prepare(experiment(duplicates="one_patient"), again)
    assert "is up to date" in again and "read once before the split" not in again


def test_text_that_is_not_looked_for_is_not_said_to_be_absent(experiment):
    notes = Notes()
    dataset = prepare(experiment(look_for_text=False), notes)
    assert dataset.manifest.spoilers.marks == {} and dataset.manifest.spoilers.duplicates.pictures == 2
    sentence = "text burned into images was not looked for (data.look_for_text)"
    assert sentence in notes and sentence in describe(dataset)
    assert not dataset.manifest.spoilers.text_looked_for
