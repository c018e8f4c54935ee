"""Sections as the page and the files beside it take them: every block is drawn once here, so that an error shows now.

A block that cannot be drawn is replaced by one that says so. Blocks may come from rooms of other packages and are made
from result files that anybody may have edited, so any error is possible.
"""

import re
from collections.abc import Sequence

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Block, Html, Missing, Picture, Section, Table, cell_text
from medgan_tf.presentation.failures import Failed, failed
from medgan_tf.presentation.linked_files import Linked
from medgan_tf.presentation.page import block_html

# One part of a path, short enough for every file system.
_NAME = re.compile(r"[^./\\\0][^/\\\0]{0,199}")


def checked_sections(sections: Sequence[Section]) -> list[Section]:
    """The sections with every block that cannot be drawn replaced. Raises `TypeError` for what is no section."""
    for section in sections:
        texts = [section.title, *(text for one in section.missing for text in (one.where, one.what, one.command))]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError("a title or an entry of what is missing is no text")
        section.blocks[:] = [_checked(block, section.title) for block in section.blocks]
    return list(sections)


def checked_comparison(found: Comparison, results: Results) -> Comparison:
    """A room's part of the comparison as it is. Raises `TypeError` or `ValueError` for one that cannot be shown."""
    if len(found.rows) != len(results.gans) or {len(row) for row in found.rows} - {len(found.head)}:
        raise ValueError(f"expected {len(results.gans)} rows of {len(found.head)} cells")
    if len(set(found.head)) != len(found.head) or not set(found.brief) <= set(found.head):
        raise ValueError("a column has no title of its own")
    texts = [*found.head, *found.remarks, *(text for one in found.ranked for text in (one.title, one.speaks_for))]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a title or remark is no text")
    for row in found.rows:
        list(map(cell_text, row))
    for pair in (pair for one in found.ranked for pair in one.pairs):
        if (pair.first, pair.second) not in results.pairs:
            raise ValueError("a pair is not one of this experiment's")
        cell_text(pair.value), cell_text(pair.interval)
        if not all(p is None or isinstance(p, int | float) for p in (pair.p_smaller, pair.p_larger)):
            raise TypeError("a p-value is no number")
    return found


def failures(sections: Sequence[Section]) -> list[Failed]:
    """All blocks of the sections that could not be made."""
    return [block for section in sections for block in section.blocks if isinstance(block, Failed)]


def broken_section(title: str, error: Exception, what: str = "") -> Section:
    """A section that says that it cannot be shown. The others are shown.

    Args:
        title: Its heading.
        error: The reason.
        what: The part that is broken, where it is not the whole section.
    """
    missing = Missing("result files", (what or title).lower(), "the command that wrote the result file")
    return Section(title, [failed(what or title, error)], [missing])


def _checked(block: Block, title: str) -> Block:
    try:
        if not isinstance(block, Html | Table | Picture | Failed):
            raise TypeError(f"expected a block of a page, found {type(block).__name__}")
        block_html(block).encode("utf-8", "backslashreplace")
        if isinstance(block, Table | Picture) and not _NAME.fullmatch(block.name):
            raise ValueError(f"{block.name!a:.60} cannot be the name of a file")
        if isinstance(block, Linked) and not all(_NAME.fullmatch(name.partition(".")[0]) for name in block.files):
            raise ValueError("a file beside the page has a name that no file can have")
        if isinstance(block, Table):
            block.csv(), block.latex()
        elif isinstance(block, Picture):
            block.png.startswith(b"")
    except Exception as error:
        caption = getattr(block, "caption", None)
        return failed(caption if isinstance(caption, str) else title, error)
    return block
