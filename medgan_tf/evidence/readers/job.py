"""The files of a result: JSON with everything, CSV for tables, PNG and HTML for people."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from medgan_tf.evidence.readers.answers import answer_files, collect_answers
from medgan_tf.evidence.readers.counts import read_counts
from medgan_tf.evidence.readers.figures import result_figure
from medgan_tf.evidence.readers.measure import image_table, score_answers, score_counts
from medgan_tf.evidence.readers.section import result_page
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.files import write_file
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.files.csv_files import csv_lines
from medgan_tf.files.result_files import json_text

NAME = "reader_study"
_TESTS = ("binomial_p", "binomial_p_holm")
_COLUMNS = ("TR", "FR", "TS", "FS", "correct", "total", "accuracy", "sensitivity", "specificity", *_TESTS)


def score_counts_file(
    path: str | Path, config: ReaderStudyConfig, folder: str | Path | None
) -> tuple[dict[str, Any], dict[str, str]]:
    """Scores a CSV of counts (see `read_counts`); writes the result if a folder is given.

    Returns:
        The result, and the files that were written.
    """
    result = score_counts(read_counts(path), config) | {"computed_from": _hashes([path])}
    return result, write_result(result, folder) if folder else {}


def score_study(
    paths: Sequence[str | Path],
    key: str | Path,
    config: ReaderStudyConfig,
    folder: str | Path,
    leave_out: Sequence[str] = (),
) -> tuple[dict[str, Any], dict[str, str]]:
    """Scores the answers of a study and writes the result.

    Args:
        paths: Readers' CSV files, or folders of them.
        key: The key file.
        config: Level, margin and handling of zeros.
        folder: Folder of the result.
        leave_out: Readers who do not count.

    Returns:
        The result, and the files that were written.

    Raises:
        DataError: See `collect_answers`.
    """
    key_file = KeyFile(key)
    answers = collect_answers(paths, key_file, leave_out)
    result = score_answers(answers, key_file, config)
    result |= {"left_out": sorted(set(leave_out)), "computed_from": _hashes(answer_files(paths))}
    return result, write_result(result, folder, image_table(answers, key_file))


def _hashes(paths: Iterable[str | Path]) -> list[dict[str, str]]:
    """Names and SHA-256 of the files that a result was computed from."""
    return [{"file": Path(path).name, "sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest()} for path in paths]


def write_result(
    result: dict[str, Any], folder: str | Path, images: Sequence[dict[str, Any]] | None = None
) -> dict[str, str]:
    """Writes reader_study.json, .csv (one line per reader), .png, .html and, for answers, reader_study_images.csv.

    Args:
        result: Result of `score_counts` or `score_answers`.
        folder: Made if it is missing; older files of these names are replaced.
        images: Rows of `image_table`.

    Returns:
        Kind to path.
    """
    folder = Path(folder)
    paths = {kind: folder / f"{NAME}.{kind}" for kind in ("json", "csv", "png", "html")}
    write_file(paths["json"], json_text(result, indent=1).encode() + b"\n")
    write_file(paths["csv"], _table(("reader", *_COLUMNS), result["readers"]))
    write_file(paths["png"], result_figure(result))
    write_file(paths["html"], result_page(result).encode())
    if images is not None:
        paths["images"] = folder / f"{NAME}_images.csv"
        write_file(paths["images"], _table(tuple(images[0]), images))
    return {kind: str(path) for kind, path in paths.items()}


def _table(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> bytes:
    cells = [[row.get(column) for column in columns] for row in rows]
    return "".join(csv_lines([columns, *cells])).encode()
