"""The experiments of Table S1 as YAML text: one file for each row and for each variant that overfits on purpose.

Behind them come the same benchmarks on open data, see `open_data`.

The 32-pixel row of the resolution benchmark holds everything that a dataset's settings share; the others extend it.
"""

from pathlib import Path

from medgan_tf.errors import RunError
from medgan_tf.files.atomic import atomic_path
from medgan_tf.paper.headers import WEIGHTS, header, training_cost
from medgan_tf.paper.open_data import open_data_files
from medgan_tf.paper.table_s1 import (
    FIRST_SEED,
    OVERFITTING,
    OVERFITTING_IMAGES,
    PAPER_ROWS,
    POOL_IMAGES,
    TEST_PER_COMBINATION,
    TRAINING_IMAGES,
    VALIDATION_PER_COMBINATION,
    PaperRow,
    paper_row,
)
from medgan_tf.paper.texts import BASE, COMMAND, DATASET_TITLES, EXPECTED, OVERFITTING_EXPECTED

_WRITTEN = "medgan_tf/paper/table_s1.py"


def experiment_files() -> dict[str, str]:
    """File name to content, in the table's order; then the variants that overfit on purpose, then open data."""
    files = {f"{row.name}.yaml": _row_file(row) for row in PAPER_ROWS}
    files |= {f"{name}_overfit.yaml": _overfitting_file(paper_row(name)) for name in OVERFITTING}
    return files | open_data_files()


def outdated_files(folder: str | Path) -> list[str]:
    """Names of the files that are missing in a folder or differ from what `write_experiments` writes."""
    folder = Path(folder)

    def current(name: str) -> str | None:
        return (folder / name).read_text(encoding="utf-8") if (folder / name).is_file() else None

    return [name for name, text in experiment_files().items() if current(name) != text]


def write_experiments(folder: str | Path) -> list[str]:
    """Writes the files that are missing or differ; returns their names. Other files in the folder stay as they are.

    Raises:
        RunError: The folder cannot be written.
    """
    folder, texts = Path(folder), experiment_files()
    changed = outdated_files(folder)
    try:
        for name in changed:
            with atomic_path(folder / name) as partial:
                partial.write_text(texts[name], encoding="utf-8")
    except OSError as error:
        raise RunError(f"cannot write experiments to {folder}: {error.strerror}") from error
    return changed


def _row_file(row: PaperRow) -> str:
    base = f"{row.dataset}_resolution_32"
    comment = header(
        title=_title(row),
        paper=[_table_row(row), _repeats(row), *_departures(row)],
        command=[
            f"{COMMAND[row.dataset]} medgan-tf run experiments/{row.name}.yaml {_seeds(row.seeds)}",
            "The paper's other GANs: the same with --set gan.architecture=progressive, or biggan.",
        ],
        cost=_cost(row, row.stopped_at),
        expected=EXPECTED[row.dataset, row.benchmark],
        written=_WRITTEN,
    )
    if row.name == base:
        return f"{comment}name: {row.name}\n\n{BASE[row.dataset]}"
    return f"{comment}name: {row.name}\nextends: {base}.yaml\n\n{_body(row)}"


def _overfitting_file(row: PaperRow) -> str:
    name = f"{row.name}_overfit"
    figure = "Figure 3" if row.dataset == "rsna" else "S.5"
    comment = header(
        title=f"{DATASET_TITLES[row.dataset]}, the paper's overfitting variant cpD-GAN-OF: {row.per_combination} "
        f"training images for each of {row.combinations} label combinations, 14 M images.",
        paper=[f"{figure}, cpD-GAN-OF; data of {_table_row(row)}", _repeats(row)],
        command=[f"{COMMAND[row.dataset]} medgan-tf run experiments/{name}.yaml {_seeds(row.seeds)}"],
        cost=_cost(row, OVERFITTING_IMAGES),
        expected=OVERFITTING_EXPECTED.format(images=row.train),
        written=_WRITTEN,
    )
    body = (
        "training:\n"
        "  # Fixed: no stop.\n"
        f"  total_images: {OVERFITTING_IMAGES:_}\n\n"
        "evaluation:\n"
        "  fid:\n"
        "    # For the record only; the last generator is exported.\n"
        "    during_training: watch\n"
    )
    return f"{comment}name: {name}\nextends: {row.name}.yaml\n\n{body}"


