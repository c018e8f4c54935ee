import cv2
import numpy as np
import pytest

from medgan_tf.data.sources.vindr.settings import Options
from medgan_tf.data.sources.vindr.source import KAGGLE_FINDINGS, PHYSIONET_FINDINGS, VindrSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

# Reader R9 marks the heart of image a twice; that is one vote.
KAGGLE = """image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max
a,Cardiomegaly,3,R9,691.0,1375.0,1653.0,1831.0
b,No finding,14,R11,,,,
a,Cardiomegaly,3,R9,690.0,1375.0,1653.0,1831.0
a,Aortic enlargement,0,R9,1.0,1.0,2.0,2.0
a,Cardiomegaly,3,R10,691.0,1375.0,1653.0,1831.0
b,No finding,14,R7,,,,
a,No finding,14,R8,,,,
b,Nodule/Mass,8,R2,1.0,1.0,2.0,2.0
c,ILD,5,R1,1.0,1.0,2.0,2.0
c,Pneumothorax,12,R2,1.0,1.0,2.0,2.0
c,No finding,14,R3,,,,
d,No finding,14,R1,,,,
d,No finding,14,R2,,,,
d,No finding,14,R3,,,,
"""


def source(root, **options):
    return VindrSource(str(root), Options(**options))


def write_kaggle(root, text=KAGGLE, ending=".png"):
    (root / "train").mkdir()
    (root / "train.csv").write_text(text)
    for name in "abcd":
        cv2.imwrite(str(root / "train" / f"{name}{ending}"), np.full((12, 10), ord(name), np.uint8))
    return root


def positives(table):
    return {row["image_id"]: {name for name in table.findings if row[name] == 1} for _, row in table.frame.iterrows()}


def test_registered():
    assert SOURCES.get("vindr") is VindrSource


@pytest.mark.parametrize("merge, expected", [
    ("any", {"a": {"Cardiomegaly", "Aortic enlargement"}, "b": {"Nodule/Mass"}, "c": {"ILD", "Pneumothorax"},
             "d": {"No finding"}}),
    ("majority", {"a": {"Cardiomegaly"}, "b": {"No finding"}, "c": set(), "d": {"No finding"}}),
    ("all", {"a": set(), "b": set(), "c": set(), "d": {"No finding"}}),
])  # fmt: skip
def test_three_readers(tmp_path, merge, expected):
    table = source(write_kaggle(tmp_path), merge=merge).read_table()
    assert positives(table) == expected
    assert table.findings == KAGGLE_FINDINGS and table.no_finding == "No finding"
    assert not table.patients_known and set(table.frame["patient_id"]) == {""}
    agree_on_nothing = sum(not found for found in expected.values())
    assert table.counts == {
        "images in train.csv": 4,
        "images whose readers agree on nothing": agree_on_nothing,
    }


def test_the_order_of_rows_does_not_matter(tmp_path):
    lines = KAGGLE.splitlines()
    write_kaggle(tmp_path, "\n".join([lines[0], *lines[:0:-1]]))
    assert positives(source(tmp_path).read_table())["a"] == {"Cardiomegaly"}


def physionet_row(findings, image, *readers, other="Other diseases"):
    names = [other if name == "Other diseases" else name for name in PHYSIONET_FINDINGS]
    return ",".join([image, *readers, *("1" if name in findings else "0" for name in names)])


def write_physionet(root):
    folder = root / "annotations"
    folder.mkdir()
    header = ",".join(["image_id", "rad_id", *PHYSIONET_FINDINGS])
    rows = [
        physionet_row({"COPD", "Edema"}, "a", "R1"),
        physionet_row({"COPD"}, "a", "R2"),
        physionet_row({"Other diseases"}, "a", "R3"),
        physionet_row({"No finding"}, "b", "R1"),
        physionet_row({"No finding"}, "b", "R2"),
        physionet_row({"Pneumonia"}, "b", "R3"),
    ]
    (folder / "image_labels_train.csv").write_text("\n".join([header, *rows]))
    header = ",".join(["image_id", *PHYSIONET_FINDINGS]).replace("Other diseases", "Other disease")
    row = physionet_row({"Other disease", "Tuberculosis"}, "t", other="Other disease")
    (folder / "image_labels_test.csv").write_text(f"{header}\n{row}\n")
    for part, names in (("train", "ab"), ("test", "t")):
        (root / part).mkdir()
        for name in names:
            (root / part / f"{name}.dicom").write_bytes(b"")
    return root


def test_physionet(tmp_path):
    table = source(write_physionet(tmp_path)).read_table()
    assert positives(table) == {"a": {"COPD"}, "b": {"No finding"}}
    assert len(table.findings) == 28 and table.folds is None
    assert table.frame["path"].tolist() == [f"{tmp_path}/train/a.dicom", f"{tmp_path}/train/b.dicom"]


def test_the_official_folds(tmp_path):
    table = source(write_physionet(tmp_path), official_folds=True).read_table()
    assert positives(table)["t"] == {"Other diseases", "Tuberculosis"}
    assert table.folds.tolist() == ["train_valid", "train_valid", "test"]
    assert table.frame["path"][2] == f"{tmp_path}/test/t.dicom"
    (tmp_path / "annotations" / "image_labels_test.csv").unlink()
    with pytest.raises(DataError, match="no file .*image_labels_test.csv .data.options.official_folds."):
        source(tmp_path, official_folds=True).read_table()


def test_kaggle_has_no_test_labels(tmp_path):
    with pytest.raises(DataError, match="Kaggle has no labels of the test images"):
        source(write_kaggle(tmp_path), official_folds=True).read_table()


def test_converted_images(tmp_path):
    reader = source(write_kaggle(tmp_path))
    paths = reader.read_table().frame["path"].tolist()
    assert paths[0] == f"{tmp_path}/train/a.png" and int(reader.read_image(paths[1])[0, 0]) == ord("b")
    (tmp_path / "train" / "a.png").rename(tmp_path / "train" / "a.dicom")
    assert reader.read_table().frame["path"][0] == f"{tmp_path}/train/a.dicom"
    with pytest.raises(DataError, match="a.dicom"):
        reader.read_image(f"{tmp_path}/train/a.dicom")


@pytest.mark.parametrize("old, new, words", [
    ("Cardiomegaly,3,R10", "Big heart,3,R10", "row 6, column 'class_name': expected one of .* Received: 'Big heart'"),
    ("No finding,14,R11", "No finding,14,", "row 3, column 'rad_id': is blank"),
])  # fmt: skip
def test_odd_tables(tmp_path, old, new, words):
    write_kaggle(tmp_path, KAGGLE.replace(old, new))
    with pytest.raises(DataError, match=words):
        source(tmp_path).read_table()


def test_an_odd_mark(tmp_path):
    write_physionet(tmp_path)
    csv = tmp_path / "annotations" / "image_labels_train.csv"
    csv.write_text(csv.read_text().replace("a,R1,0", "a,R1,2"))
    with pytest.raises(DataError, match="row 2, column 'Aortic enlargement': expected '1', .*Received: '2'"):
        source(tmp_path).read_table()


def test_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="no annotations/image_labels_train.csv or .*train.csv found; .*physionet"):
        source(tmp_path).read_table()
