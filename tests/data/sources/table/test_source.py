import shutil

import cv2
import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError
from raw_folders import write_ct, write_jpeg

from medgan_tf.data.records.encoding import EncodeTask
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.sources.table.source import TableSource
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES


def _source(root, **options):
    return TableSource(str(root), Options(**options))


@pytest.fixture
def folder(tmp_path):
    write_jpeg(tmp_path / "images" / "a.jpg")
    cv2.imwrite(str(tmp_path / "images" / "b.png"), np.full((3, 5), 9, np.uint8))
    write_ct(tmp_path / "images" / "c", np.array([[0, 40]]))
    (tmp_path / "labels.csv").write_text(
        "file,subject,Edema,Fracture,Finding Labels\na.jpg,s1,1,0,Edema|Mass\nb.png,s1,-1,,No Finding\nc,s2,0,1,Mass\n"
    )
    return tmp_path


COLUMNS = {"images": "images", "path_column": "file", "patient_column": "subject"}
LABELS = {"label_columns": ["Edema", "Fracture"]}


def test_registered():
    assert SOURCES.get("table") is TableSource


def test_label_columns(folder):
    table = _source(folder, **COLUMNS, **LABELS).read_table()
    assert table.findings == ("Edema", "Fracture") and table.no_finding is None
    assert table.frame["image_id"].tolist() == ["a.jpg", "b.png", "c"]
    assert table.frame["patient_id"].tolist() == ["s1", "s1", "s2"]
    assert table.frame[["Edema", "Fracture"]].to_numpy().tolist() == [[1, 0], [-1, -2], [0, 1]]
    assert table.counts == {"rows in labels.csv": 3, "repeated rows dropped": 0}


def test_each_kind_of_image_is_read(folder):
    source = _source(folder, **COLUMNS, **LABELS, window={"center": 40, "width": 80})
    shapes = [source.read_image(path).shape for path in source.read_table().frame["path"]]
    assert shapes == [(40, 48), (3, 5), (1, 2)]
    assert source.read_image(str(folder / "images" / "c")).tolist() == [[0, 129]]


def test_names_in_one_column(folder):
    table = _source(folder, **COLUMNS, label_column="Finding Labels", no_finding="No Finding").read_table()
    assert table.findings == ("Edema", "Mass", "No Finding") and table.no_finding == "No Finding"
    assert table.frame[list(table.findings)].to_numpy().tolist() == [[1, 1, 0], [0, 0, 1], [0, 1, 0]]


def test_given_names_fix_the_order_and_others_are_errors(folder):
    names = ["Mass", "Edema", "No Finding"]
    table = _source(folder, **COLUMNS, label_column="Finding Labels", label_names=names).read_table()
    assert table.findings == tuple(names)
    with pytest.raises(DataError, match="row 3, column 'Finding Labels': expected names among .* 'No Finding'"):
        _source(folder, **COLUMNS, label_column="Finding Labels", label_names=["Mass", "Edema"]).read_table()


def test_own_states(folder):
    (folder / "labels.csv").write_text("file,subject,Edema\na.jpg,s1,yes\nb.png,s1,maybe\nc,s2,no\n")
    states = {"yes": "positive", "no": "negative", "maybe": "uncertain"}
    table = _source(folder, **COLUMNS, label_columns=["Edema"], states=states).read_table()
    assert table.frame["Edema"].tolist() == [1, -1, 0]
    with pytest.raises(DataError, match="row 3, column 'Edema': expected 'yes', 'no' or blank. Received: 'maybe'"):
        _source(folder, **COLUMNS, label_columns=["Edema"], states={"yes": "positive", "no": "negative"}).read_table()


def test_an_image_id_column(folder):
    table = _source(folder, **COLUMNS, label_columns=["Fracture"], image_id_column="Finding Labels").read_table()
    assert table.frame["image_id"].tolist() == ["Edema|Mass", "No Finding", "Mass"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "give either label_columns"),
        ({"label_columns": []}, "label_columns is empty, and a conditional GAN needs at least one label"),
        ({"label_columns": ["a"], "label_column": "b"}, "give either label_columns"),
        ({"label_columns": ["a"], "states": {True: "positive"}}, "put yes, no, true and false in quotes"),
        ({"label_columns": ["a"], "states": {"yes": "sure"}}, "'positive', 'negative', 'uncertain' or 'blank'"),
        ({"label_column": "a", "states": {"yes": "positive"}}, "states goes with label_columns"),
        ({"label_columns": ["a"], "label_names": ["b"]}, "label_names goes with label_column"),
        ({"label_columns": ["a"], "lable": 1}, "Extra inputs are not permitted"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValidationError, match=message):
        Options(**options)


