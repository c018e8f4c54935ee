"""The questions about a synthetic dataset, one room each, and what every room tells about its own.

A room is a folder of this package, or a package that another distribution names as an entry point of the group
`medgan_tf.evidence`. Its furniture:

- `settings.py`: `KEY`, the user's word for the question (`--with privacy`, `evaluation.privacy`, `privacy.json`);
  `ORDER`, its place among the questions; `CONFIG`, the section of its options, or None. All options have defaults. The
  section is `evaluation.<KEY>` of an experiment, or `<KEY>` if the file says ``TOP_LEVEL = True``. Imports only
  `config.section` and other settings.
- `room.py`: a subclass of `question.RunEvidence` or `question.SeedsEvidence`, registered with
  ``@EVIDENCE.register(KEY)``: when it is made, what it is made from, how, and its line on the terminal. Importing it
  must be cheap: it loads its `job` when it is asked to work.
- `job.py`: folders in, a result file out. `measure*.py`: the statistics. `table.py`: the terminal. `figures.py`.
- `section.py`: the room's part of a report, from its own result; see `reporting`.
"""

import importlib
import pkgutil
import sys
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType

from medgan_tf.registry import Registry


class EvidenceRegistry(Registry):
    """Rooms by their `KEY`, which need not be the folder's name."""

    def __init__(self) -> None:
        super().__init__("evidence", "medgan_tf.evidence", "medgan_tf.evidence", "room")
        self._path: tuple[str, ...] = ()
        self._known: dict[str, str] = {}

    def names(self) -> list[str]:
        """Every key, in the order of the rooms' `ORDER`."""
        return sorted(self._folders(), key=lambda name: (self.settings(name).ORDER, name))

    def section(self, name: str) -> ModuleType | None:
        """The module `section` of a room; None for a room that has no part in a report."""
        module = f"{self._folder(name)}.section"
        return importlib.import_module(module) if find_spec(module) is not None else None

    def _folders(self) -> dict[str, str]:
        # Entry points are read from the metadata of everything that is installed, which takes long.
        path = tuple(sys.path)
        if path != self._path:
            self._path, self._known = path, self._search()
        return self._known

    def _search(self) -> dict[str, str]:
        package = importlib.import_module(self.package)
        own = [f"{self.package}.{module.name}" for module in pkgutil.iter_modules(package.__path__) if module.ispkg]
        others = [point.value for point in entry_points(group=self.group)]
        return {importlib.import_module(f"{folder}.settings").KEY: folder for folder in [*others, *own]}


EVIDENCE = EvidenceRegistry()
