"""Which columns hold the labels: one for each finding, with words for yes and no, or one with the findings' names."""

import re
from collections import Counter

import pandas as pd

from medgan_tf.errors import DataError
from medgan_tf.files.plain_text import hidden_characters, visible
from medgan_tf.proposal.guesses.cell_words import NUMBERS, is_no_finding, sounds_like_finding, state_of
from medgan_tf.proposal.guesses.columns import BLANK_CELLS, filled, holds_folds, is_called, quoted
from medgan_tf.proposal.guesses.guess import Guess
from medgan_tf.proposal.table_file import TextTable

SEPARATORS = ("|", ";", ",", "/", "+")
MOST_LABELS = 100
SIIM_OUTLINES = "EncodedPixels"
"""The column of SIIM-ACR Pneumothorax."""
_MOST_UNCALLED = 20
LONGEST_LABEL = 60
_MOST_TEXTS = 2000
_RESERVED = ("image_id", "path", "patient_id")
_LIST = re.compile(r"\s*\[.*\]\s*", re.DOTALL)
_ITEM = re.compile(r"""\s*(?:'([^']*)'|"([^"]*)")\s*(?:,|$)""")
_NO_LABELS = ("sex", "age", "view", "fold", "other", "path", "patient")


def find_labels(table: TextTable, taken: set[str], patient: tuple[str, ...] = ()) -> Guess:
    """The label columns of a table.

    Args:
        table: The table.
        taken: Columns that have another meaning: path and patient.
        patient: The patient's column, if there is one. A column that says the same as it, such as the patient's name,
            is no label.

    Raises:
        DataError: No column can be one.
    """
    names = [
        name
        for name in table.columns
        if name not in taken and not holds_folds(table.frame[name]) and not _is_other(name)
        and not (patient and _same(table.frame[name], table.frame[patient[0]]))
    ]  # fmt: skip
    columns = _columns_of_states(table, names)
    named = _named(table, [name for name in names if name not in columns])
    # A single column of 0 and 1 beside one with names is often a flag of something else, unless it is called a label.
    if named and (not columns or len(columns) == 1 and not is_called(columns[0], "label")):
        return _with_doubts(named, table, columns)
    if columns:
        return _with_doubts(_of_columns(table, columns), table, list(named.columns) if named else [])
    outlines = next((name for name in names if _holds_outlines(name, table.frame[name])), None)
    if outlines is not None:
        return _of_outlines(outlines)
    raise DataError(
        f"{table.path}: no column looks like labels: one for each finding with 1 and 0 or yes and no, or one with the "
        f"names of the findings; found: {', '.join(map(visible, table.columns))[:600]}"
    )


def _same(cells: pd.Series, patients: pd.Series) -> bool:
    """Whether each patient has a cell of their own."""
    different = cells.nunique()
    return different > 10 and different == patients.nunique() == len(set(zip(cells, patients, strict=True)))


def _is_other(name: str) -> bool:
    return any(is_called(name, kind) for kind in _NO_LABELS)


def _can_be_called(name: str) -> bool:
    """Whether `prepare` takes the name for a finding."""
    return name not in _RESERVED and "|" not in name and len(name) <= LONGEST_LABEL


def _columns_of_states(table: TextTable, names: list[str]) -> list[str]:
    """Columns with a cell that says yes; where there are such, also those that are uncertain at most."""
    usable = [name for name in names if name not in table.hidden and _can_be_called(name)]
    found = {name: set(_states(table, name).values()) for name in usable}
    some = any("positive" in states for states in found.values())
    wanted = {"positive", "uncertain"} if some else set()
    return [name for name, states in found.items() if states & wanted]


def _states(table: TextTable, name: str) -> dict[str, str]:
    """The meaning of each different cell of a column; nothing where some cell has none, or all cells say the same."""
    texts = table.frame[name].unique()
    if len(texts) > 12:
        return {}
    states = {text: state_of(text) for text in texts}
    known = set(states.values())
    return states if None not in known and len(known) > 1 else {}


