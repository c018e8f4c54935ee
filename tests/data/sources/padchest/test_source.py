import cv2
import numpy as np
import pytest

from medgan_tf.data.sources.padchest.settings import Options
from medgan_tf.data.sources.padchest.source import PadchestSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

TABLE = "PADCHEST_chest_x_ray_images_labels_160K_01.02.19.csv"
# Of the 36 columns of the published table those that are read, the first, which has no name, and the report.
HEADER = (
    ",ImageID,ImageDir,StudyDate_DICOM,StudyID,PatientID,PatientBirth,PatientSex_DICOM,ViewPosition_DICOM,Projection,"
    "Report,MethodLabel,Labels"
)
ROWS = (
    "0,a.png,0,20140915,s0,p0,1930.0,F,POSTEROANTERIOR,PA, sin hallazg .,Physician,['normal']",
    "1,b.png,0,20150914,s1,p1,1929.0,M,LATERAL,L, x .,Physician,\"['pulmonary fibrosis', 'chronic changes']\"",
    "2,c.png,13,20120101,s2,p2,1901.0,M,,AP_horizontal,\"a, b\",RNN_model,\"['pneumonia', ' pleural effusion', '']\"",
    "3,d.png,13,20120101,s2,p2,,O,,AP,,RNN_model,\"['unchanged', 'cardiomegaly']\"",
    "4,e.png,54,20120101,s3,p3,1950.0,nan,,PA,,RNN_model,nan",
    "5,f.png,54,20120101,s3,p3,1950.0,M,,PA,,Physician,\"['exclude']\"",
    "6,g.png,54,20120101,s4,p4,1950.0,M,,PA,,Physician,\"['suboptimal study', 'normal']\"",
    "7,h.png,54,20120101,s4,p4,1950.0,M,,PA,,Physician,['']",
    "8,i.png,54,20120101,s5,p4,1950.0,M,,PA,,Physician,\"['COPD signs', 'pneumonia']\"",
)


def write(root, rows=ROWS):
    (root / TABLE).write_text("\n".join([HEADER, *rows]) + "\n")
    for row in rows:
        _, name, folder, *_ = row.split(",")
        (root / folder).mkdir(exist_ok=True)
        cv2.imwrite(str(root / folder / name), np.linspace(0, 65535, 24 * 20).reshape(24, 20).astype(np.uint16))
    return root


def source(root, **options):
    return PadchestSource(str(root), Options(**options))


def positives(table):
    return {
        image: {name for name in table.findings if value[name] == 1}
        for image, (_, value) in zip(table.frame["image_id"], table.frame.iterrows(), strict=True)
    }


def test_registered():
    assert SOURCES.get("padchest") is PadchestSource


def test_frontal_images_with_usable_labels(tmp_path):
    table = source(write(tmp_path)).read_table()
    assert positives(table) == {
        "a.png": {"normal"},
        "c.png": {"pneumonia", "pleural effusion"},
        "i.png": {"COPD signs", "pneumonia"},
    }
    assert table.findings == ("COPD signs", "normal", "pleural effusion", "pneumonia") and table.no_finding == "normal"
    assert table.frame["patient_id"].tolist() == ["p0", "p2", "p4"]
    assert table.covariates["sex"].tolist() == ["F", "M", "M"]
    assert table.covariates["age"].tolist() == [84, 90, 62]
    assert table.covariates["view"].tolist() == ["PA", "AP", "PA"]
    assert table.counts == {
        f"rows in {TABLE}": 9,
        "images of other projections left out": 1,
        "images without labels left out": 2,
        "images with the label 'exclude' left out": 1,
        "images with the label 'suboptimal study' left out": 1,
        "images with the label 'unchanged' left out": 1,
        "repeated rows": 0,
    }


def test_all_projections_and_labels(tmp_path):
    table = source(write(tmp_path), projections=None, leave_out=["exclude"]).read_table()
    found = positives(table)
    assert list(found) == ["a.png", "b.png", "c.png", "d.png", "g.png", "i.png"]
    assert found["d.png"] == {"unchanged", "cardiomegaly"} and found["g.png"] == {"suboptimal study", "normal"}
    assert table.covariates["age"].tolist()[3] == -1 and table.covariates["sex"].tolist()[3] == "O"
    assert table.covariates["view"].tolist()[1] == "lateral"


def test_physicians(tmp_path):
    table = source(write(tmp_path), labelled_by="physicians").read_table()
    assert list(positives(table)) == ["a.png", "i.png"]
    assert table.counts["images not labelled by a physician left out"] == 3


def test_images_in_their_folders_or_in_one(tmp_path):
    reader = source(write(tmp_path))
    path = reader.read_table().frame["path"][1]
    assert path == f"{tmp_path}/13/c.png"
    image = reader.read_image(path)
    assert (image.dtype, image.shape, int(image.min()), int(image.max())) == (np.uint8, (24, 20), 0, 255)
    (tmp_path / "13" / "c.png").rename(tmp_path / "c.png")
    assert reader.read_table().frame["path"][1] == f"{tmp_path}/c.png"


@pytest.mark.parametrize("labels", ["\"['normal'\"", "normal", "\"{'normal': 1}\"", "\"['a|b']\""])
def test_an_odd_list(tmp_path, labels):
    write(tmp_path, [ROWS[0], ROWS[4].replace(",RNN_model,nan", f",RNN_model,{labels}")])
    with pytest.raises(DataError, match="row 3, column 'Labels': expected a list of names: ") as error:
        source(tmp_path).read_table()
    assert "\n" not in str(error.value)


def test_nothing_usable(tmp_path):
    write(tmp_path, ROWS[3:6])
    with pytest.raises(DataError, match="no image has labels other than exclude, suboptimal study, unchanged"):
        source(tmp_path).read_table()
    with pytest.raises(DataError, match="no row has COSTAL in column 'Projection' .*; found: PA"):
        source(tmp_path, projections=["COSTAL"]).read_table()


def test_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="no PADCHEST_chest.*csv found; looked in .*after registration.*bimcv.cipf.es"):
        source(tmp_path).read_table()
