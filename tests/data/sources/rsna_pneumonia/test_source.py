import json

import numpy as np
import pytest
from raw_folders import write_ct

from medgan_tf.data.sources.rsna_pneumonia.settings import Options
from medgan_tf.data.sources.rsna_pneumonia.source import RsnaPneumoniaSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

LABELS = """patientId,x,y,width,height,Target
0004cfab,,,,,0
00313ee0,,,,,0
00436515,264.0,152.0,213.0,379.0,1
00436515,562.0,152.0,256.0,453.0,1
00704310,323.0,577.0,160.0,104.0,1
"""
CLASSES = """patientId,class
0004cfab,No Lung Opacity / Not Normal
00313ee0,Normal
00436515,Lung Opacity
00436515,Lung Opacity
00704310,Lung Opacity
"""
NAMES = ["0004cfab", "00313ee0", "00436515", "00704310"]


def write(root, labels=LABELS, classes=CLASSES):
    (root / "stage_2_train_labels.csv").write_text(labels)
    if classes:
        (root / "stage_2_detailed_class_info.csv").write_text(classes)
    for number, name in enumerate(NAMES):
        write_ct(
            root / "stage_2_train_images" / f"{name}.dcm",
            np.arange(64).reshape(8, 8) + number,
            patient=name,
            Modality="CR",
            PixelRepresentation=0,
            RescaleIntercept=None,
            RescaleSlope=None,
        )
    return root


def source(root, **options):
    return RsnaPneumoniaSource(str(root), Options(**options))


def states(table):
    return {name: table.frame[name].tolist() for name in table.findings}


def test_registered():
    assert SOURCES.get("rsna_pneumonia") is RsnaPneumoniaSource


def test_one_row_for_each_image(tmp_path):
    table = source(write(tmp_path)).read_table()
    assert table.frame["image_id"].tolist() == NAMES
    assert states(table) == {
        "Lung Opacity": [0, 0, 1, 1],
        "No Lung Opacity / Not Normal": [1, 0, 0, 0],
        "Normal": [0, 1, 0, 0],
    }
    assert table.no_finding == "Normal"
    assert table.counts == {
        "rows in stage_2_train_labels.csv": 5,
        "images listed": 4,
        "images with several boxes": 1,
    }
    assert not table.patients_known and set(table.frame["patient_id"]) == {""}


def test_without_class_info(tmp_path):
    table = source(write(tmp_path, classes=None), class_info=None).read_table()
    assert states(table) == {"Lung Opacity": [0, 0, 1, 1], "No Lung Opacity": [1, 1, 0, 0]}
    assert table.no_finding == "No Lung Opacity"


def test_patients_of_the_rsnas_list(tmp_path):
    images = ["00001111_000.png", "00001111_007.png", "00002222_000.png", "00003333_001.png"]
    entries = [{"subset_img_id": name, "img_id": image} for name, image in zip(NAMES, images, strict=True)]
    (write(tmp_path) / "mapping.json").write_text(json.dumps(entries))
    table = source(tmp_path, mapping="mapping.json").read_table()
    assert table.frame["patient_id"].tolist() == ["00001111", "00001111", "00002222", "00003333"]
    assert table.patients_known
    (tmp_path / "mapping.json").write_text(json.dumps(entries[:2]))
    with pytest.raises(DataError, match="mapping.json: has no entry for 2 of 4 images, e.g. 00436515"):
        source(tmp_path, mapping="mapping.json").read_table()
    for content in ("{}", "[1]", '[{"subset_img_id": "a"}]', '[{"subset_img_id": "a", "img_id": "b.png"}]', "["):
        (tmp_path / "mapping.json").write_text(content)
        with pytest.raises(DataError, match="mapping.json: (expected|is no JSON)"):
            source(tmp_path, mapping="mapping.json").read_table()


@pytest.mark.parametrize("labels, classes, words", [
    (LABELS.replace(",379.0,1", ",379.0,0"), CLASSES, "00436515 has two different values in column 'Target'"),
    (LABELS.replace("00313ee0,,,,,0", "00313ee0,,,,,2"), CLASSES, "row 3, column 'Target': expected 0, 1. "),
    (LABELS, CLASSES.replace("00704310,Lung Opacity\n", ""), "class_info.csv: has no row for 00704310"),
    (LABELS, CLASSES.replace("00313ee0,Normal", "00313ee0,Lung Opacity"), "00313ee0 is 'Lung Opacity', and has "),
    (LABELS, CLASSES.replace("ab,No", "ab,no"), "column 'class': expected Lung Opacity, .* Received: 'no Lung"),
    (LABELS.replace("00704310", " "), CLASSES, "row 6, column 'patientId': is blank"),
])  # fmt: skip
def test_odd_tables(tmp_path, labels, classes, words):
    write(tmp_path, labels, classes)
    with pytest.raises(DataError, match=words):
        source(tmp_path).read_table()


def test_images(tmp_path):
    reader = source(write(tmp_path))
    image = reader.read_image(reader.read_table().frame["path"][0])
    assert image.shape == (8, 8) and image[0, 0] == 0 and image[7, 7] == 255


def test_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="no stage_2_train_labels.csv found; .*kaggle.com/c/rsna-pneumonia-detection"):
        source(tmp_path).read_table()
    write(tmp_path, classes=None)
    with pytest.raises(DataError, match="no stage_2_detailed_class_info.csv found"):
        source(tmp_path).read_table()
