"""Registries map names to implementations. A new dataset, GAN or question is one folder, a new metric one file.

A registry belongs to one package; the folder's or file's name is the registered name. Another package can add its own
through entry points (see `Registry`). `names` lists without importing, `settings` imports only the options of a part,
`get` just the one part that is asked for, so that ``medgan-tf --help`` never pays for TensorFlow.
"""

import importlib
import logging
import pkgutil
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from medgan_tf.errors import ConfigError

log = logging.getLogger(__name__)


class Registry:
    """One kind of exchangeable part.

    Args:
        kind: Words for the registered thing in error messages ("data source", "GAN architecture").
        package: Dotted name of the package whose modules or folders hold the implementations.
        group: Entry points under which other packages name theirs: ``<name> = <package>``. The package is laid out as
            a folder of ours; for a kind without folders it is the module itself.
        module: File of a folder that registers the implementation when it is imported; "" for a kind that has one file
            for each name.
    """

    def __init__(self, kind: str, package: str, group: str, module: str = ""):
        self.kind = kind
        self.package = package
        self.group = group
        self.module = module
        self._entries: dict[str, Any] = {}
        self._path: tuple[str, ...] = ()
        self._known: dict[str, str] = {}

    def register(self, name: str) -> Callable[[Any], Any]:
        """Decorator that files an implementation under `name`. A name taken twice raises `ValueError`."""

        def decorate(entry: Any) -> Any:
            known = self._entries.get(name)
            if known is not None and known.__module__ != entry.__module__:
                raise ValueError(f"{self.kind} name registered twice. Received: name={name!r}")
            self._entries[name] = entry
            return entry

        return decorate

    def names(self) -> list[str]:
        """Every known name, sorted: the package's own, those of other packages, and whatever was registered."""
        return sorted({*self._folders(), *self._entries})

    def settings(self, name: str) -> ModuleType:
        """The module `settings` of a part, without the part itself. Raises `ConfigError` that lists the known names."""
        return importlib.import_module(f"{self._folder(name)}.settings")

    def get(self, name: str) -> Any:
        """The implementation of `name`. Raises `ConfigError` that lists the known names."""
        if name not in self._entries:
            folder = self._folder(name)
            importlib.import_module(f"{folder}.{self.module}" if self.module else folder)
        return self._entries[name]

    def _folders(self) -> dict[str, str]:
        """Dotted names of modules or packages, by registered name."""
        # Entry points are read from the metadata of everything that is installed, which takes long.
        path = tuple(sys.path)
        if path != self._path:
            self._path, self._known = path, self._search()
        return self._known

    def _search(self) -> dict[str, str]:
        package = importlib.import_module(self.package)
        own = {module.name: f"{self.package}.{module.name}" for module in pkgutil.iter_modules(package.__path__)
               if not module.name.startswith("_")}  # fmt: skip
        return {point.name: point.value for point in entry_points(group=self.group)} | own

    def _folder(self, name: str) -> str:
        folders = self._folders()
        if name not in folders:
            raise ConfigError(f"unknown {self.kind} {name!r:.60}; known: {', '.join(self.names())}")
        return folders[name]


class EvidenceRegistry(Registry):
    """Questions about a synthetic dataset by their `KEY`, which need not be the folder's name; see `evidence`."""

    def __init__(self) -> None:
        super().__init__("evidence", "medgan_tf.evidence", "medgan_tf.evidence", "room")

    def names(self) -> list[str]:
        """Every key, in the order of the rooms' `ORDER`."""
        return sorted(self._folders(), key=lambda name: (self.settings(name).ORDER, name))

    def section(self, name: str) -> ModuleType | None:
        """The module `section` of a room; None for a room that has no part in a report."""
        module = f"{self._folder(name)}.section"
        return importlib.import_module(module) if find_spec(module) is not None else None

    def _search(self) -> dict[str, str]:
        package = importlib.import_module(self.package)
        own = [f"{self.package}.{module.name}" for module in pkgutil.iter_modules(package.__path__) if module.ispkg]
        found = {}
        for point in entry_points(group=self.group):
            try:
                found[importlib.import_module(f"{point.value}.settings").KEY] = point.value
            except Exception as error:  # whatever another package does when it is imported
                log.warning(f"evidence {point.name} of {point.value} cannot be loaded and is left out: {error}")
        return found | {importlib.import_module(f"{folder}.settings").KEY: folder for folder in own}


SOURCES = Registry("data source", "medgan_tf.data.sources", "medgan_tf.sources", "source")
GANS = Registry("GAN architecture", "medgan_tf.gans.architectures", "medgan_tf.gans", "networks")
EXTRACTORS = Registry("feature extractor", "medgan_tf.features.extractors", "medgan_tf.extractors")
FORMATS = Registry("format of synthetic images", "medgan_tf.synthesis.external.formats", "medgan_tf.formats")
EVIDENCE = EvidenceRegistry()
