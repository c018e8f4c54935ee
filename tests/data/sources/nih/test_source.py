import cv2
import numpy as np
import pytest

from medgan_tf.data.sources.nih.settings import Options
from medgan_tf.data.sources.nih.source import FINDINGS, NihSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES

# As published: names of the last columns with commas in them, so four cells for two names. The older table has a comma
# at the end of each line, and some ages above 400.
HEADER = (
    "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
    "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y]"
)
ROWS = (
    "00000001_000.png,Cardiomegaly,0,1,57,M,PA,2682,2749,0.143,0.143",
    "00000001_001.png,Cardiomegaly|Emphysema,1,1,58,M,PA,2894,2729,0.143,0.143",
    "00000002_000.png,No Finding,0,2,80,M,AP,2500,2048,0.171,0.171",
    "00000003_000.png,Pleural_Thickening|Hernia,0,3,94,F,PA,2582,2991,0.143,0.143",
)
OLD_ROWS = ("00005567_000.png,Effusion|Pneumonia,0,5567,412,M,AP,3056,2544,0.139,0.139,",)


def write(root, rows=ROWS, table="Data_Entry_2017_v2020.csv", header=HEADER):
    (root / table).write_text("\n".join([header, *rows]) + "\n")
    for number, row in enumerate(rows):
        folder = root / f"images_{number + 1:03d}" / "images"
        folder.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / row.split(",")[0]), np.full((20, 24), 10 * number + 5, np.uint8))
    return root


def source(root, **options):
    return NihSource(str(root), Options(**options))


def positives(table, row):
    return [name for name in table.findings if table.frame.loc[row, name] == 1]


def test_registered():
    assert SOURCES.get("nih") is NihSource


def test_rows_of_the_table(tmp_path):
    table = source(write(tmp_path)).read_table()
    assert table.findings == FINDINGS and len(FINDINGS) == 15 and table.no_finding == "No Finding"
    assert [positives(table, row) for row in range(4)] == [
        ["Cardiomegaly"],
        ["Cardiomegaly", "Emphysema"],
        ["No Finding"],
        ["Pleural_Thickening", "Hernia"],
    ]
    assert (table.frame[list(FINDINGS)].to_numpy() >= 0).all()
    assert table.frame["patient_id"].tolist() == ["1", "1", "2", "3"] and table.patients_known
    assert table.frame["image_id"].tolist()[2] == "00000002_000.png"
    assert table.covariates["sex"].tolist() == ["M", "M", "M", "F"]
    assert table.covariates["age"].tolist() == [57, 58, 80, 90]
    assert table.covariates["view"].tolist() == ["PA", "PA", "AP", "PA"]
    assert table.counts == {"rows in Data_Entry_2017_v2020.csv": 4, "repeated rows": 0}
    assert table.folds is None


def test_images_are_looked_for_in_the_twelve_folders(tmp_path):
    reader = source(write(tmp_path))
    paths = reader.read_table().frame["path"].tolist()
    assert paths[3] == f"{tmp_path}/images_004/images/00000003_000.png"
    assert [int(reader.read_image(path)[0, 0]) for path in paths] == [5, 15, 25, 35]


def test_the_older_table(tmp_path):
    write(tmp_path, OLD_ROWS, "Data_Entry_2017.csv", f"{HEADER},")
    table = source(tmp_path).read_table()
    assert positives(table, 0) == ["Effusion", "Pneumonia"]
    assert table.covariates["age"].tolist() == [-1]
    write(tmp_path, ROWS)
    assert len(source(tmp_path).read_table().frame) == 4
    assert len(source(tmp_path, csv="Data_Entry_2017.csv").read_table().frame) == 1


def test_views(tmp_path):
    table = source(write(tmp_path), views=["AP"]).read_table()
    assert table.frame["image_id"].tolist() == ["00000002_000.png"]
    assert table.counts["images of other views left out"] == 3
    assert table.covariates["view"].tolist() == ["AP"]
    with pytest.raises(DataError, match=r"no row has lateral in column 'View Position' \(data.options.views\)"):
        source(tmp_path, views=["lateral"]).read_table()


def test_the_official_folds(tmp_path):
    write(tmp_path)
    (tmp_path / "train_val_list.txt").write_text("00000001_000.png\n00000001_001.png\n00000003_000.png\n")
    with pytest.raises(DataError, match="no file .*test_list.txt .data.options.official_folds."):
        source(tmp_path, official_folds=True).read_table()
    (tmp_path / "test_list.txt").write_text("00000002_000.png")
    table = source(tmp_path, official_folds=True).read_table()
    assert table.folds.tolist() == ["train_valid", "train_valid", "test", "train_valid"]
    (tmp_path / "test_list.txt").write_text("00000009_000.png\n")
    with pytest.raises(DataError, match="1 of 4 images are in neither train_val_list.txt nor test_list.txt"):
        source(tmp_path, official_folds=True).read_table()
    (tmp_path / "test_list.txt").write_text("00000001_000.png\n")
    with pytest.raises(DataError, match="'00000001_000.png' is in both train_val_list.txt and test_list.txt"):
        source(tmp_path, official_folds=True).read_table()


@pytest.mark.parametrize("labels", ["Cardiomegaly|Cough", "No Finding|Hernia", "", "Pleural Thickening"])
def test_an_odd_label(tmp_path, labels):
    write(tmp_path, [ROWS[0], f"00000004_000.png,{labels},0,4,50,F,PA,1,1,1,1"])
    with pytest.raises(DataError, match="v2020.csv: row 3, column 'Finding Labels': expected 'No Finding'"):
        source(tmp_path).read_table()


def test_counting_does_not_ask_for_the_images(tmp_path):
    (tmp_path / "Data_Entry_2017_v2020.csv").write_text("\n".join([HEADER, *ROWS]))
    reader = source(tmp_path)
    with pytest.raises(DataError, match="lists images that are not there"):
        reader.read_table()
    reader.counts_only = True
    assert len(reader.read_table().frame) == 4


def test_where_to_get_it(tmp_path):
    with pytest.raises(DataError, match="no Data_Entry_2017_v2020.csv or Data_Entry_2017.csv found; .*without"):
        source(tmp_path).read_table()
    (tmp_path / "Data_Entry_2017.csv.gz").write_bytes(b"")
    with pytest.raises(DataError, match="Data_Entry_2017.csv.gz: is packed, .* unpack it first: gunzip -k .*csv.gz"):
        source(tmp_path).read_table()


def test_links_out_of_the_root(tmp_path):
    root = tmp_path / "nih"
    root.mkdir()
    write(root, ROWS[:1])
    place = root / "images_001" / "images" / "00000001_000.png"
    place.rename(tmp_path / "outside.png")
    place.symlink_to(tmp_path / "outside.png")
    with pytest.raises(DataError, match="is a link that leads out of data.root"):
        source(root).read_table()
    reader = source(root, outside_root=True)
    assert reader.read_image(reader.read_table().frame["path"][0]).shape == (20, 24)
