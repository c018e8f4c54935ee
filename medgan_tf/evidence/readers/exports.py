"""Answers from other tools: Label Studio (JSON, JSON-MIN, CSV, TSV) and plain tables.

Label Studio puts its own eight characters and a hyphen before the name of an uploaded file, and paths or addresses
around it; the image is found by the name that the readers' folder gave it, which occurs nowhere by chance.
"""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answer_tables import parse_rows, read_text
from medgan_tf.evidence.readers.answers import CODE, MOST_CONFIDENT, Answer, check_complete, to_csv
from medgan_tf.evidence.readers.study.files import write_file
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.files.json_files import parse_json

WORDS = {
    "real": "real",
    "r": "real",
    "synthetic": "synthetic",
    "s": "synthetic",
    "fake": "synthetic",
    "generated": "synthetic",
}
"""The words that are understood as an answer, in upper or lower case."""
# Our names for the columns, then those of Label Studio.
_READER = ("reader", "annotator", "completed_by")
_IMAGE = ("image", "img")
_ANSWER = ("answer", "choice", "label", "class")
_CONFIDENCE = ("confidence", "rating")
_SECONDS = ("seconds", "lead_time")
_NAME = re.compile(r"(?<![a-z2-7])[a-z2-7]{12}(?![a-z2-7])")


def import_answers(path: str | Path, key: KeyFile, codes: Mapping[str, str] | None = None) -> list[Answer]:
    """Reads an export of another tool.

    Args:
        path: JSON or JSON-MIN of Label Studio; or CSV or TSV with a column for the image, one for the answer
            (`answer`, `choice`, `label`) and, if known, `reader` or `annotator`, `confidence` or `rating`, and
            `seconds` or `lead_time`.
        key: The key of the study.
        codes: Code of each reader by the name in the export, e.g. an address that must not be kept; "" stands for
            readers without a name and all others.

    Returns:
        The answers of one or more readers, each complete.

    Raises:
        DataError: Naming file and line or task: no answer, an answer that is not understood, an unknown image, a
            label that is missing or there twice.
    """
    text = read_text(path)
    if text.lstrip()[:1] in ("[", "{"):
        records = _json_records(text, str(path))
    else:
        _, rows = parse_rows(text, str(path))
        records = ((row.place, row.values) for row in rows)
    known = key.key.truth
    answers = [_answer(place, values, known, codes or {}) for place, values in records]
    if not answers:
        raise DataError(f"{path}: holds no answers")
    check_complete(answers, key.key, dict.fromkeys((answer.reader for answer in answers), str(path)))
    return answers


def write_imported(answers: list[Answer], key: KeyFile, folder: str | Path) -> dict[str, str]:
    """Writes one CSV per reader, as the page exports them.

    Returns:
        Reader to file.

    Raises:
        DataError: A file of one of the readers is there already.
    """
    files = {reader: Path(folder) / f"{reader}.csv" for reader in dict.fromkeys(answer.reader for answer in answers)}
    for reader, file in files.items():
        if file.exists():
            raise DataError(f"{file} is there already; remove it, or give reader {reader} another code with --reader")
    for reader, file in files.items():
        own = [answer for answer in answers if answer.reader == reader]
        write_file(file, to_csv(own, key.key.study, key.sha256).encode())
    return {reader: str(file) for reader, file in files.items()}


def _json_records(text: str, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        tasks = parse_json(text)
    except ValueError as error:
        raise DataError(f"{name}: is neither JSON nor CSV ({error})") from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise DataError(f"{name}: expected a list of tasks, as Label Studio exports them in JSON or JSON-MIN")
    for number, task in enumerate(tasks, start=1):
        place = f"{name}, task {task.get('id', number)}"
        if "annotations" not in task:
            yield place, task
            continue
        if not isinstance(task["annotations"], list):
            raise DataError(f"{place}: is not a task as Label Studio exports it")
        if not task["annotations"]:
            raise DataError(f"{place}: has no annotation; let the reader finish, or delete the task from the export")
        for annotation in task["annotations"]:
            yield place, _annotation(place, task, annotation)


def _annotation(place: str, task: dict[str, Any], annotation: Any) -> dict[str, Any]:
    """One annotation of Label Studio's full JSON as flat values."""
    try:
        if annotation.get("was_cancelled"):
            raise DataError(f"{place}: was skipped by its reader; expected an answer")
        values = dict(task["data"]) | {"lead_time": annotation.get("lead_time")}
        by = annotation.get("completed_by")
        values["completed_by"] = by.get("id") if isinstance(by, dict) else by
        for result in annotation["result"]:
            for kind, name in (("choices", "choice"), ("rating", "rating")):
                if kind in result["value"]:
                    values[name] = result["value"][kind]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{place}: is not an annotation as Label Studio exports it") from error
    return values


def _answer(place: str, values: dict[str, Any], known: dict[str, str], codes: Mapping[str, str]) -> Answer:
    given = {str(name).strip().lower(): value for name, value in values.items()}
    code = _code(place, _text(_first(given, _READER)), codes)
    image = _image(place, given, known)
    answer = _text(_first(given, _ANSWER))
    if not answer:
        raise DataError(f"{place}: reader {code} gave no answer to {image}")
    if answer.lower() not in WORDS:
        raise DataError(f"{place}: expected one of {', '.join(WORDS)}; received {answer!r:.40}")
    confidence = _number(place, "confidence", _first(given, _CONFIDENCE))
    if confidence is not None and confidence not in range(1, MOST_CONFIDENT + 1):
        raise DataError(f"{place}: confidence: expected 1 to {MOST_CONFIDENT}; received {confidence:g}")
    seconds = _number(place, "seconds", _first(given, _SECONDS))
    position = _number(place, "position", given.get("position"))
    return Answer(
        reader=code,
        image=image,
        answer=WORDS[answer.lower()],
        place=place,
        confidence=None if confidence is None else int(confidence),
        seconds=seconds,
        position=None if position is None else int(position),
    )


def _code(place: str, name: str, codes: Mapping[str, str]) -> str:
    code = codes.get(name) or codes.get("") or name
    if not CODE.fullmatch(code):
        received = f"received {code!r:.60}" if code else "the export names no reader"
        option = f"--reader {name}=R01" if name else "--reader R01"
        raise DataError(f"{place}: expected a reader code of letters, digits, - _ .; {received}; give it with {option}")
    return code


def _first(values: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((values[name] for name in names if values.get(name) not in (None, "")), None)


def _text(value: Any) -> str:
    """A value as text; Label Studio gives a single choice as a list of one, and annotators as numbers."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and "choices" in value:
        return _text(value["choices"])
    return "" if value is None else str(value).strip()


def _image(place: str, given: dict[str, Any], known: dict[str, str]) -> str:
    where = _first(given, _IMAGE)
    # Without a column of that name, any text of the task may hold the path.
    texts = [str(where)] if where is not None else [value for value in given.values() if isinstance(value, str)]
    found = {name for text in texts for name in _NAME.findall(text) if name in known}
    if len(found) != 1:
        shown = texts[0] if texts else ""
        raise DataError(f"{place}: expected the name of an image of the key; received {shown!r:.80}")
    return found.pop()


def _number(place: str, name: str, value: Any) -> float | None:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict) and "rating" in value:
        value = value["rating"]
    if value in (None, ""):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not 0 <= number < 1e9:
        raise DataError(f"{place}: {name}: expected a number from 0; received {value!r:.40}")
    return number
