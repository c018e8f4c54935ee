from pathlib import Path

import pydicom
import pytest
from bombs import jpeg2000
from pydicom.encaps import get_frame
from pydicom.uid import JPEG2000, JPEGLSLossless, RLELossless

from medgan_tf.data.dicom.frames import check_frame
from medgan_tf.errors import DataError

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.mark.parametrize(
    "name",
    [
        "JPEG2000.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "SC_rgb_rle.dcm",
        "SC_rgb_jpeg_dcmtk.dcm",
    ],
)
def test_frames_of_good_files_pass_and_no_other_size(name):
    dataset = pydicom.dcmread(BUNDLED / name)
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    syntax, rows, columns = dataset.file_meta.TransferSyntaxUID, dataset.Rows, dataset.Columns
    check_frame(frame, syntax, rows, columns, dataset.SamplesPerPixel * 2, name)
    if syntax != RLELossless:
        with pytest.raises(
            DataError, match=f"{name}: its frame has {rows} x {columns} pixels, its header says {rows} x 7"
        ):
            check_frame(frame, syntax, rows, 7, 2, name)


@pytest.mark.parametrize(
    ("frame", "syntax", "message"),
    [
        (jpeg2000(8, 8, components=5), JPEG2000, "its JPEG 2000 frame has 5 components"),
        (jpeg2000(8, 8)[:20], JPEG2000, "its JPEG 2000 header is damaged"),
        (b"\xff\xd9" * 40, JPEGLSLossless, "its frame is no JPEG"),
        (bytes(10_000), RLELossless, "has 10,000 bytes for a run-length frame"),
    ],
)
def test_damaged_frames(frame, syntax, message):
    with pytest.raises(DataError, match=f"a.dcm: .*{message}"):
        check_frame(frame, syntax, 8, 8, 1, "a.dcm")
