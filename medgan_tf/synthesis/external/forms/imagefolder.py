"""Form `imagefolder` of Hugging Face: `train/<pseudonym>.png` and `train/metadata.csv` with a column `file_name`."""

from pathlib import Path

from medgan_tf.synthesis.external.forms.fold import Fold, write_with_table

TABLE, FILE_NAME, SPLIT = "metadata.csv", "file_name", "train"


def write(fold: Fold, folder: Path) -> None:
    """Writes a fold into an empty folder."""
    (folder / SPLIT).mkdir()
    write_with_table(fold, folder / SPLIT, TABLE, FILE_NAME, lambda image: f"{image.name}.png")
