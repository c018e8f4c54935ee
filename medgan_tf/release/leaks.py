"""Searches a folder for texts that must not be in it: identifiers, pseudonyms, paths, names of users and computers.

A text is searched in UTF-8 and in UTF-16 of both byte orders: as it is, in base64, in hexadecimal, with the escapes of
JSON, HTML and addresses, inside gzip and zlib streams, and in what these hold in turn. So headers of safetensors, event
files, texts of PNG files and headers of DICOM files are searched too. What pictures show is not read.

A short text is found by chance where it is not meant. So it depends on a text where it is searched:

- 8 characters or more, not only digits: anywhere.
- 8 digits or more: where they are a whole number.
- 4 to 7 characters, not only digits: as a whole word of a text, also of one that was encoded or compressed.
- 4 to 7 digits: as a text of a JSON file, or as a cell of a CSV file, alone.
- fewer than 4 characters: nowhere. `Needles.too_short` counts them, and whoever searches has to say so.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from medgan_tf.files.json_files import parse_json
from medgan_tf.files.plain_text import visible
from medgan_tf.files.regular_files import read_regular
from medgan_tf.release.search.byte_index import ByteIndex
from medgan_tf.release.search.layers import Unsearchable, layers

_LONG, _SHORT = 8, 4
_LARGEST = 2**32
_WORD = re.compile(r"[^\W_]+")
# In `labels.csv`: the place of an image in its fold.
_COUNTING_COLUMNS = ("row",)
_JSON = (".json", ".jsonld")


@dataclass(frozen=True)
class Leak:
    """A text that was found.

    Attributes:
        file: The file, relative to the folder.
        kind: What the text is, e.g. `pseudonym of a patient`. The text itself is not repeated.
        where: How it is written there, e.g. `base64, zlib`; "" for plain.
    """

    file: str
    kind: str
    where: str = ""

    def line(self) -> str:
        """The find on one line."""
        return f"{visible(self.file)}: {self.kind}{f' ({self.where})' if self.where else ''}"


class Needles:
    """The texts to search for.

    Args:
        texts: Each text with its kind in words.

    Attributes:
        too_short: Number of texts that are not searched, by kind.
    """

    def __init__(self, texts: Iterable[tuple[str, str]]):
        self.too_short: dict[str, int] = {}
        self._anywhere: dict[bytes, str] = {}
        self._numbers: dict[bytes, str] = {}
        self._words: dict[str, str] = {}
        self._odd_words: dict[str, str] = {}
        self._values: dict[str, str] = {}
        for text, kind in dict(texts).items():
            self._add(text, kind)
        self._index = ByteIndex({**self._anywhere, **self._numbers})
        odd = "|".join(map(re.escape, sorted(self._odd_words, key=len, reverse=True)))
        self._odd = re.compile(rf"(?<!\w)(?:{odd})(?!\w)") if odd else None

    def _add(self, text: str, kind: str) -> None:
        digits = text.isascii() and text.isdigit()
        if len(text) < _SHORT:
            self.too_short[kind] = self.too_short.get(kind, 0) + 1
        elif len(text) >= _LONG:
            (self._numbers if digits else self._anywhere).update(dict.fromkeys(_forms(text), kind))
        elif digits:
            self._values[text] = kind
        else:
            (self._words if _WORD.fullmatch(text) else self._odd_words)[text] = kind

    def found(self, content: bytes) -> set[str]:
        """Kinds of the texts that are in some bytes as they are."""
        kinds = set()
        for form, start, end in self._index.matches(content):
            if form in self._anywhere:
                kinds.add(self._anywhere[form])
            elif _stands_alone(content, start, end):
                kinds.add(self._numbers[form])
        if self._words or self._odd:
            for text in _texts(content):
                kinds |= {self._words[word] for word in self._words.keys() & set(_WORD.findall(text))}
                kinds |= {self._odd_words[word] for word in self._odd.findall(text)} if self._odd else set()
        return kinds

    def found_in_values(self, values: Iterable[str]) -> set[str]:
        """Kinds of the texts that are searched as values alone, and that are among some values."""
        return {self._values[one] for one in values if one in self._values}

    def masked(self, text: str, mask: str) -> str:
        """A text with `mask` in place of everything that would be found in it."""
        if text in self._values:
            return mask
        text = _WORD.sub(lambda word: mask if word[0] in self._words else word[0], text)
        text = self._odd.sub(lambda _: mask, text) if self._odd else text
        content, spans = text.encode("utf-8", "surrogatepass"), []
        for form, start, end in self._index.matches(content):
            if form in self._anywhere or _stands_alone(content, start, end):
                spans.append((start, end))
        parts, position = [], 0
        for start, end in _joined(spans):
            parts += [content[position:start], mask.encode()]
            position = end
        return b"".join([*parts, content[position:]]).decode("utf-8", "surrogatepass")


def search(
    folder: Path,
    needles: Needles,
    report: Callable[[int, int], None] = lambda done, total: None,
    *,
    below: bool = True,
) -> list[Leak]:
    """Searches names and contents of the files of a folder.

    Args:
        folder: The folder.
        needles: The texts.
        report: Called with searched and all files.
        below: Whether the files in folders of the folder are searched, too.

    Returns:
        The finds: for each file each kind once for each way in which it is written. A file that cannot be searched
        whole is among them: nothing shows that it is free.

    Raises:
        DataError: A file cannot be read.
    """
    paths = sorted(path for path in (folder.rglob("*") if below else folder.iterdir()) if not path.is_dir())
    leaks: list[Leak] = []
    for number, path in enumerate(paths, start=1):
        name = path.relative_to(folder).as_posix()
        content = read_regular(path, _LARGEST)
        found = [(kind, "name of the file") for kind in sorted(needles.found(name.encode(errors="replace")))]
        found += _in_content(content, needles)
        found += _in_values(path.suffix, content, needles)
        leaks += [Leak(name, kind, where) for kind, where in dict.fromkeys(found)]
        report(number, len(paths))
    return leaks


def _in_content(content: bytes, needles: Needles) -> Iterator[tuple[str, str]]:
    try:
        for layer, where in layers(content):
            yield from ((kind, where) for kind in sorted(needles.found(layer)))
    except Unsearchable as error:
        yield str(error), "not searched whole"


def _in_values(suffix: str, content: bytes, needles: Needles) -> Iterator[tuple[str, str]]:
    if suffix not in (*_JSON, ".csv"):
        return
    try:
        text = content.decode("utf-8")
        values = set(_cells(text) if suffix == ".csv" else _strings(parse_json(text)))
    except (ValueError, csv.Error):
        yield "it is not what its name says", "not searched whole"
    else:
        yield from ((kind, "") for kind in sorted(needles.found_in_values(values)))


def _cells(text: str) -> Iterator[str]:
    rows = csv.reader(io.StringIO(text, newline=""))
    header = next(rows, [])
    yield from header
    counting = {place for place, name in enumerate(header) if name in _COUNTING_COLUMNS}
    for row in rows:
        yield from (cell for place, cell in enumerate(row) if place not in counting)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)


def _forms(text: str) -> set[bytes]:
    """A text in bytes. In UTF-16 an ASCII text is the same in both byte orders, but for a zero at its end."""
    if text.isascii():
        return {text.encode("ascii"), "\0".join(text).encode("ascii")}
    wide = {text.encode(name, "surrogatepass") for name in ("utf-16-le", "utf-16-be")}
    return {text.encode("utf-8", "surrogateescape"), *wide}


def _stands_alone(content: bytes, start: int, end: int) -> bool:
    """Whether digits are a whole number: no letter or digit is beside them, and no point with a digit behind it."""
    before = content[max(0, start - 4) : start].replace(b"\0", b"")[-2:]
    after = content[end : end + 4].replace(b"\0", b"")[:2]
    if before[-1:].isalnum() or after[:1].isalnum():
        return False
    return not (before[-1:] == b"." and before[:1].isdigit()) and not (after[:1] == b"." and after[1:].isdigit())


def _texts(content: bytes) -> Iterator[str]:
    """Bytes as texts in UTF-8 and, where every second byte is zero, in UTF-16; parts that are no text are left out."""
    # Two bytes that no UTF-8 has, by which `layers` divides small parts.
    for part in content.split(b"\xff\xff"):
        try:
            text = part.decode("utf-8")
        except UnicodeDecodeError:
            if not part.startswith((b"\xff\xfe", b"\xfe\xff")):
                continue
            text = ""
        yield text
        if b"\0" in part:
            for run in re.finditer(rb"(?:[\x20-\x7e]\0){4,}|(?:\0[\x20-\x7e]){4,}", part):
                yield run[0].replace(b"\0", b"").decode("ascii")


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans in order; those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined
