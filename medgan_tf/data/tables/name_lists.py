"""Names in a cell that holds a list, as Python, JSON or NumPy write it: ``['cardiomegaly', 'pleural effusion']``.

The cells are read by a small scanner of our own: they are data, so they are not evaluated.
"""

import re

LONGEST_CELL = 65_536
"""Characters of a cell."""
MOST_NAMES = 1_000
_QUOTED = re.compile(r"""[uU]?(?:'((?:[^'\\]|\\.)*+)'|"((?:[^"\\]|\\.)*+)")""", re.DOTALL)
_BARE = re.compile(r"""[^\s,\[\]'"][^,\[\]]*+""")
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_BLANKS = " \t\r\n"


def parse_list(cell: str) -> list[str]:
    """The names in a cell, each once, in order.

    Blanks around a name are removed, those inside it become one, and empty names are left out. Names may stand
    without quotes, and, as NumPy writes them, without commas: ``['C0034069' 'C0742362']``. A blank cell is an empty
    list.

    Raises:
        ValueError: The cell is no list, holds another list, or is longer than `LONGEST_CELL` or `MOST_NAMES`. The
            text says what was expected, without the place of the cell.
    """
    if len(cell) > LONGEST_CELL:
        raise ValueError(f"expected a list of at most {LONGEST_CELL:,} characters. Received: {len(cell):,} characters")
    text = cell.strip(_BLANKS)
    if not text:
        return []
    if len(text) < 2 or text[0] != "[" or text[-1] != "]":
        raise ValueError(f"expected a list such as ['a', 'b']. Received: {_shown(text)}")
    names = [" ".join(name.split()) for name in _items(text)]
    if len(names) > MOST_NAMES:
        raise ValueError(f"expected a list of at most {MOST_NAMES:,} names. Received: {len(names):,}")
    return [name for name in dict.fromkeys(names) if name]


def looks_like_list(name: str) -> bool:
    """Whether a name seems to be a piece of such a list, which was split as if it were none."""
    return any(mark in name for mark in '[]"') or name.startswith("'") or name.endswith("'")


def _items(text: str) -> list[str]:
    end = len(text) - 1
    position, names, after_comma = 1, [], True
    while True:
        while text[position] in _BLANKS:
            position += 1
        if position == end:
            return names
        if text[position] == ",":
            if after_comma:
                raise ValueError(f"expected a name before each comma of the list. Received: {_shown(text)}")
            after_comma, position = True, position + 1
            continue
        found = _QUOTED.match(text, position, end)
        if found:
            names.append(_unescaped(found[1] if found[1] is not None else found[2]))
        else:
            found = _BARE.match(text, position, end)
            if found is None:
                raise ValueError(f"expected names in quotes, no list in a list. Received: {_shown(text)}")
            names.append(found[0])
        after_comma, position = False, found.end()


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    return _ESCAPE.sub(lambda one: _CONTROLS.get(one[3], one[3]) if one[3] else chr(int(one[1] or one[2], 16)), text)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")
