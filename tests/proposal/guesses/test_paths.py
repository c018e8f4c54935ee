import pandas as pd
import pytest

from medgan_tf.errors import DataError
from medgan_tf.proposal.folder import FolderContent
from medgan_tf.proposal.guesses.paths import find_paths
from medgan_tf.proposal.table_file import TextTable


def content(root, *images):
    return FolderContent(root, tuple(sorted(images)), (), (), {}, 0, True)


def table(root, **columns):
    return TextTable(root / "t.csv", "utf-8", ",", pd.DataFrame(columns, dtype=str))


NUMBERS = ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("cells", "images", "options"),
    [
        (["x/1.png", "x/2.png", "y/3.png", "y/4.png"], ["x/1.png", "x/2.png", "y/3.png", "y/4.png"], {}),
        (["x\\1.png", "x\\2.png", ".\\y\\3.png", "y\\4.png"], ["x/1.png", "x/2.png", "y/3.png", "y/4.png"], {}),
        (["1.png", "2.png", "3.png", "4.png"], ["pics/1.png", "pics/2.png", "pics/3.png", "pics/4.png"],
         {"images": "pics"}),
        (["p1", "p2", "p3", "p4"], ["a/p1.dcm", "a/p2.dcm", "a/p3.dcm", "a/p4.dcm"],
         {"images": "a", "path_suffix": ".dcm"}),
        (["1.png", "2.png", "3.png", "4.png"], ["a/1.png", "b/2.png", "c/3.png", "a/4.png"], {"search": True}),
        (["p1", "p2", "p3", "p4"], ["a/p1.dcm", "b/p2.dcm", "c/p3.dcm", "a/p4.dcm"],
         {"search": True, "path_suffix": ".dcm"}),
    ],
)  # fmt: skip
def test_ways_to_the_images(tmp_path, cells, images, options):
    found = find_paths(table(tmp_path, number=NUMBERS, bild=cells), content(tmp_path, *images))
    assert found.guess.options == {"path_column": "bild", **options} and found.guess.confirm == ""
    # In all these cases the images are listed in the order of the rows.
    assert found.files.tolist() == images
    assert found.missing == 0.0


def test_the_folder_stands_in_another_column(tmp_path):
    names = [f"{one}.png" for one in "abcdef"]
    images = [f"all/{number % 3}/{name}" for number, name in enumerate(names)]
    found = find_paths(table(tmp_path, File=names, Dir=[str(n % 3) for n in range(6)]), content(tmp_path, *images))
    assert found.guess.options == {"images": "all", "path_template": "{Dir}/{File}"}
    assert found.files.tolist() == images and found.listed.tolist()[4] == "1/e.png"


def test_masks_have_the_names_of_the_images(tmp_path):
    names = [f"{number}.png" for number in range(4)]
    images = [f"{folder}/{name}" for folder in ("images", "masks") for name in names]
    found = find_paths(table(tmp_path, path=names), content(tmp_path, *images))
    assert found.guess.options == {"path_column": "path", "images": "images"}
    assert found.guess.confirm == "images of the same names are also in masks/"


def test_names_that_occur_more_than_once(tmp_path):
    images = ["a/1.png", "b/2.png", "c/3.png", "d/4.png", "e/4.png"]
    found = find_paths(table(tmp_path, path=["1.png", "2.png", "3.png", "4.png"]), content(tmp_path, *images))
    assert "1 of the names occur more than once" in found.guess.confirm and found.files[3] == ""


def test_cells_of_zero_and_one_are_no_files(tmp_path):
    cells = {"edema": ["0", "1", "0", "1"], "name": ["0", "1", "2", "3"]}
    found = find_paths(table(tmp_path, **cells), content(tmp_path, "0.png", "1.png", "2.png", "3.png"))
    assert found.column == "name"


def test_missing_images_are_to_be_confirmed(tmp_path):
    found = find_paths(
        table(tmp_path, path=["1.png", "2.png", "3.png", "4.png"]), content(tmp_path, "1.png", "2.png", "3.png")
    )
    assert found.guess.confirm == "1 of 4 rows name an image that is not there" and found.missing == 0.25
    assert found.files.tolist() == ["1.png", "2.png", "3.png", ""]


def test_two_columns_that_fit_alike(tmp_path):
    names = ["1.png", "2.png", "3.png"]
    found = find_paths(table(tmp_path, thumb=names, image=names), content(tmp_path, *names))
    assert found.column == "image" and found.guess.confirm == "'thumb' could be meant as well"


def test_no_column_names_images_and_no_cell_is_shown(tmp_path):
    cells = {"bild": ["MUELLER_1.png", "MEIER_1.png", "X.png"], "x": ["1", "2", "3"]}
    with pytest.raises(DataError, match="column 'bild' looks like it, but its files are not there") as error:
        find_paths(table(tmp_path, **cells), content(tmp_path, "a.png"))
    assert "MUELLER" not in str(error.value)
    with pytest.raises(DataError, match="has no PNG, JPEG, TIFF or DICOM files"):
        find_paths(table(tmp_path, **cells), content(tmp_path))
