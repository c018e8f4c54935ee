"""Form `images`: `images/<pseudonym>.png` and `labels.csv` with a column `path` and one for each label."""

from pathlib import Path

from medgan_tf.synthesis.external.forms.fold import Fold, write_with_table

TABLE, PATH = "labels.csv", "path"


def write(fold: Fold, folder: Path) -> None:
    """Writes a fold into an empty folder."""
    (folder / "images").mkdir()
    write_with_table(fold, folder, TABLE, PATH, lambda image: f"images/{image.name}.png")
