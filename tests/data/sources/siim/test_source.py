import numpy as np
import pytest
from raw_folders import write_ct

from medgan_tf.data.sources.siim.settings import Options
from medgan_tf.data.sources.siim.source import SiimSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

# As published: a blank before the second column's name, and one before some of its cells.
ROWS = """ImageId, EncodedPixels
1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819,-1
1.2.276.0.7230010.3.1.4.8323329.13666.1517875247.117800,557374 2 1015 8 1009 14
1.2.276.0.7230010.3.1.4.8323329.11028.1517875229.983789, -1
1.2.276.0.7230010.3.1.4.8323329.13666.1517875247.117800, 600000 5
"""
NAMES = [f"1.2.276.0.7230010.3.1.4.8323329.{end}" for end in (
    "6904.1517875201.850819", "13666.1517875247.117800", "11028.1517875229.983789"
)]  # fmt: skip


def write(root, text=ROWS, table="train-rle.csv"):
    (root / table).write_text(text)
    for number, name in enumerate(NAMES):
        place = root / "dicom-images-train" / f"study{number}" / f"series{number}" / f"{name}.dcm"
        pixels = np.arange(64).reshape(8, 8)
        write_ct(place, pixels, Modality="CR", PixelRepresentation=0, RescaleIntercept=None, RescaleSlope=None)
    return root


def source(root, **options):
    return SiimSource(str(root), Options(**options))


def test_registered():
    assert SOURCES.get("siim") is SiimSource


def test_one_row_for_each_image(tmp_path):
    table = source(write(tmp_path)).read_table()
    assert table.frame["image_id"].tolist() == NAMES
    assert table.frame["Pneumothorax"].tolist() == [0, 1, 0]
    assert table.frame["No Pneumothorax"].tolist() == [1, 0, 1]
    assert table.findings == ("Pneumothorax", "No Pneumothorax") and table.no_finding == "No Pneumothorax"
    assert table.counts == {"rows in train-rle.csv": 4, "images listed": 3, "images with several regions": 1}
    assert not table.patients_known and set(table.frame["patient_id"]) == {""}


def test_images_are_looked_for_in_nested_folders(tmp_path):
    reader = source(write(tmp_path, table="stage_2_train.csv"))
    path = reader.read_table().frame["path"][1]
    assert path == f"{tmp_path}/dicom-images-train/study1/series1/{NAMES[1]}.dcm"
    image = reader.read_image(path)
    assert image.shape == (8, 8) and (image[0, 0], image[7, 7]) == (0, 255)
    reader.counts_only = True
    assert reader.read_table().frame["path"][1] == f"{tmp_path}/{NAMES[1]}.dcm"


@pytest.mark.parametrize("old, new, words", [
    (" 600000 5", "-1", f"image {NAMES[1]} has regions and a row with -1"),
    (" 600000 5", "", "row 5, column 'EncodedPixels': expected -1 or pairs .* Received: ''"),
    (" 600000 5", "600000 5 7", "expected -1 or pairs of a start and a length. Received: '600000 5 7'"),
    ("1.2.276.0.7230010.3.1.4.8323329.6904.1517875201.850819", "", "row 2, column 'ImageId': is blank"),
])  # fmt: skip
def test_odd_rows(tmp_path, old, new, words):
    write(tmp_path, ROWS.replace(old, new))
    with pytest.raises(DataError, match=words):
        source(tmp_path).read_table()


def test_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="no train-rle.csv or stage_2_train.csv found; .*kaggle.com/c/siim-acr"):
        source(tmp_path).read_table()
