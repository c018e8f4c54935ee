"""The files on groups of patients beside `gap.json`."""

from pathlib import Path
from typing import Any

from medgan_tf.evidence.utility.subgroups.figures import forest_figure
from medgan_tf.evidence.utility.subgroups.table import group_tables
from medgan_tf.files.atomic import atomic_path
from medgan_tf.presentation.figure_style import save_figure

NAMES = ("groups", "groups-by-label", "group-differences", "prevalence")


def write_group_files(folder: Path, gap: dict[str, Any]) -> list[Path]:
    """Writes a CSV file for each table and `groups.png`, each atomically; files of what is not measured now go.

    Args:
        folder: The folder of the gap.
        gap: Content of `gap.json`.

    Returns:
        The files.
    """
    tables, figure = group_tables(gap), folder / "groups.png"
    files = []
    for name in NAMES:
        path = folder / f"{name}.csv"
        if name not in tables:
            path.unlink(missing_ok=True)
            continue
        with atomic_path(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
            file.write(tables[name].csv())
        files.append(path)
    if gap["subgroups"]["missing"]:
        figure.unlink(missing_ok=True)
        return files
    save_figure(forest_figure(gap["subgroups"]), figure)
    return [*files, figure]
