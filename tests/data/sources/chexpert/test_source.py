import pytest

from medgan_tf.data.sources.chexpert.settings import Options
from medgan_tf.data.sources.chexpert.source import FINDINGS, ChexpertSource
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError
from medgan_tf.registry import SOURCES


def _source(root, **options):
    return ChexpertSource(str(root), Options(**options))


def test_registered():
    assert SOURCES.get("chexpert") is ChexpertSource


def test_frontal_images_with_their_raw_states(raw_chexpert):
    first = raw_chexpert.add(7, Edema="1.0", Pneumonia="-1.0", Fracture="0.0")
    raw_chexpert.add(7, view="Lateral", Edema="1.0")
    raw_chexpert.add(12, No_Finding="1.0")
    table = _source(raw_chexpert.write()).read_table()
    assert table.findings == FINDINGS and table.no_finding == "No Finding"
    assert table.counts == {"rows in train.csv": 3, "repeated rows": 0, "lateral views left out": 1}
    frame = table.frame
    assert frame["image_id"][0] == first and frame["patient_id"].tolist() == ["patient00007", "patient00012"]
    states = frame.loc[0, ["Edema", "Pneumonia", "Fracture", "Cardiomegaly"]].tolist()
    assert states == [LabelState.POSITIVE, LabelState.UNCERTAIN, LabelState.NEGATIVE, LabelState.BLANK]
    assert (frame.dtypes[list(FINDINGS)] == "int8").all()


def test_root_may_be_the_folder_its_parent_or_a_renamed_copy(raw_chexpert, tmp_path):
    raw_chexpert.add(1, Edema="1")
    folder = raw_chexpert.write()
    for root in (folder, folder.parent):
        source = _source(root)
        assert source.read_image(source.read_table().frame["path"][0]).shape == (40, 48)
    renamed = folder.rename(tmp_path / "chest")
    source = _source(renamed)
    assert source.read_image(source.read_table().frame["path"][0]).shape == (40, 48)


def test_lateral_views_on_request(raw_chexpert):
    raw_chexpert.add(1, view="Lateral", Edema="1")
    raw_chexpert.add(2, Edema="1")
    assert len(_source(raw_chexpert.write(), frontal_only=False).read_table().frame) == 2


def test_equal_repeats_are_counted(raw_chexpert):
    raw_chexpert.add(1, Edema="1")
    raw_chexpert.rows.append(dict(raw_chexpert.rows[0]))
    raw_chexpert.add(2, view="Lateral", Edema="1")
    raw_chexpert.add(3, Edema="1")
    table = _source(raw_chexpert.write()).read_table()
    assert table.counts == {"rows in train.csv": 4, "repeated rows": 1, "lateral views left out": 1}
    assert table.frame["patient_id"].tolist() == ["patient00001", "patient00003"]


def test_a_missing_folder_says_where_it_looked_and_where_to_get_it(tmp_path):
    with pytest.raises(DataError) as error:
        _source(tmp_path / "x").read_table()
    message = str(error.value)
    assert f"looked in {tmp_path}/x and {tmp_path}/x/CheXpert-v1.0-small" in message
    assert "stanfordmlgroup.github.io/competitions/chexpert" in message and "\n" not in message


def test_a_missing_column(raw_chexpert):
    raw_chexpert.add(1)
    with pytest.raises(DataError, match="train.csv: no column 'Edema'; found: Path, Sex, Age"):
        _source(raw_chexpert.write(drop=["Edema"])).read_table()


@pytest.mark.parametrize("value", ["2", "positive"])
def test_an_odd_label(raw_chexpert, value):
    raw_chexpert.add(1, Edema="1")
    raw_chexpert.add(2, Edema=value)
    with pytest.raises(DataError, match=f"train.csv: row 3, column 'Edema': expected 1, 0, -1 .*Received: '{value}'"):
        _source(raw_chexpert.write()).read_table()


def test_an_odd_path_and_an_odd_view(raw_chexpert):
    raw_chexpert.add(1, Edema="1")
    path = raw_chexpert.rows[0]["Path"]
    raw_chexpert.rows[0]["Path"] = "CheXpert-v1.0-small/train/someone/a.jpg"
    with pytest.raises(DataError, match="row 2, column 'Path': expected a path with a folder patientNNNNN"):
        _source(raw_chexpert.write()).read_table()
    raw_chexpert.rows[0] |= {"Path": path, "Frontal/Lateral": "Oblique"}
    with pytest.raises(DataError, match="expected Frontal or Lateral. Received: 'Oblique'"):
        _source(raw_chexpert.write()).read_table()


def test_no_frontal_views(raw_chexpert):
    raw_chexpert.add(1, view="Lateral", Edema="1")
    with pytest.raises(DataError, match="no frontal views"):
        _source(raw_chexpert.write()).read_table()


def test_images_that_are_elsewhere(raw_chexpert):
    raw_chexpert.add(1, Edema="1")
    folder = raw_chexpert.write()
    (folder / "train").rename(folder / "moved")
    with pytest.raises(DataError, match="lists images that are not there, e.g. .*patient00001"):
        _source(folder).read_table()


def test_counting_does_not_ask_for_the_pictures(raw_chexpert):
    raw_chexpert.add(1, Edema="1")
    folder = raw_chexpert.write()
    (folder / "train").rename(folder / "moved")
    source = _source(folder)
    source.counts_only = True
    assert source.read_table().frame["patient_id"].tolist() == ["patient00001"]


def test_a_truncated_image(raw_chexpert):
    raw_chexpert.add(1, Edema="1")
    source = _source(raw_chexpert.write())
    path = source.read_table().frame["path"][0]
    with open(path, "r+b") as file:
        file.truncate(300)
    with pytest.raises(DataError, match="frontal.jpg: is truncated"):
        source.read_image(path)


def test_paths_that_leave_the_root(raw_chexpert, tmp_path):
    raw_chexpert.add(1, Edema=1)
    raw_chexpert.add(2, Edema=0)
    folder = raw_chexpert.write()
    table = folder / "train.csv"
    old = "CheXpert-v1.0-small/train/patient00002/"
    outside = tmp_path / "patient00002" / "study1"
    outside.parent.mkdir()
    (folder / "train" / "patient00002" / "study1").rename(outside)
    table.write_text(table.read_text().replace(old, "CheXpert-v1.0-small/../../outside/../patient00002/"))
    source = ChexpertSource(str(folder), Options())
    with pytest.raises(DataError, match="1 of 2 images lie outside data.root"):
        source.read_table()
    table.write_text(table.read_text().replace("CheXpert-v1.0-small/../../outside/../", f"{tmp_path}/"))
    trusting = ChexpertSource(str(folder), Options(outside_root=True))
    with pytest.raises(DataError, match="lies outside data.root"):
        source.read_image(str(next(outside.glob("*.jpg"))))
    assert trusting.read_image(str(next(outside.glob("*.jpg")))).shape == (40, 48)
