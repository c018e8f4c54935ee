"""The list of what a check refuses, and the one line that it becomes."""

from pathlib import Path

from medgan_tf.errors import DataError

_MOST = 6


def shown(name: str) -> str:
    """A name from a file for a message: short, in quotes, without control characters."""
    text = ascii(name)
    return text if len(text) <= 80 else f"{text[:76]}...'"


class Findings:
    """Everything in a file that is refused, each once."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}
        self._operations: dict[str, list[str]] = {}

    def add(self, text: str) -> None:
        """Adds what was found, as the end of the sentence "it holds ..."."""
        self._found[text] = None

    def add_operation(self, name: str, where: str) -> None:
        """Adds an operation that is not on the list."""
        places = self._operations.setdefault(name, [])
        if where not in places:
            places.append(where)

    def raise_if_any(self, path: Path, advice: str) -> None:
        """Raises `DataError` with the first of the findings unless there are none."""
        found = [
            f"the operation {shown(name)} in {places[0]}" + (f" and {len(places) - 1} more" if places[1:] else "")
            for name, places in self._operations.items()
        ] + list(self._found)
        if found:
            more = f", and {len(found) - _MOST} more" if len(found) > _MOST else ""
            raise DataError(f"{path} is refused: it holds {'; '.join(found[:_MOST])}{more}; {advice}")
