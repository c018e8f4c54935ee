"""Folders of this machine taken out of texts that may be given away: they name people, hospitals and projects."""

import re
import sys
import tempfile
from pathlib import Path

# After a blank or an opening mark: a path from the root with at least one folder, on Linux and macOS or on Windows.
_ABSOLUTE = re.compile(r"""(?<![^\s'"(\[=:,])(?:/[^\s/'"]+|[A-Za-z]:\\[^\s\\'"]+)(?:[/\\][^\s'")]*)+""")
_TAIL = r"""(?=[/\\\s'":;,.)\]]|$)"""


def hide_places(text: str, run: Path | None = None) -> str:
    """The text with folders of this machine replaced.

    Paths in the run folder begin with ``<run>``, those in the current folder with ``.``, in the home folder with ``~``,
    in the folder of temporary files with ``<tmp>`` and in the Python installation with ``<python>``. Of any other path
    from the root only the last part is left: ``.../labels.csv``. Relative paths stay.

    Args:
        text: A line of a log, a message.
        run: The run folder, if the text belongs to one.
    """
    for folder, shown in _known(run):
        text = re.sub(re.escape(folder) + _TAIL, lambda _, shown=shown: shown, text)
    return _ABSOLUTE.sub(_last_part, text)


def _known(run: Path | None) -> list[tuple[str, str]]:
    """Folders and what is shown in their place, the longest first; a folder at the root would be everywhere."""
    places = [(Path.cwd(), "."), (Path(tempfile.gettempdir()), "<tmp>"), (Path(sys.prefix), "<python>")]
    try:
        places.append((Path.home(), "~"))
    except RuntimeError:
        # A user without a home folder, as in some containers.
        pass
    places += [(run.absolute(), "<run>")] if run else []
    both = {str(form): shown for path, shown in places for form in (path, path.resolve()) if len(form.parts) > 1}
    return sorted(both.items(), key=lambda pair: -len(pair[0]))


def _last_part(match: re.Match) -> str:
    return ".../" + re.split(r"[/\\]", match[0].rstrip("/\\"))[-1]
