import pytest
from raw_folders import write_jpeg

from medgan_tf.data.sources.chexpert.source import FINDINGS
from medgan_tf.data.sources.mimic_cxr.settings import Options
from medgan_tf.data.sources.mimic_cxr.source import MimicCxrSource
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

METADATA = """dicom_id,subject_id,study_id,PerformedProcedureStepDescription,ViewPosition,Rows,Columns,StudyDate,Time
d1,10000032,50414267,"CHEST (PA, LAT)",PA,3056,2544,21800506,213014.531
d2,10000032,50414267,"CHEST (PA, LAT)",LATERAL,3056,2544,21800506,213014.531
d3,10000032,53189527,CHEST (PORTABLE AP),AP,3056,2544,21800626,165500.312
d4,19999987,58621812,CHEST (PORTABLE AP),AP,2544,3056,21451103,50809.0
d5,19999987,58971208,CHEST (PORTABLE AP),AP,2544,3056,21451103,50809.0
d6,19999987,58621812,,,2544,3056,21451103,50809.0
"""
CHEXPERT_NAMES = (
    "Atelectasis,Cardiomegaly,Consolidation,Edema,Enlarged Cardiomediastinum,Fracture,Lung Lesion,Lung Opacity,"
    "No Finding,Pleural Effusion,Pleural Other,Pneumonia,Pneumothorax,Support Devices"
)
CHEXPERT = f"""subject_id,study_id,{CHEXPERT_NAMES}
10000032,50414267,,,,,,,,,1.0,,,,,
10000032,53189527,-1.0,,,1.0,,,,,,0.0,,,,
19999987,58621812,1.0,,,,,,,,,,,,,1.0
"""
SPLIT = """dicom_id,study_id,subject_id,split
d1,50414267,10000032,train
d2,50414267,10000032,train
d3,53189527,10000032,validate
d4,58621812,19999987,test
"""


def write(root, **changed):
    for name, text in ({"metadata": METADATA, "chexpert": CHEXPERT, "split": SPLIT} | changed).items():
        (root / f"mimic-cxr-2.0.0-{name}.csv").write_text(text)
    for patient, study, image in (
        ("10000032", "50414267", "d1"),
        ("10000032", "50414267", "d2"),
        ("10000032", "53189527", "d3"),
        ("19999987", "58621812", "d4"),
    ):
        write_jpeg(root / "files" / f"p{patient[:2]}" / f"p{patient}" / f"s{study}" / f"{image}.jpg")
    return root


def source(root, **options):
    return MimicCxrSource(str(root), Options(**options))


def test_registered():
    assert SOURCES.get("mimic_cxr") is MimicCxrSource


def test_frontal_images_with_their_studys_states(tmp_path):
    table = source(write(tmp_path)).read_table()
    frame = table.frame
    assert table.findings == FINDINGS and table.no_finding == "No Finding"
    assert frame["image_id"].tolist() == ["d1", "d3", "d4"]
    assert frame["patient_id"].tolist() == ["10000032", "10000032", "19999987"]
    blank, positive, negative, uncertain = (
        LabelState.BLANK,
        LabelState.POSITIVE,
        LabelState.NEGATIVE,
        LabelState.UNCERTAIN,
    )
    assert frame["No Finding"].tolist() == [positive, blank, blank]
    assert frame["Atelectasis"].tolist() == [blank, uncertain, positive]
    assert frame["Edema"].tolist() == [blank, positive, blank]
    assert frame["Pleural Effusion"].tolist() == [blank, negative, blank]
    assert frame["Support Devices"].tolist() == [blank, blank, positive]
    assert frame["path"][1] == f"{tmp_path}/files/p10/p10000032/s53189527/d3.jpg"
    assert table.covariates["view"].tolist() == ["PA", "AP", "AP"] and list(table.covariates) == ["view"]
    assert table.counts == {
        "rows in mimic-cxr-2.0.0-metadata.csv": 6,
        "repeated rows": 0,
        "images of other views left out": 2,
        "images of studies without chexpert labels left out": 1,
    }
    assert table.folds is None


def test_all_views(tmp_path):
    table = source(write(tmp_path), views=None).read_table()
    assert table.frame["image_id"].tolist() == ["d1", "d2", "d3", "d4", "d6"]
    assert table.covariates["view"].tolist() == ["PA", "lateral", "AP", "AP", ""]
    lateral = source(tmp_path, views=["LATERAL"]).read_table()
    assert lateral.frame["image_id"].tolist() == ["d2"]


def test_the_official_folds(tmp_path):
    assert source(write(tmp_path), official_folds=True).read_table().folds.tolist() == ["train", "valid", "test"]
    write(tmp_path, split=SPLIT.replace("d3,", "d9,"))
    with pytest.raises(DataError, match="split.csv: has no row for 1 of 3 images, e.g. d3"):
        source(tmp_path, official_folds=True).read_table()
    write(tmp_path, split=SPLIT.replace("validate", "valid"))
    with pytest.raises(DataError, match="row 4, column 'split': expected train, validate, test. Received: 'valid'"):
        source(tmp_path, official_folds=True).read_table()


def test_images(tmp_path):
    reader = source(write(tmp_path))
    assert reader.read_image(reader.read_table().frame["path"][2]).shape == (40, 48)


def test_a_study_twice(tmp_path):
    write(tmp_path, chexpert=CHEXPERT + CHEXPERT.splitlines()[1] + "\n")
    with pytest.raises(DataError, match="chexpert.csv: row 5: study 50414267 is listed twice"):
        source(tmp_path).read_table()


def test_packed_tables(tmp_path):
    write(tmp_path)
    path = tmp_path / "mimic-cxr-2.0.0-chexpert.csv"
    path.rename(tmp_path / "mimic-cxr-2.0.0-chexpert.csv.gz")
    with pytest.raises(DataError, match="chexpert.csv.gz: is packed, .*unpack it first: gunzip -k .*chexpert.csv.gz"):
        source(tmp_path).read_table()


def test_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="no mimic-cxr-2.0.0-metadata.csv found; .*physionet.org/content/mimic-cxr-jpg"):
        source(tmp_path).read_table()