def _title(row: PaperRow) -> str:
    title = DATASET_TITLES[row.dataset]
    if row.benchmark == "classes":
        return (
            f"{title}, number of classes: the {row.combinations} most frequent label combinations, "
            f"{row.per_combination:,} training images each."
        )
    if row.benchmark == "samples":
        return (
            f"{title}, number of samples: {row.per_combination:,} training images for each of {row.combinations} label "
            "combinations."
        )
    return f"{title}, resolution: all frequent label combinations at {row.resolution}x{row.resolution} pixels."


def _table_row(row: PaperRow) -> str:
    known = {"labels": row.labels, "combinations": row.combinations}
    counts = ", ".join(f"{value} {what}" for what, value in known.items() if value is not None)
    title = DATASET_TITLES[row.dataset]
    where = f'Table S1, {title[0].lower()}{title[1:]}, benchmark "{row.benchmark}"'
    numbers = " / ".join(str(value) for value in (row.train, row.rest, row.per_combination) if value is not None)
    side = f"{row.resolution}x{row.resolution}"
    return f"{where}, row {numbers} ({counts}, {side})." if counts else f"{where}, {numbers} training images ({side})."


def _repeats(row: PaperRow) -> str:
    least = "The paper repeats this setting"
    if row.seeds == 4:
        return f"{least} with at least 4 seeds (S.5)."
    return f"{least}, an extreme of its benchmark, with {row.seeds} seeds of the cpD-GAN (S.5)."


def _departures(row: PaperRow) -> list[str]:
    """Comment lines that say where table and published code differ, and which of them is used."""
    key, notes = (row.dataset, row.benchmark), []
    if row.benchmark == "classes":
        notes.append(
            f"The table gives one number for validation and test images, {VALIDATION_PER_COMBINATION[key]} of each "
            f"combination; the published code has {TEST_PER_COMBINATION[key]} for the test. Taken: the table's for "
            "validation, the code's for the test, as the rarest combination's tenth of the patients has no more."
        )
    if row.benchmark == "classes" and row.labels is None:
        notes.append("This row's numbers are the published code's; the paper names the setting in section 3.3.")
    if row.benchmark == "resolution" and row.rest is not None:
        notes.append(
            f"The table says {row.rest:,} for validation and test; the published code has about {row.rest // 2:,} of "
            "each. Taken: the table's as the sum of both."
        )
    if row.benchmark == "resolution" and row.rest is None:
        train, valid, test = POOL_IMAGES[row.dataset]
        notes.append(
            f"S.1 has {train:,} training, {valid:,} validation and {test:,} test images. Validation and test images as "
            "in the chest radiographs' row."
        )
    if row.dataset == "rsna":
        notes.append("Combinations above 100 images are kept, as the paper says; the published code has 110.")
    if row.stopped_at:
        notes.append(
            f"Training ends at {row.stopped_at // 1_000_000} M images: with so few samples FID falls without end, and "
            "the paper stopped there (3.3, Figure 3)."
        )
    return notes


def _cost(row: PaperRow, fixed: int | None) -> list[str]:
    least, most = (fixed, fixed) if fixed else TRAINING_IMAGES[row.resolution]
    lines = [training_cost(row.resolution, least, most)]
    if row.dataset == "rsna":
        lines.append("Before that 752,803 DICOM headers are read.")
    return [*lines, WEIGHTS]


def _body(row: PaperRow) -> str:
    key, lines = (row.dataset, row.benchmark), ["data:"]
    if row.benchmark == "resolution":
        lines.append(f"  resolution: {row.resolution}")
    else:
        lines += [
            "  subset:",
            f"    kind: {row.benchmark}",
            f"    combinations: {row.combinations}",
            f"    train_per_combination: {row.per_combination}",
            f"    valid_per_combination: {VALIDATION_PER_COMBINATION[key]}",
            f"    test_per_combination: {TEST_PER_COMBINATION[key]}",
            "    # Counted by combination here, not in all.",
            "    valid_images: null",
            "    test_images: null",
        ]
    if row.benchmark == "classes":
        lines += ["    # Combinations with fewer training images repeat some (S.1).", "    oversample: true"]
    least, most = TRAINING_IMAGES[row.resolution]
    if row.resolution != 32:
        lines += ["", "training:", f"  total_images: {most:_}", "", "evaluation:", "  fid:"]
        lines.append(f"    minimum_images: {least:_}")
    if row.stopped_at:
        lines += ["", "training:", "  # Fixed: no stop by FID.", f"  total_images: {row.stopped_at:_}", ""]
        lines += ["evaluation:", "  fid:", "    during_training: watch"]
    return "\n".join(lines) + "\n"


def _seeds(count: int) -> str:
    return f"--seeds {FIRST_SEED}..{FIRST_SEED + count - 1}"
