"""The contact sheet: which images stand in which row, and where their pixels go."""

import numpy as np
import pytest

from medgan_tf.errors import DataError
from medgan_tf.phantom.sheet import check_sheet_place, draw_sheet, finding_rows


def test_images_with_the_fewest_other_findings_come_first():
    positive = np.array([[1, 1, 1], [0, 1, 0], [1, 1, 0], [0, 0, 0]], bool)
    rows = finding_rows(["a", "b", "c"], positive, lambda row: np.full((2, 2), row, np.uint8), columns=2)
    shown = {finding: [int(image[0, 0]) for image in images] for finding, images in rows}
    assert shown == {"a": [2, 0], "b": [1, 2], "c": [0]}


def test_images_are_fitted_into_their_tiles():
    sheet = draw_sheet([("one", [np.full((10, 20), 90, np.uint8), np.full((20, 10), 200, np.uint8)])], tile=(40, 60))
    assert sheet.shape == (26 + 40 + 4, 2 * 64)
    # 20x10 enlarged to 60x30, at the left edge of its tile; 10x20 to 20x40, in the middle of the second tile.
    assert (sheet[26:56, 0:60] == 90).all() and not sheet[56:66, 0:60].any()
    assert (sheet[26:66, 84:104] == 200).all() and not sheet[26:66, 64:84].any()


def test_a_missing_folder_is_told_before_any_work(tmp_path):
    with pytest.raises(DataError, match="no folder"):
        check_sheet_place(tmp_path / "missing" / "sheet.png")
