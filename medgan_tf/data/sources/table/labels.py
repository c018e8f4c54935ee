"""Findings and their states: a column for each finding, or a column that names the findings of each image."""

import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.tables.cells import shown, shown_names
from medgan_tf.data.tables.listing import parse_states, row_of
from medgan_tf.data.tables.name_lists import looks_like_list, parse_list
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError

STATES_HINT = "; data.options.states gives cells their meaning"
NOT_A_FINDING = ("nan", "<na>", "n/a", "#n/a", "null")
"""Words that programs write into blank cells; a finding of this name is an error."""

States = dict[str, np.ndarray]


def label_columns(options: Options) -> list[str]:
    """The columns that hold labels."""
    return list(options.label_columns or [options.label_column or ""])


def label_states(
    rows: pd.DataFrame, options: Options, csv: Path, taken: Collection[str]
) -> tuple[tuple[str, ...], States]:
    """Names of the findings, in order, and their states, int8 [N] of `LabelState` each.

    Args:
        rows: The rows of the table, as text.
        options: The options about labels.
        csv: The table, for messages.
        taken: Names that a finding cannot have.

    Raises:
        DataError: A cell without a meaning, a name that is none, or two that differ in upper and lower case only.
    """
    if options.label_column is not None:
        findings, states = _named_states(rows[options.label_column], options, csv)
    else:
        columns = options.label_columns or ()
        findings = tuple(options.rename.get(name, name) for name in columns)
        if unknown := set(options.rename) - set(columns):
            raise DataError(f"data.options.rename: {shown(min(unknown))} is none of label_columns")
        _check_names(columns, csv, taken)
        states = {
            name: _column_states(rows[column], options, csv) for name, column in zip(findings, columns, strict=True)
        }
    _check_names(findings, csv, taken)
    if options.no_finding is not None and options.no_finding not in findings:
        raise DataError(
            f"{csv}: no finding {options.no_finding!r} (data.options.no_finding); found: {shown_names(findings)}"
        )
    return findings, states


def _column_states(cells: pd.Series, options: Options, csv: Path) -> np.ndarray:
    if options.states is None:
        return parse_states(cells, csv, None, STATES_HINT)
    meaning = {text.strip(): LabelState[name.upper()] for text, name in options.states.items()}
    if options.states_default is not None:
        folded = {text.casefold(): text for text in meaning}
        for cell in dict.fromkeys(cells.str.strip()):
            twin = folded.get(cell.casefold())
            if cell and cell not in meaning and twin is not None:
                raise DataError(
                    f"{csv}: column {cells.name!r} holds {shown(cell)}, data.options.states has {shown(twin)}; "
                    "list both"
                )
            if cell:
                meaning.setdefault(cell, LabelState[options.states_default.upper()])
    return parse_states(cells, csv, meaning, STATES_HINT)


@dataclass(frozen=True)
class _Named:
    """The names in a cell. Where there are none at all, the cell is blank."""

    positive: frozenset[str]
    uncertain: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.positive | self.uncertain


def _named_states(cells: pd.Series, options: Options, csv: Path) -> tuple[tuple[str, ...], States]:
    """Findings and states of a column that names the findings of each image."""
    codes, texts = pd.factorize(cells.to_numpy(dtype=object))
    named = []
    for number, text in enumerate(texts):
        try:
            named.append(_names_in(str(text), options))
        except ValueError as error:
            row = row_of(cells, int((codes == number).argmax()))
            raise DataError(f"{csv}: {row}, column {cells.name!r}: {error}") from error
    if options.label_names is None:
        findings = _found(named, codes, cells.name, csv)
        spellings = {name: name for name in findings}
    else:
        findings = options.label_names
        spellings = _spellings(named, codes, cells, findings, csv)
    columns = {name: number for number, name in enumerate(findings)}
    states = np.full((len(named), len(findings)), LabelState.NEGATIVE, np.int8)
    for row, one in enumerate(named):
        if not one.all:
            states[row] = LabelState.BLANK
        for names, state in ((one.uncertain, LabelState.UNCERTAIN), (one.positive, LabelState.POSITIVE)):
            states[row, [columns[spellings[name]] for name in names]] = state
    return findings, {name: states[codes, column] for name, column in columns.items()}