def test_number_keys_of_states_are_text():
    assert Options(label_columns=["a"], states={1: "positive"}).states == {"1": "positive"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"csv": "other.csv"}, "no other.csv found; looked in .*data.options.csv"),
        ({"path_column": "path"}, "no column 'path'; found: file, subject, Edema"),
        ({"label_columns": ["Oedema"]}, "no column 'Oedema'"),
        ({"no_finding": "healthy"}, "no finding 'healthy' .data.options.no_finding.; found: Edema, Fracture"),
        ({"images": "elsewhere"}, "lists images that are not there"),
        ({"patient_column": "Fracture"}, "row 3, column 'Fracture': is blank"),
        ({"label_columns": ["Edema", "Edema"]}, "expected different findings"),
    ],
)
def test_bad_tables(folder, options, message):
    with pytest.raises(DataError, match=message):
        _source(folder, **{**COLUMNS, **LABELS, **options}).read_table()


def test_names_that_are_taken(folder):
    (folder / "labels.csv").write_text("file,subject,a|b\na.jpg,s1,1\n")
    with pytest.raises(DataError, match="a finding cannot be called 'a|b'"):
        _source(folder, **COLUMNS, label_columns=["a|b"]).read_table()


def test_a_missing_image(folder):
    with pytest.raises(DataError, match="gone.png: cannot be read: No such file"):
        _source(folder, **COLUMNS, **LABELS).read_image(str(folder / "gone.png"))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "\ufefffile,subject,Edema\r\na.jpg,s\xe4,1\r\nb.png,s2,0\r\n"),
        ({}, " file , subject ,Edema \n a.jpg , s\xe4 , 1 \nb.png,s2,0\n"),
        ({}, '"file","subject","Edema"\n"a.jpg","s\xe4","1.0"\n"b.png","s2","0"\n'),
        ({}, "file,subject,Edema\n.\\a.jpg,s\xe4,1\n..\\images\\b.png,s2,0\n"),
        ({}, "file,subject,Edema\n./a.jpg,s\xe4,1\na.jpg,s\xe4,1\nb.png,s2,0\n"),
        ({"separator": ";", "encoding": "latin-1"}, "file;subject;Edema\na.jpg;s\xe4;1\nb.png;s2;0\n"),
        ({"separator": "\t", "encoding": "utf-16"}, "file\tsubject\tEdema\na.jpg\ts\xe4\t1\nb.png\ts2\t0\n"),
    ],
)
def test_tables_as_other_programs_write_them(folder, options, text):
    (folder / "labels.csv").write_bytes(text.encode(options.get("encoding", "utf-8")))
    source = _source(folder, **COLUMNS, label_columns=["Edema"], **options)
    frame = source.read_table().frame
    assert frame["patient_id"].tolist() == ["s\xe4", "s2"] and frame["Edema"].tolist() == [1, 0]
    assert [source.read_image(path).shape for path in frame["path"]] == [(40, 48), (3, 5)]


