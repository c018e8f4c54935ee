"""Names to implementations: adding a dataset or a GAN is adding one file with a decorator.

A registry belongs to one package; the file name is the registered name. `names` lists the files without importing
them, `get` imports just the one that is asked for, so that ``medgan-tf --help`` never pays for TensorFlow.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from medgan_tf.errors import ConfigError


class Registry:
    """One kind of exchangeable part.

    Args:
        kind: What is registered, in words, for error messages ("data source", "GAN architecture").
        package: Dotted name of the package whose modules hold the implementations.
    """

    def __init__(self, kind: str, package: str):
        self.kind = kind
        self.package = package
        self._entries: dict[str, Any] = {}

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
        """Every known name, sorted: the package's modules and whatever was registered from outside."""
        package = importlib.import_module(self.package)
        modules = (module.name for module in pkgutil.iter_modules(package.__path__))
        return sorted({name for name in modules if not name.startswith("_")} | set(self._entries))

    def get(self, name: str) -> Any:
        """The implementation of `name`. Raises `ConfigError` that lists the known names."""
        if name not in self._entries:
            if name not in self.names():
                raise ConfigError(f"unknown {self.kind} {name!r}; known: {', '.join(self.names())}")
            importlib.import_module(f"{self.package}.{name}")
        return self._entries[name]


SOURCES = Registry("data source", "medgan_tf.data.sources")
GANS = Registry("GAN architecture", "medgan_tf.gans.architectures")
EXTRACTORS = Registry("feature extractor", "medgan_tf.features.extractors")
