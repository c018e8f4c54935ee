"""A generator as two files that hold no program: `architecture.json` names the network, `weights.safetensors` fills it.

A SavedModel is a program, which is checked as well as a program can be. These two files need no such check: the network
is one of ours, and the weights are numbers.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

import medgan_tf
from medgan_tf.errors import DataError
from medgan_tf.files.json_files import read_json
from medgan_tf.files.regular_files import read_regular
from medgan_tf.files.result_files import json_text
from medgan_tf.files.safetensors import parse_safetensors, safetensors_bytes
from medgan_tf.gans.exported.architecture import MOST_VALUES, Architecture, architecture_of
from medgan_tf.gans.exported.identity import network_sha256

ARCHITECTURE = "architecture.json"
WEIGHTS = "weights.safetensors"

_FORMAT_VERSION = 1
_LARGEST_DESCRIPTION = 2**16
# Four bytes a weight, and the header.
_LARGEST_WEIGHTS = 4 * MOST_VALUES + 2**22
# The bound of a sensible network is less than 12 times its weights; of an odd one it may be more.
_ROOM = 2**20
_KEYS = {"format_version", "software", "architecture", "options", "weights"}
_ADVICE = "get the generator again from where it was made"
# Keras numbers layers that were given no name by how many were made before.
_NUMBER = re.compile(r"_\d+$")


@dataclass(frozen=True)
class StoredGenerator:
    """A network and its weights, as they were read.

    Attributes:
        path: The folder.
        architecture: The network.
        arrays: float32 weights by name.
    """

    path: Path
    architecture: Architecture
    arrays: Mapping[str, np.ndarray]

    def network(self) -> keras.Model:
        """The network with these weights.

        Raises:
            DataError: The weights are not those of the network.
        """
        # Before anything is built: a small file must not ask for a large network.
        stored, most = sum(array.size for array in self.arrays.values()), self.architecture.most_values()
        if most > 32 * stored + _ROOM:
            raise _refused(self.path, f"it describes a network of up to {most:,} weights, and has {stored:,}")
        try:
            network = self.architecture.build()
        except ValueError as error:
            raise _refused(self.path, " ".join(str(error).split())) from error
        wanted = named_variables(network)
        if set(wanted) != set(self.arrays):
            odd = sorted(set(wanted) ^ set(self.arrays))
            raise _refused(self.path, f"its weights are not those of the network: {odd[0]!a:.80}")
        for name, variable in wanted.items():
            array = self.arrays[name]
            if tuple(variable.shape) != array.shape or array.dtype != np.float32:
                found = f"{array.dtype} {list(array.shape)}"
                raise _refused(self.path, f"{name} is {found}; the network has float32 {list(variable.shape)}")
            variable.assign(array)
        return network

    def sha256(self, described: Any) -> str:
        """SHA-256 over network, weights and a description of JSON values, see `network_sha256`."""
        return network_sha256(self.architecture.as_json(), described, self.arrays)


def named_variables(network: keras.Model) -> dict[str, keras.Variable]:
    """A network's variables by names that are the same in every process, such as ``8x8_conv/norm/gamma/kernel``."""
    found = {}
    for variable in network.variables:
        name = "/".join(_NUMBER.sub("", part) for part in variable.path.split("/"))
        if name in found:
            raise ValueError(f"two variables of {network.name} have the name {name}")
        found[name] = variable
    return found


def write_stored_generator(network: keras.Model, folder: Path) -> bool:
    """Writes the two files into a folder. A network of another package is left out, and the result is False.

    Raises:
        OSError: The disk does not take them.
    """
    architecture = architecture_of(network)
    if architecture is None:
        return False
    arrays = {name: np.asarray(variable.value) for name, variable in named_variables(network).items()}
    content = safetensors_bytes(arrays, {"format": "medgan-tf generator"})
    weights = {"file": WEIGHTS, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    about = {"format_version": _FORMAT_VERSION, "software": f"medgan-tf {medgan_tf.__version__}"}
    described = {**about, **architecture.as_json(), "weights": weights}
    (folder / WEIGHTS).write_bytes(content)
    (folder / ARCHITECTURE).write_text(json_text(described, indent=2) + "\n", encoding="utf-8")
    return True


def has_stored_generator(folder: Path) -> bool:
    """Whether a folder holds the two files."""
    return (folder / ARCHITECTURE).is_file() and (folder / WEIGHTS).is_file()


def read_stored_generator(folder: Path) -> StoredGenerator:
    """Reads the two files of a folder. No TensorFlow is used, and nothing is built.

    Raises:
        DataError: One is missing, damaged, too large or not what it says. The message is one line.
    """
    path = folder / ARCHITECTURE
    values = read_json(path, largest=_LARGEST_DESCRIPTION, advice=_ADVICE)
    try:
        if set(values) != _KEYS or values["format_version"] != _FORMAT_VERSION:
            known = ", ".join(sorted(_KEYS))
            raise ValueError(
                f"expected format_version {_FORMAT_VERSION} and the keys {known}; received {values!a:.200}"
            )
        architecture = Architecture.from_json(values["architecture"], values["options"])
    except ValueError as error:
        raise _refused(path, str(error)) from error
    content = read_regular(folder / WEIGHTS, _LARGEST_WEIGHTS)
    found = {"file": WEIGHTS, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    if values["weights"] != found:
        raise _refused(folder / WEIGHTS, f"{ARCHITECTURE} describes another file of weights")
    try:
        arrays, _ = parse_safetensors(content)
    except ValueError as error:
        raise _refused(folder / WEIGHTS, str(error)) from error
    return StoredGenerator(folder, architecture, arrays)


def _refused(path: Path, reason: str) -> DataError:
    return DataError(f"{path} is refused: {reason}; {_ADVICE}")