def test_a_patient_number_written_as_a_float_is_the_same_patient(folder):
    (folder / "labels.csv").write_text("file,subject,Edema\na.jpg,17,1\nb.png,17.0,0\nc,1.7,0\n")
    frame = _source(folder, **COLUMNS, label_columns=["Edema"]).read_table().frame
    assert frame["patient_id"].tolist() == ["17", "17", "1.7"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "file;subject;Edema\na.jpg;s1;1\n",
            "no column 'file'; found: file;subject;Edema; .*: set data.options.separator",
        ),
        ("file,subject,Edema\na.jpg,s\xe4,1\n", "is not a CSV file in UTF-8: .*; see .*data.options.encoding"),
        ("file,subject,Edema\na.jpg,nan,1\n", "row 2, column 'subject': is blank .'nan'."),
        ("file,subject,Edema\na\0.jpg,s,1\n", "row 2, column 'file': holds a zero byte"),
        ("file,subject,Edema\na.jpg,s,yes\n", "Received: 'yes'; data.options.states gives cells their meaning"),
    ],
)
def test_tables_that_cannot_be_read_say_what_to_set(folder, text, message):
    (folder / "labels.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=message) as error:
        _source(folder, **COLUMNS, label_columns=["Edema"]).read_table()
    assert "\n" not in str(error.value)


def test_an_unknown_encoding():
    with pytest.raises(ValidationError, match="unknown text encoding 'utf-9'"):
        Options(label_columns=["a"], encoding="utf-9")


@pytest.mark.parametrize("cell", ["../secret.png", "{outside}/secret.png", "link.png", "..\\..\\secret.png"])
def test_images_outside_the_root_need_the_users_word(folder, cell):
    inside = folder / "root"
    inside.mkdir()
    (folder / "images").rename(inside / "images")
    cv2.imwrite(str(folder / "secret.png"), np.full((4, 6), 9, np.uint8))
    (inside / "images" / "link.png").symlink_to(folder / "secret.png")
    path = cell.format(outside=folder).replace("../", "../../")
    (inside / "labels.csv").write_text(f"file,subject,Edema\n{path},s1,1\na.jpg,s1,0\n")
    with pytest.raises(DataError, match="data.root.*set data.options.outside_root to true"):
        _source(inside, **COLUMNS, label_columns=["Edema"]).read_table()
    trusting = _source(inside, **COLUMNS, label_columns=["Edema"], outside_root=True)
    assert trusting.read_image(trusting.read_table().frame["path"][0]).shape == (4, 6)


def test_a_link_behind_the_first_files_is_refused_when_it_is_read(folder):
    source = _source(folder / "images", label_columns=["Edema"])
    (folder / "images" / "link.jpg").symlink_to("/etc/hostname")
    with pytest.raises(DataError, match="link.jpg: lies outside data.root"):
        source.read_image(str(folder / "images" / "link.jpg"))


BOXES = (
    "image,class,reader,sex,age,view\n"
    "1,Mass,R1,F,57,PA\n2,Mass,R1,M,91,AP\n1,Edema,R1,F,57,PA\n1,Mass,R2,F,57,PA\n2,none,R2,M,91,AP\n3,none,R1,,,\n"
)


def _boxes(folder, text=BOXES, **options):
    """Three images in folders of their own, with a row for each box of each reader."""
    for number in "123":
        write_jpeg(folder / "set" / f"part{number}" / f"{number}.jpg", int(number))
    (folder / "boxes.csv").write_text(text)
    columns = {"csv": "boxes.csv", "path_column": "image", "label_column": "class", "no_finding": "none"}
    return _source(folder, **columns, images="set", path_suffix=".jpg", search=True, patients="none", **options)


def test_rows_of_readers_become_one_image_found_by_its_name(tmp_path):
    about = {"sex_column": "sex", "age_column": "age", "view_column": "view"}
    table = _boxes(tmp_path, merge="majority", reader_column="reader", **about).read_table()
    assert table.findings == ("Edema", "Mass", "none") and not table.patients_known
    assert table.frame.to_dict("list") == {
        "image_id": ["1", "2", "3"],
        "path": [f"{tmp_path}/set/part{number}/{number}.jpg" for number in "123"],
        "patient_id": ["", "", ""],
        "Edema": [-1, 0, 0],
        "Mass": [1, -1, 0],
        "none": [0, -1, 1],
    }
    assert table.covariates.to_dict("list") == {"sex": ["F", "M", ""], "age": [57, 90, -1], "view": ["PA", "AP", ""]}
    assert table.counts == {"rows in boxes.csv": 6, "rows merged into others": 3}


def test_rows_that_differ_need_a_rule_and_may_differ_in_labels_only(tmp_path):
    with pytest.raises(DataError, match="image 1 .* .row 4; it differs in Edema, Mass.; .*options.merge"):
        _boxes(tmp_path).read_table()
    other = BOXES.replace("2,none,R2,M,91,AP", "2,none,R2,M,19,AP")
    with pytest.raises(DataError, match="the rows of image 2 differ in age, e.g. 90 and 19"):
        _boxes(tmp_path, other, merge="any", age_column="age").read_table()
    with pytest.raises(DataError, match=r"image 2 is listed twice .*row 4; it differs in age"):
        same = "image,class,age\n1,a,3\n2,a,4\n2,a,5\n"
        _boxes(tmp_path, same.replace("a,", "none,"), age_column="age").read_table()


def test_the_order_of_rows_does_not_matter(tmp_path):
    header, *rows = BOXES.splitlines()
    options = {"merge": "majority", "reader_column": "reader", "sex_column": "sex", "age_column": "age"}
    tables = []
    for order in (rows, rows[::-1], rows[3:] + rows[:3]):
        table = _boxes(tmp_path, "\n".join([header, *order]) + "\n", **options).read_table()
        both = pd.concat([table.frame, table.covariates], axis=1).sort_values("image_id")
        tables.append(both.to_dict("records"))
    assert tables[0] == tables[1] == tables[2]


def test_counting_does_not_look_for_the_pictures(tmp_path):
    source = _boxes(tmp_path, merge="any")
    shutil.rmtree(tmp_path / "set")
    source.counts_only = True
    assert source.read_table().frame["path"].tolist() == [f"{tmp_path}/set/{number}.jpg" for number in "123"]


def test_given_folds_leave_the_other_images_out(tmp_path):
    (tmp_path / "test.txt").write_text("2.jpg\n")
    (tmp_path / "rest.txt").write_text("3.jpg\n")
    table = _boxes(tmp_path, merge="any", fold_lists={"test": "test.txt", "train_valid": "rest.txt"}).read_table()
    assert table.frame["image_id"].tolist() == ["2", "3"] and table.folds.tolist() == ["test", "train_valid"]
    assert table.counts["rows in no list of a fold left out"] == 3


def test_names_of_covariates_are_no_findings(tmp_path):
    with pytest.raises(DataError, match="a finding cannot be called 'sex'"):
        _boxes(tmp_path, "image,class,sex\n1,sex,F\n", sex_column="sex").read_table()


def test_the_patient_of_dicom_headers(tmp_path):
    for number in "12":
        write_ct(tmp_path / f"{number}.dcm", np.array([[0, 40]]), f"P{number}")
    (tmp_path / "3.dcm").write_text("no DICOM")
    (tmp_path / "labels.csv").write_text("path,a\n1,1\n2,0\n3,1\n")
    options = {"label_columns": ["a"], "path_suffix": ".dcm", "patient_from": "dicom", "header_workers": 1}
    table = _source(tmp_path, **options).read_table()
    assert table.frame[["image_id", "patient_id"]].to_numpy().tolist() == [["1", "P1"], ["2", "P2"]]
    assert table.counts["images without a patient in their header left out"] == 1 and table.patients_known
    cache = tmp_path / "cache.csv"
    source = _source(tmp_path, **options, header_cache=str(cache))
    source.counts_only = True
    assert source.read_table().frame["patient_id"].tolist() == ["P1", "P2"] and not cache.exists()


def test_pages_of_one_file_are_images_of_their_own(tmp_path):
    pages = [np.full((2, 3), level, np.uint8) for level in (10, 200)]
    cv2.imwritemulti(str(tmp_path / "a#frame=0.tif"), pages)
    (tmp_path / "labels.csv").write_text("path,patient,page,x\na#frame=0.tif,p,0,1\na#frame=0.tif,p,1,0\n")
    source = _source(tmp_path, label_columns=["x"], frame_column="page")
    table = source.read_table()
    assert table.frame["image_id"].tolist() == ["a#frame=0.tif#frame=0", "a#frame=0.tif#frame=1"]
    assert [source.read_image(path)[0, 0] for path in table.frame["path"]] == [10, 200]
    assert [source.file_of(path) for path in table.frame["path"]] == [str(tmp_path / "a#frame=0.tif")] * 2
    with pytest.raises(DataError, match="a#frame=0.tif: has 2 pages"):
        _source(tmp_path, label_columns=["x"]).read_image(str(tmp_path / "a#frame=0.tif"))


def test_a_window_on_stored_values_plus_32768(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.array([[32768 - 1000, 32768, 32768 + 40, 32768 + 80]], np.uint16))
    options = {"label_columns": ["x"], "intercept": -32768.0, "window": {"center": 40, "width": 80}}
    assert _source(tmp_path, **options).read_image(str(tmp_path / "a.png")).tolist() == [[0, 0, 129, 255]]


def test_what_is_there_instead_of_a_missing_image(folder):
    (folder / "labels.csv").write_text("file,subject,Edema\na.png,s1,1\nB.png,s1,0\n")
    source = _source(folder, **COLUMNS, label_columns=["Edema"])
    with pytest.raises(
        DataError, match="lists images that are not there, e.g. .*a.png; there is a.jpg instead; is data"
    ):
        source.read_table()
    encode = EncodeTask(source, 32, "png")
    with pytest.raises(DataError, match="B.png: cannot be read: No such file or directory; there is b.png instead"):
        encode(str(folder / "images" / "B.png"))


def test_an_empty_image_is_called_empty(folder):
    (folder / "images" / "a.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"a.jpg: is empty \(0 bytes\)"):
        _source(folder, **COLUMNS, **LABELS).read_image(str(folder / "images" / "a.jpg"))


@pytest.mark.parametrize("encoding", ["zlib", "hex", "base64"])
def test_an_encoding_that_is_none_of_text(encoding):
    with pytest.raises(ValidationError, match=f"unknown text encoding '{encoding}'"):
        Options(label_columns=["a"], encoding=encoding)
