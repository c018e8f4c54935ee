"""The options that docs/prepare.md gives for published tables, on hand-written tables with their columns.

Where MEDGAN_TXRV_TABLES names the folder with the real tables, packed as torchxrayvision ships them, also on these.
"""

import gzip
import os
import re
import zipfile
from pathlib import Path

import pytest
import yaml

from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.sources.table.source import TableSource

PAGE = Path(__file__).parents[4] / "docs" / "prepare.md"
FOLDER = os.environ.get("MEDGAN_TXRV_TABLES")


def _published():
    """The options of each example, by the name of its table."""
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    options = [yaml.safe_load(block) for block in blocks]
    return {one["csv"]: one for one in options if "csv" in one}


SMALL = {
    "Data_Entry_2017_v2020.csv": (
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position\n"
        "00000001_000.png,Cardiomegaly,0,1,57,M,PA\n00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,AP\n"
        "00000002_000.png,No Finding,0,2,80,F,PA\n",
        [("00000001_000.png", "1", "Cardiomegaly"), ("00000001_001.png", "1", "Cardiomegaly|Emphysema"),
         ("00000002_000.png", "2", "No Finding")],
    ),
    "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv": (
        ",ImageID,ImageDir,PatientID,PatientSex_DICOM,Projection,Labels\n0,a.png,0,P1,F,PA,['normal']\n"
        "1,b.png,14,P2,M,L,['kyphosis']\n2,c.png,14,P2,M,AP,\"['kyphosis', 'pleural  effusion ']\"\n"
        "3,d.png,3,P3,,PA,nan\n",
        [("0/a.png", "P1", "normal"), ("14/c.png", "P2", "kyphosis|pleural effusion"), ("3/d.png", "P3", "")],
    ),
    "train.csv": (
        "image_id,class_name,class_id,rad_id,x_min\na,Cardiomegaly,3,R1,691.0\na,Cardiomegaly,3,R2,\na,Nodule/Mass,8,R2,\n"
        "a,No finding,14,R3,\nb,No finding,14,R1,\n",
        [("a", "", "Cardiomegaly"), ("b", "", "No finding")],
    ),
    "train-rle.csv": (
        "ImageId, EncodedPixels\n1.2.7,-1\n1.2.8,557374 2 1015 8\n1.2.8,3 4\n",
        [("1.2.7", "", ""), ("1.2.8", "", "Pneumothorax")],
    ),
    "stage_2_train_labels.csv": (
        "patientId,x,y,width,height,Target\nu,,,,,0\nv,1,2,3,4,1\nv,5,6,7,8,1\nw,,,,,0\n",
        [("u", "u", "Normal"), ("v", "v", "Lung Opacity"), ("w", "w", "No Lung Opacity / Not Normal")],
    ),
}  # fmt: skip
OTHER_FILES = {
    "train_val_list.txt": "00000001_000.png\n00000001_001.png\n",
    "test_list.txt": "00000002_000.png\n",
    "stage_2_detailed_class_info.csv": (
        "patientId,class\nv,Lung Opacity\nu,Normal\nw,No Lung Opacity / Not Normal\nv,Lung Opacity\n"
    ),
}


def _table(folder, options):
    source = TableSource(str(folder), Options.model_validate(options))
    source.counts_only = True
    return source.read_table()


def _named(table):
    """Image, patient and the names of the positive findings of each row."""
    names = [
        "|".join(name for name, is_shown in zip(table.findings, row, strict=True) if is_shown) for row in table.positive
    ]
    return list(zip(table.frame["image_id"], table.frame["patient_id"], names, strict=True))


@pytest.mark.parametrize("csv", list(SMALL))
def test_small_tables_with_the_published_columns(tmp_path, csv):
    text, expected = SMALL[csv]
    for name, content in {csv: text, **OTHER_FILES}.items():
        (tmp_path / name).write_text(content)
    (tmp_path / "dicom-images-train").mkdir()
    options = _published()[csv]
    if "patient_from" in options:
        # There are no files whose headers name the patient.
        options = {name: value for name, value in options.items() if name != "patient_from"} | {"patients": "none"}
    table = _table(tmp_path, options)
    assert _named(table) == expected
    if "fold_lists" in options:
        assert table.folds.tolist() == ["train_valid", "train_valid", "test"]


REAL = {
    "Data_Entry_2017_v2020.csv": ("Data_Entry_2017_v2020.csv.gz", 112_120, 30_805, "No Finding", 60_361),
    "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv": (
        "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv.gz", 110_633, 67_247, "normal", 36_103
    ),
    "train.csv": ("vinbigdata-train.csv.gz", 15_000, 1, "No finding", 10_606),
    "train-rle.csv": ("siim-pneumothorax-train-rle.csv.gz", 12_047, 1, "Pneumothorax", 2_669),
    "stage_2_train_labels.csv": ("kaggle_stage_2_train_labels.csv.zip", 26_684, 26_684, "Target", 6_012),
}  # fmt: skip


@pytest.mark.skipif(not FOLDER, reason="MEDGAN_TXRV_TABLES does not name the folder of the published tables")
@pytest.mark.parametrize("csv", list(REAL))
def test_real_tables(tmp_path, csv):
    packed, images, patients, finding, positive = REAL[csv]
    path = Path(FOLDER) / packed
    if packed.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            (tmp_path / csv).write_bytes(archive.read(archive.namelist()[0]))
    else:
        (tmp_path / csv).write_bytes(gzip.decompress(path.read_bytes()))
    left_out = ("fold_lists", "patient_from", "join")
    options = {name: value for name, value in _published()[csv].items() if name not in left_out}
    if finding == "Target":
        # The second table of the classes is not among these.
        options = {name: value for name, value in options.items() if name not in ("label_column", "no_finding")}
        options |= {"label_columns": ["Target"]}
    if "siim" in packed:
        options["patients"] = "none"
    table = _table(tmp_path, options)
    assert len(table.frame) == images and table.frame["patient_id"].nunique() == patients
    assert int((table.frame[finding] == 1).sum()) == positive
