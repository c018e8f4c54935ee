"""The files of a result: JSON with everything, CSV for tables, PNG and HTML for people."""

import csv
import hashlib
import io
import json
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

NAME = "reader_study"
_COLUMNS = ("TR", "FR", "TS", "FS", "correct", "total", "accuracy", "sensitivity", "specificity", "binomial_p")


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
        folder: For the result.
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
        result: From `score_counts` or `score_answers`.
        folder: Made if it is missing; older files of these names are replaced.
        images: From `image_table`.

    Returns:
        Kind to path.
    """
    folder = Path(folder)
    paths = {kind: folder / f"{NAME}.{kind}" for kind in ("json", "csv", "png", "html")}
    write_file(paths["json"], json.dumps(result, indent=1, allow_nan=False).encode() + b"\n")
    write_file(paths["csv"], _table(("reader", *_COLUMNS), result["readers"]))
    write_file(paths["png"], result_figure(result))
    write_file(paths["html"], result_page(result).encode())
    if images is not None:
        paths["images"] = folder / f"{NAME}_images.csv"
        write_file(paths["images"], _table(tuple(images[0]), images))
    return {kind: str(path) for kind, path in paths.items()}


def _table(columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    table = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def describe(result: dict[str, Any]) -> str:
    """The result as text for a terminal: the paper's tables, then the findings."""
    percent = f"{100 * (1 - result['tests']['level']):g} % interval"
    lines = [f"{'reader':12}{'TR':>6}{'FR':>6}{'TS':>6}{'FS':>6}{'accuracy':>10}{percent:>18}{'p':>9}"]
    for reader in result["readers"]:
        cells = "".join(f"{'-' if reader[name] is None else reader[name]:>6}" for name in ("TR", "FR", "TS", "FS"))
        low, high = reader["accuracy_interval"]
        interval = f"{low:.2f} to {high:.2f}"
        lines.append(
            f"{reader['reader']:12}{cells}{reader['accuracy']:>10.3f}{interval:>18}{reader['binomial_p']:>9.3f}"
        )
    over = result["over_readers"]
    for name, digits in (("mean", 1), ("sd", 1)):
        cells = "".join(_cell(over.get(column, {}).get(name), 6, digits) for column in ("TR", "FR", "TS", "FS"))
        lines.append(f"{name:12}{cells}{_cell(over['accuracy'][name], 10, 3)}")
    for name in ("sensitivity", "specificity"):
        if name in over:
            lines.append(f"{name}: mean {_cell(over[name]['mean'], 0, 3)}, sd {_cell(over[name]['sd'], 0, 3)}")
    lines += [*_further(result), "", *result["findings"]]
    return "\n".join([*lines, *(f"Note: {note}" for note in result["notes"])])


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _cell(value: float | None, width: int, digits: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{digits}f}"


def _further(result: dict[str, Any]) -> list[str]:
    lines = []
    if result.get("roc"):
        lines.append(f"ROC area: mean {result['roc']['mean_area']:.3f}{_between(result['roc']['interval'])}")
    if result.get("agreement") and result["agreement"]["kappa"] is not None:
        agreement = result["agreement"]
        lines.append(f"Fleiss' kappa {agreement['kappa']:.3f}{_between(agreement['interval'])}")
    if result.get("consistency") and result["consistency"]["repeated"]:
        own = result["consistency"]
        lines.append(f"consistency: {own['same']} of {own['repeated']} repeated images{_between(own['interval'])}")
    for name, unit in (("seconds", "took longer"), ("position", "came later")):
        trend = (result.get("trends") or {}).get(name)
        if trend and trend["mean"] is not None:
            lines.append(f"right answers {unit} than wrong ones in {trend['mean']:.2f} of pairs "
                         f"(0.5: no effect; p = {trend['two_sided']:.3f})")  # fmt: skip
    return lines


def _between(interval: Sequence[float | None]) -> str:
    return "" if interval[0] is None else f" ({interval[0]:.3f} to {interval[1]:.3f})"
