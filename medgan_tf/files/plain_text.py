"""Text from other people's files: names without hidden characters, free texts of limited length, lines for a terminal.

A hidden character changes how a text looks without being seen. Control characters move a terminal's cursor, marks of
writing direction make ``gpj.exe`` look like ``exe.jpg``, and two names that look alike may differ by a character of no
width.
"""

import re
import unicodedata

LONGEST_TEXT = 4000
"""Characters of a free text, such as a comment."""

# Cc control, Cf format (writing direction, zero width, byte order mark), Cs half of a pair, Zl and Zp line ends.
_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Letters and marks that show nothing: joiner, fillers of Korean, blank of Braille, selectors of variants.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
# Languages such as Persian need these two inside words.
_JOINERS = frozenset("\u200c\u200d")
_NAMES = {"\t": "tab", "\n": "line feed", "\r": "carriage return", "\x1b": "escape", "\x00": "null"}
_PLAIN = re.compile(r"[ -~]*")


def hidden_characters(text: str) -> list[str]:
    """The hidden characters of a text, each once, in order."""
    if _PLAIN.fullmatch(text):
        return []
    return [one for one in dict.fromkeys(text) if unicodedata.category(one) in _CATEGORIES or one in _BLANK]


def name_problem(name: str) -> str | None:
    r"""What is wrong with a name, for the end of a message; None for a name without hidden characters.

    Example:
        ``expected a name without hidden characters; received 'Ede\u202ema' with U+202E (right-to-left override)``
    """
    hidden = hidden_characters(name)
    if not hidden:
        return None
    found = ", ".join(map(_described, hidden[:3]))
    shown = visible(name)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return f"expected a name without hidden characters; received '{shown}' with {found}"


def visible(text: str) -> str:
    r"""The text on one line, with hidden characters written out: ``\x1b``, ``\u202e``, ``\n``."""
    for one in hidden_characters(text):
        text = text.replace(one, _escaped(one))
    return text


def visible_lines(text: str) -> str:
    """As `visible`, for a text that may have several lines and tabs."""
    for one in hidden_characters(text):
        if one not in "\n\t":
            text = text.replace(one, _escaped(one))
    return text


def cleaned(text: str, longest: int = LONGEST_TEXT) -> str:
    r"""A free text without hidden characters, for files that are given away or shown.

    Every kind of line end becomes ``\n``, blanks at both ends are removed, and what is longer than `longest` characters
    is cut off and ends with ``...``. Joiners inside words stay, because some languages need them.
    """
    text = re.sub("\r\n?|[\x0b\x0c\x85\u2028\u2029]", "\n", text)
    kept = _JOINERS | {"\n", "\t"}
    for one in hidden_characters(text):
        if one not in kept:
            text = text.replace(one, "")
    text = text.strip()
    return text if len(text) <= longest else text[: longest - 3] + "..."


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _described(character: str) -> str:
    name = _NAMES.get(character) or unicodedata.name(character, "").lower()
    return f"U+{ord(character):04X}" + (f" ({name})" if name else "")
