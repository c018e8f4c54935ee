"""`medgan-tf explore`: looks at a generator, and writes what it saw into a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.synthesis.explore.pictures import write_gif, write_sheet
from medgan_tf.synthesis.explore.sheets import (
    Look,
    base_vector,
    combination_sheet,
    label_strip,
    noise_strip,
    sweep_sheet,
    truncation_sheet,
)
from medgan_tf.synthesis.load import Generator, load_generator
from medgan_tf.synthesis.marks.marks import Marks

RECORD = "explore.json"
_NOTHING = "(none)"


@dataclass(frozen=True)
class Wishes:
    """What is to be shown.

    Attributes:
        first, last: Two label combinations, "A|B", "(none)" or ""; for the ways between them. "" chooses the most
            frequent one, and the most frequent other one.
        base: The combination to which single labels are added; "" chooses one.
        seed: Seed of the noise.
        columns: Images in a row.
        steps: Images of a way.
        combinations: Most label combinations.
        thresholds: Thresholds of the sheet of truncation.
        truncation: Threshold of all other sheets; None for none.
    """

    first: str = ""
    last: str = ""
    base: str = ""
    seed: int = 0
    columns: int = 8
    steps: int = 9
    combinations: int = 12
    thresholds: tuple[float, ...] = (1.0, 0.7, 0.4)
    truncation: float | None = None


def explore(
    path: str | Path, out: str | Path | None, wishes: Wishes, progress: Progress | None = None, trust: bool = False
) -> list[Path]:
    """Looks at a generator.

    Args:
        path: A run folder with an exported generator, or a generator's folder.
        out: Folder of the pictures; None means `explore` in the run folder.
        wishes: What is to be shown.
        progress: Shows how many sheets are done.
        trust: As for `load_generator`. A run folder may come from somebody else too.

    Returns:
        The files: contact sheet, sweep, truncation and two ways as PNG, the ways as GIF too, and `explore.json`. The
        pictures have the marks of synthetic images.

    Raises:
        ConfigError: A label that the generator does not know, or no folder to write to.
        DataError: There is no generator, it is refused, or it names no combination.
        RunError: The disk does not take the pictures.
    """
    progress, run = progress or Silent(), RunFolder(path)
    of_run = run.generator.is_dir()
    if out is None and not of_run:
        raise ConfigError(f"{path} is no run folder with a generator: expected a folder for the pictures (--out)")
    folder = run.explore if out is None else Path(out)
    generator = load_generator(run.generator if of_run else path, trust)
    if not generator.combinations:
        raise DataError(f"{generator.path} names no label combination that its training set had; nothing can be shown")
    look = Look(generator, wishes.seed, wishes.columns, wishes.truncation)
    first, last, base = _vectors(generator, wishes)
    makers = [
        lambda: combination_sheet(look, wishes.combinations),
        lambda: sweep_sheet(look, base),
        lambda: truncation_sheet(look, first, wishes.thresholds),
        lambda: noise_strip(look, first, wishes.steps),
        lambda: label_strip(look, first, last, wishes.steps),
    ]
    folder.mkdir(parents=True, exist_ok=True)
    files, shown, marks = [], {}, Marks(generator.sha256())
    for number, make in enumerate(makers, start=1):
        sheet = make()
        files.append(folder / f"{sheet.name}.png")
        write_sheet(sheet, files[-1], marks)
        if sheet.columns:
            files.append(folder / f"{sheet.name}.gif")
            write_gif(sheet, files[-1], marks)
        shown[sheet.name] = {"title": sheet.title, "rows": list(sheet.rows)}
        progress(number, len(makers))
    files.append(folder / RECORD)
    write_json(files[-1], _record(generator, wishes, shown))
    return files


def _record(generator: Generator, wishes: Wishes, shown: dict[str, Any]) -> dict[str, Any]:
    return {
        "generator_sha256": generator.sha256(),
        "seed": wishes.seed,
        "truncation": wishes.truncation,
        "thresholds": list(wishes.thresholds),
        "sheets": shown,
    }


def _vectors(generator: Generator, wishes: Wishes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The label vectors of both ends of the ways, and of the base of the sweep."""
    known = [one.vector for one in generator.combinations]
    first = _named(generator, wishes.first) if wishes.first else known[0]
    others = [vector for vector in known if not np.array_equal(vector, first)]
    last = _named(generator, wishes.last) if wishes.last else (others or known)[0]
    base = _named(generator, wishes.base) if wishes.base else base_vector(generator)
    return first, last, base


def _named(generator: Generator, text: str) -> np.ndarray:
    names: Sequence[str] = [name.strip() for name in text.split("|") if name.strip() not in ("", _NOTHING)]
    try:
        return generator.label_vectors(list(names))[0]
    except ValueError as error:
        raise ConfigError(f"{text!r:.80}: {error}") from error
