"""The networks of `keras.applications` as backbones, asked of Keras itself: names, input, sizes, published weights.

Nothing here lists networks or files, so a network that a later Keras adds can be used at once.
"""

import contextlib
import functools
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType

import keras
import numpy as np

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.saved_models.weights_files import check_weights_file


@dataclass(frozen=True)
class PublishedFile:
    """A file of weights that Keras offers: its name, its address, and its MD5 or SHA-256 in hexadecimal."""

    name: str
    url: str
    hash: str


def application_names() -> list[str]:
    """Names of all networks, in lower case."""
    return sorted(_builders())


def title_of_application(name: str) -> str:
    """The name as Keras writes it, e.g. ResNet50."""
    return _builder(name).__name__


def value_range(name: str) -> tuple[list[float], list[float]]:
    """Mean and variance [3] by which grey values in 0..1, in three equal channels, become what the network expects.

    The network's own `preprocess_input` is asked for black and for white; it is linear. Channels are in its order.
    """
    prepare = _home(name).preprocess_input
    black, white = (
        np.asarray(prepare(np.full((1, 1, 1, 3), grey), data_format="channels_last"), np.float64)[0, 0, 0]
        for grey in (0.0, 255.0)
    )
    scale = white - black
    return (-black / scale).tolist(), (1 / scale**2).tolist()


@functools.cache
def smallest_side(name: str) -> int:
    """The smallest side of an image that the network takes, pixels."""
    try:
        _builder(name)(include_top=False, weights=None, input_shape=(1, 1, 3))
    except ValueError as error:
        if found := re.search(r"at least (\d+)x\d+", str(error)):
            return int(found[1])
        raise
    return 1


def check_side(name: str, side: int) -> None:
    """Raises `ConfigError` for an unknown network and for images that are too small for it."""
    if side < smallest_side(name):
        raise ConfigError(
            f"classifier.image_size must be at least {smallest_side(name)} for {name}. Received: image_size={side}"
        )


def build_application(name: str, side: int, file: Path | None, published: bool) -> keras.Model:
    """A network without top: [N, side, side, 3] to pooled features [N, C].

    Args:
        name: Its name in lower case.
        side: Side of the images.
        file: Its weights, which are checked first; None draws them.
        published: Whether the file is Keras's own. Some networks have a layer more then, which those weights need.

    Raises:
        ConfigError: An unknown name, or images that are too small.
        DataError: The file does not hold such weights.
    """
    check_side(name, side)
    build = functools.partial(_builder(name), include_top=False, input_shape=(side, side, 3), pooling="avg", name=name)
    if file is None:
        return build(weights=None)
    check_weights_file(file)
    try:
        if published:
            with _files_from(lambda _: file):
                return build(weights="imagenet")
        network = build(weights=None)
        network.load_weights(str(file))
        return network
    except (ValueError, OSError, KeyError, IndexError) as error:
        reason = (str(error).splitlines() or [""])[0]
        raise DataError(f"{file} does not hold the weights of {name} without top: {reason}") from error


@functools.cache
def published_weights(name: str) -> PublishedFile:
    """Keras's file for a network without top. Builds the network once, for Keras asks for its file only then."""

    def note(file: PublishedFile) -> Path:
        raise _Asked(file)

    try:
        with _files_from(note):
            _builder(name)(include_top=False, weights="imagenet", pooling="avg")
    except _Asked as asked:
        return asked.file
    raise DataError(f"Keras has no published weights of {name}; set classifier.weights to none or to a file")


class _Asked(Exception):
    def __init__(self, file: PublishedFile):
        super().__init__(file.name)
        self.file = file


@contextlib.contextmanager
def _files_from(answer: Callable[[PublishedFile], Path]) -> Iterator[None]:
    """Within, Keras's networks get their files from `answer` and from nowhere else: nothing is downloaded."""
    home = _home("densenet121").file_utils
    before = home.get_file

    def get_file(fname: str, origin: str = "", *_, file_hash: str = "", **__) -> str:
        return str(answer(PublishedFile(fname, origin, file_hash)))

    home.get_file = get_file
    try:
        # Some networks warn that their weights were made for images of another size, as those of all are.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            yield
    finally:
        home.get_file = before


@functools.cache
def _builders() -> dict[str, FunctionType]:
    found = vars(keras.applications)
    return {name.lower(): build for name, build in found.items() if isinstance(build, FunctionType)}


def _builder(name: str) -> FunctionType:
    if name not in _builders():
        raise ConfigError(
            f"classifier.architecture: no network {name!r:.60} in keras.applications; known: "
            f"{', '.join(application_names())}; or linear, or the path of a backbone (./folder or file.keras)"
        )
    return _builders()[name]


def _home(name: str) -> ModuleType:
    """The module that defines a network."""
    return sys.modules[_builder(name).__module__]