def _names_in(cell: str, options: Options) -> _Named:
    """The names in a cell, with single blanks. Raises `ValueError` for a text that is no list, or no name."""
    words = {_single_blanks(word) for word in ("", *options.blank_words)}
    if _single_blanks(cell) in words:
        return _Named(frozenset(), frozenset())
    parts = parse_list(cell) if options.label_list else cell.split(options.label_separator)
    positive, uncertain = set(), set()
    for part in parts:
        name, is_uncertain = _without_marks(_single_blanks(part), options.uncertain_marks)
        if name in words:
            continue
        name = options.rename.get(name, name)
        _refuse_odd_name(name, options)
        (uncertain if is_uncertain else positive).add(name)
    return _Named(frozenset(positive), frozenset(uncertain - positive))


def _single_blanks(text: str) -> str:
    # One form of letters with accents, which some systems write as two characters.
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _without_marks(name: str, marks: Sequence[str]) -> tuple[str, bool]:
    for mark in marks:
        if mark and name.startswith(mark):
            return name.removeprefix(mark).strip(), True
        if mark and name.endswith(mark):
            return name.removesuffix(mark).strip(), True
    return name, False


def _refuse_odd_name(name: str, options: Options) -> None:
    if name in (options.label_names or ()) or name == options.no_finding:
        return
    if not options.label_list and looks_like_list(name):
        raise ValueError(
            f"expected names. Received: {shown(name)}; for lists such as \"['a', 'b']\" set data.options.label_list: "
            "true, or name this finding in data.options.label_names"
        )
    if name.lower() in NOT_A_FINDING:
        raise ValueError(
            f"expected names of findings. Received: {shown(name)}; if that is a blank cell, set "
            f"data.options.blank_words: [{shown(name)}]"
        )


def _found(named: list[_Named], codes: np.ndarray, column: object, csv: Path) -> tuple[str, ...]:
    """The names that occur, sorted. Raises `DataError` for two that differ in upper and lower case only."""
    names = sorted(set().union(*(one.all for one in named)))
    spellings: dict[str, list[str]] = {}
    for name in names:
        spellings.setdefault(name.casefold(), []).append(name)
    for same in spellings.values():
        if len(same) > 1:
            rows = np.bincount(codes, minlength=len(named))
            counts = Counter({name: sum(rows[at] for at, one in enumerate(named) if name in one.all) for name in same})
            found = " and ".join(f"{shown(name)} ({count:,} rows)" for name, count in counts.most_common())
            raise DataError(
                f"{csv}: column {column!r} has {found}; name the right spelling in data.options.label_names, or map "
                "one to the other in data.options.rename"
            )
    return tuple(names)


def _spellings(
    named: list[_Named], codes: np.ndarray, cells: pd.Series, findings: tuple[str, ...], csv: Path
) -> dict[str, str]:
    """The finding that each name is: the same name, or else the only one that differs in upper and lower case."""
    folded: dict[str, list[str]] = {}
    for finding in findings:
        folded.setdefault(_single_blanks(finding).casefold(), []).append(finding)
    spellings = {finding: finding for finding in findings}
    for number, one in enumerate(named):
        for name in sorted(one.all - set(spellings)):
            same = folded.get(name.casefold(), [])
            if len(same) != 1:
                row = row_of(cells, int((codes == number).argmax()))
                raise DataError(
                    f"{csv}: {row}, column {cells.name!r}: expected names among {shown_names(findings)}. "
                    f"Received: {shown(name)}"
                )
            spellings[name] = same[0]
    return spellings


def _check_names(names: Sequence[str], csv: Path, taken: Collection[str]) -> None:
    if not names or len(set(names)) != len(names):
        raise DataError(f"{csv}: expected different findings, at least one. Received: {list(names)}")
    for name in names:
        # "|" joins the names of a combination; the others are columns of the source table.
        if "|" in name or name in taken:
            raise DataError(f"{csv}: a finding cannot be called {shown(name)}; rename the column")
