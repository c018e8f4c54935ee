"""Whether a file is DICOM, before a reader is chosen."""

from pathlib import Path

from medgan_tf.data.dicom.parsing import LARGEST_FILE
from medgan_tf.errors import DataError
from medgan_tf.files.regular_files import open_regular

_MARK = b"DICM"
_ENDINGS = (".dcm", ".dicom", ".ima")


def is_dicom(path: str | Path) -> bool:
    """Whether a file has the mark of DICOM (PS3.10 7.1) or one of its endings. Raises `DataError` for no file, or an
    empty one."""
    with open_regular(path, LARGEST_FILE) as file:
        start = file.read(132)
    if not start:
        raise DataError(f"{path}: is empty (0 bytes)")
    return start[128:] == _MARK or Path(path).suffix.lower() in _ENDINGS