def _of_columns(table: TextTable, columns: list[str]) -> Guess:
    meaning: dict[str, str] = {}
    for name in columns:
        meaning.update(_states(table, name))
    options: dict = {"label_columns": columns}
    confirm = []
    words = {text: state for text, state in meaning.items() if text.lower() not in NUMBERS}
    if words:
        options["states"] = {text: state for text, state in sorted(meaning.items()) if text}
        doubtful = [text for text, state in words.items() if state == "uncertain"]
        if doubtful:
            confirm.append(f"{', '.join(map(repr, doubtful))} is taken for uncertain")
    none = [name for name in columns if is_no_finding(name)]
    if none and _excludes(table, none[0], columns):
        options["no_finding"] = none[0]
    elif none:
        confirm.append(f"{quoted(none[0])} occurs together with findings, so it is taken for a finding like others")
    number = f"{len(columns)} columns" if len(columns) > 1 else "a column"
    why = f"{number} whose cells say {_listed_states(set(meaning.values()))}"
    odd = [name for name in columns if not sounds_like_finding(name)]
    if odd:
        confirm.append(
            f"{', '.join(map(quoted, odd[:10]))}{' and others' if len(odd) > 10 else ''} may be something else than a "
            "finding, such as a treatment; leave that out"
        )
    return Guess(options, tuple(columns), why, "; ".join(confirm))


def _holds_outlines(name: str, cells: pd.Series) -> bool:
    """Whether cells are outlines of a finding as run lengths, and -1 or nothing where there is none."""
    runs = cells.str.fullmatch(r"\d+(?: \d+)+")
    return bool(runs.any() and (runs | cells.isin(("-1", ""))).all() and not runs.all())


def _of_outlines(name: str) -> Guess:
    options = {
        "label_columns": [name],
        "states": {"-1": "negative"},
        "states_default": "positive",
        "rename": {name: "Pneumothorax" if name == SIIM_OUTLINES else "finding"},
    }
    why = f"column {quoted(name)} with outlines, and -1 or nothing where there is no finding"
    confirm = "an image with an outline shows the finding; rename says what it is called"
    return Guess(options, (name,), why, confirm)


def _excludes(table: TextTable, name: str, columns: list[str]) -> bool:
    """Whether no other finding is positive where this one is."""
    positive = {one: table.frame[one].map(state_of) == "positive" for one in columns}
    others = pd.DataFrame({one: positive[one] for one in columns if one != name})
    return not (positive[name] & others.any(axis=1)).any()


def _listed_states(states: set[str]) -> str:
    words = {"positive": "yes", "negative": "no", "uncertain": "uncertain", "blank": "nothing"}
    return ", ".join(words[state] for state in words if state in states)


def _named(table: TextTable, names: list[str]) -> Guess | None:
    """The column with the names of findings, if there is one; those that are called so first."""
    found = []
    for name in names:
        guess = _names_in(table, name)
        if guess is not None:
            found.append((is_called(name, "label"), _is_list(table, name), guess))
    if not found:
        return None
    best = max(found, key=lambda one: one[:2])[2]
    others = [guess.columns[0] for *_, guess in found if guess is not best]
    confirm = [best.confirm] if best.confirm else []
    if others:
        confirm.append(f"{', '.join(quoted(name) for name in others[:5])} could be meant as well")
    instead = tuple(f"label_column: {visible(name)}" for name in others[:2])
    return Guess(best.options, best.columns, best.why, "; ".join(confirm), instead)


def _is_list(table: TextTable, name: str) -> bool:
    cells = filled(table.frame[name])
    return len(cells) > 0 and bool(cells.head(500).str.fullmatch(_LIST).all())


