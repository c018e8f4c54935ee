"""Sheets as PNG, ways as GIF, read back by other programs."""

import cv2
import numpy as np
import pytest
from PIL import Image

from medgan_tf.errors import RunError
from medgan_tf.synthesis.explore import pictures
from medgan_tf.synthesis.explore.pictures import write_gif, write_sheet
from medgan_tf.synthesis.explore.sheets import Sheet
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_reader import is_marked_synthetic, synthetic_marks

MARKS = Marks("a" * 64, "CC-BY-4.0")
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
GREYS = np.array([[0, 60, 120], [250, 190, 130]], np.uint8)
WAY = Sheet("way", "a way", ("A|B", "C"), ("0%", "50%", "100%"),
            np.broadcast_to(GREYS[..., None, None, None], (2, 3, 16, 16, 1)))  # fmt: skip


def test_a_gif_goes_to_the_end_and_back(tmp_path):
    write_gif(WAY, tmp_path / "way.gif", MARKS)
    with Image.open(tmp_path / "way.gif") as image:
        assert (image.format, image.n_frames, image.info["loop"], image.size) == ("GIF", 4, 0, (12 * 33, 12 * 16))
        found = []
        for frame in range(4):
            image.seek(frame)
            pixels = np.asarray(image.convert("L"))
            found.append((pixels[50, 50], pixels[50, 300]))
            # The gap between the rows.
            assert pixels[50, 12 * 16 + 5] == 255
    np.testing.assert_allclose(found, [(0, 250), (60, 190), (120, 130), (60, 190)], atol=1)


def test_a_sheet_shows_every_image(tmp_path):
    write_sheet(WAY, tmp_path / "way.png", MARKS)
    picture = cv2.imread(str(tmp_path / "way.png"), cv2.IMREAD_GRAYSCALE)
    for grey in GREYS.ravel():
        assert (np.abs(picture.astype(int) - int(grey)) <= 1).sum() > 2000


def test_both_kinds_say_that_they_are_synthetic(tmp_path):
    write_sheet(WAY, tmp_path / "way.png", MARKS)
    content = (tmp_path / "way.png").read_bytes()
    assert is_marked_synthetic(content)
    assert {**MARKS.texts(), "DigitalSourceType": TRAINED} == synthetic_marks(content)
    write_gif(WAY, tmp_path / "way.gif", MARKS)
    with Image.open(tmp_path / "way.gif") as image:
        lines = image.info["comment"].decode().splitlines()
    assert dict(line.split(": ", 1) for line in lines) == {**MARKS.texts(), "DigitalSourceType": TRAINED}
    assert MARKS.texts()["Synthetic"] == "yes"


def test_a_disk_that_does_not_take_it_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError, match="cannot write .*way.gif"):
        write_gif(WAY, tmp_path / "file" / "way.gif", MARKS)
    assert pictures._side_by_side(np.zeros((2, 4, 4), np.uint8)).shape == (4, 9)
