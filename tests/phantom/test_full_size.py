import gzip
import os

import cv2
import pytest

from medgan_tf.data.sources.chexpert.settings import Options
from medgan_tf.data.sources.chexpert.source import FINDINGS, ChexpertSource
from medgan_tf.errors import DataError
from medgan_tf.phantom.full_size import NOTE, write_full_size

ROWS = [
    ("patient00001/study1/view1_frontal.jpg", "Frontal", "1.0"),
    ("patient00001/study2/view1_frontal.jpg", "Frontal", ""),
    ("patient00001/study2/view2_lateral.jpg", "Lateral", "1.0"),
    ("patient00002/study1/view1_frontal.jpg", "Frontal", "-1.0"),
    ("patient00003/study1/view1_lateral.jpg", "Lateral", "1.0"),
]


def _content(rows=ROWS, folder="CheXpert-v1.0-small/train"):
    lines = [",".join(["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *FINDINGS])]
    for path, view, state in rows:
        lines.append(",".join([f"{folder}/{path}", "Female", "60", view, "AP", *[""] * 13, state]))
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "train.csv.gz"
    path.write_bytes(gzip.compress(_content()))
    return path


def test_every_frontal_row_has_a_picture_and_every_patient_their_own(tmp_path, table):
    counts = write_full_size(table, tmp_path / "full", phantoms=1, workers=1)
    assert counts == {"rows": 5, "images": 3, "patients": 2, "copies": 0}
    source = ChexpertSource(str(tmp_path / "full"), Options())
    read = source.read_table()
    assert read.counts == {"rows in train.csv": 5, "repeated rows": 0, "lateral views left out": 2}
    assert read.frame["Support Devices"].tolist() == [1, -2, -1]
    first, second, other = read.frame["path"]
    assert os.path.samefile(first, second) and not os.path.samefile(first, other)
    images = [cv2.imread(path, cv2.IMREAD_GRAYSCALE) for path in (first, other)]
    # The same phantom, in two parts and brightnesses.
    assert images[0].shape == images[1].shape and abs(images[0].astype(int) - images[1]).mean() > 2
    assert 250 < min(images[0].shape) and source.read_image(first).std() > 20
    assert sorted(path.name for path in (tmp_path / "full").iterdir()) == [NOTE, "train", "train.csv"]
    assert (tmp_path / "full" / "train.csv").read_bytes() == _content()
    assert not any(path.name.startswith(".full") for path in tmp_path.iterdir())


def test_lateral_views_and_copies(tmp_path, table, monkeypatch):
    monkeypatch.setattr(os, "link", lambda *paths: (_ for _ in ()).throw(OSError("no links here")))
    counts = write_full_size(table, tmp_path / "full", phantoms=1, lateral=True, workers=1)
    assert counts == {"rows": 5, "images": 5, "patients": 3, "copies": 2}
    folder = tmp_path / "full" / "train"
    pictures = [(folder / path).read_bytes() for path, _, _ in ROWS]
    assert pictures[0] == pictures[1] == pictures[2] != pictures[3]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (_content([("../../patient00001/study1/view1_frontal.jpg", "Frontal", "")]), "expected a column Path as"),
        (b"File\na.jpg\n", "expected a column Path as .* Received: ''"),
        (b"Path\n", "has no rows"),
        (b"\xff\xfe", "is no CSV file in UTF-8"),
        (_content(ROWS[-1:]), "lists no frontal image"),
    ],
)
def test_tables_that_are_not_chexperts(tmp_path, content, message):
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        write_full_size(path, tmp_path / "full", phantoms=1, workers=1)
    assert [one.name for one in tmp_path.iterdir()] == ["train.csv"]


def test_what_is_there_stays(tmp_path, table):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("x")
    with pytest.raises(DataError, match="full is not empty"):
        write_full_size(table, tmp_path / "full", phantoms=1, workers=1)
    damaged = tmp_path / "damaged.csv.gz"
    damaged.write_bytes(table.read_bytes()[:60])
    with pytest.raises(DataError, match="damaged.csv.gz: is not a .gz file, or a damaged one"):
        write_full_size(damaged, tmp_path / "new", phantoms=1, workers=1)
