"""Options of the source `rsna`: head CT of the RSNA Intracranial Hemorrhage Detection challenge."""

from medgan_tf.config.section import Section, incidental
from medgan_tf.data.dicom.settings import Window

BRAIN_WINDOW = Window(center=40, width=80)
PRIVATE_OPTIONS = ("header_cache",)
"""Options that place a file with raw patient ids; refused inside the dataset folder."""


class Options(Section):
    """`data.options` of the source `rsna`."""

    csv: str = "stage_2_train.csv"
    """Label table."""
    images: str = "stage_2_train"
    """Folder of the DICOM files, beside the table."""
    window: Window = BRAIN_WINDOW
    """Soft-tissue window of one channel; the default is the brain window."""
    header_cache: str | None = incidental(None)
    """A CSV file that keeps what is read from the headers (18,938 patients are named in 752,803 files), so that
    the next run need not read them again. It holds raw patient ids: put it where the private files are, never
    into the dataset folder. None reads the headers every time."""
    header_workers: int = incidental(0)
    """Processes that read headers; 0 means one per CPU core."""
    outside_root: bool = incidental(False)
    """Read images outside data.root, too, where the table leads there by "..", absolute paths or links."""