def _names_in(table: TextTable, name: str) -> Guess | None:
    cells = filled(table.frame[name])
    counts = Counter(cells)
    if not counts or not any(state_of(text) is None for text in counts) and not _is_graded(counts, name):
        return None
    if len(counts) > max(_MOST_TEXTS, len(cells) // 2):
        return None
    is_list = _is_list(table, name)
    separator = "" if is_list else _separator(counts)
    labels, together = Counter(), False
    for text, number in counts.items():
        parts = _items(text) if is_list else [text] if not separator else text.split(separator)
        parts = {part.strip() for part in parts} - {""}
        labels.update(dict.fromkeys(parts, number))
        together |= len(parts) > 1 and any(map(is_no_finding, parts))
    called = is_called(name, "label")
    most = 10 * MOST_LABELS if is_list else MOST_LABELS if called else _MOST_UNCALLED
    if not 1 < len(labels) <= most or max(map(len, labels)) > LONGEST_LABEL:
        return None
    # Free texts, dates and identifiers occur once or twice each.
    if len(cells) < (2 if called else 5) * len(labels) or not called and not _are_words(labels):
        return None
    if any(hidden_characters(label) or not _can_be_called(label) for label in labels):
        return None
    blank = sorted({cell for cell in table.frame[name].unique() if cell.lower() in BLANK_CELLS})
    return _of_names(name, labels, separator, is_list, called, blank, together)


def _is_graded(counts: Counter, name: str) -> bool:
    """Whether cells that could say yes and no are names: those of a column that is called so, beside other numbers."""
    return is_called(name, "label") and any(text not in NUMBERS for text in counts)


def _of_names(
    name: str, labels: Counter, separator: str, is_list: bool, called: bool, blank: list[str], together: bool
) -> Guess:
    options: dict = {"label_column": name}
    if is_list:
        options["label_list"] = True
    elif separator not in ("", "|"):
        options["label_separator"] = separator
    if any(blank):
        options["blank_words"] = [cell for cell in blank if cell]
    none = [label for label in labels if is_no_finding(label)]
    confirm = [] if called else [f"the name of {quoted(name)} does not say that it holds the findings"]
    if none and not together:
        options["no_finding"] = max(none, key=lambda label: labels[label])
    elif none:
        confirm.append(f"'{none[0]}' occurs together with findings, so it is taken for a finding like others")
    marks = [mark for mark in SEPARATORS if not separator and not is_list and any(mark in label for label in labels)]
    if marks:
        confirm.append(f"some names hold {' and '.join(map(repr, marks))}; if cells are lists, set label_separator")
    if len(none) > 1:
        confirm.append(f"{', '.join(map(repr, none))} may mean the same")
    why = f"column {quoted(name)} with the names of {len(labels)} findings"
    why += ", as lists" if is_list else f", separated by {separator!r}" if separator else ""
    why += "; blank cells are images without a finding" if blank else ""
    return Guess(options, (name,), why, "; ".join(confirm))


def _items(text: str) -> list[str]:
    return [one or other for one, other in _ITEM.findall(text.strip()[1:-1])]


def _are_words(labels: Counter) -> bool:
    """Words, not numbers: a column of numbers is labels only if it is called so."""
    return all(re.search(r"[^\W\d_]{2}", label) for label in labels)


def _separator(counts: Counter) -> str:
    """The character that splits the cells into the fewest different names; "" where the cells are names themselves."""
    if any("|" in text for text in counts):
        return "|"
    best = ("", len(counts))
    for separator in SEPARATORS:
        if any(separator in text for text in counts):
            parts = {part.strip() for text in counts for part in text.split(separator)}
            # The names of "a;b" and "a" are fewer than the cells. "fracture, left" splits into more.
            if len(parts) < best[1] or best[0] == "" and len(parts) == best[1]:
                best = separator, len(parts)
    return best[0]


def _with_doubts(guess: Guess, table: TextTable, others: list[str]) -> Guess:
    """The guess with what speaks against it: columns that could be meant, and names that cannot be used."""
    confirm, instead = [guess.confirm] if guess.confirm else [], list(guess.instead)
    others = [name for name in others if name not in guess.columns]
    if others:
        confirm.append(f"{', '.join(quoted(name) for name in others[:5])} could be meant as well")
        many = "label_column" in guess.options
        instead.append(
            f"label_columns: [{', '.join(map(visible, others))}]" if many else f"label_column: {visible(others[0])}"
        )
    hidden = [name for name in table.hidden if _states(table, name)]
    if hidden:
        confirm.append(
            f"{', '.join(quoted(name) for name in hidden)} has hidden characters in its name, so it cannot be a "
            "label; rename it in the table"
        )
    return Guess(guess.options, guess.columns, guess.why, "; ".join(confirm), tuple(instead))
