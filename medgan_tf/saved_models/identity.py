"""The identity of a model: a hash over what it computes, not over the bytes of its files.

Two exports of one network are files with different bytes, as TensorFlow numbers functions and layers anew in each
process. The identity is equal for both. It changes with a weight, an operation, an attribute or a constant.
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorflow.core.protobuf import saved_object_graph_pb2

from medgan_tf.errors import DataError
from medgan_tf.saved_models.canonical_graph import CanonicalFunctions, message_bytes
from medgan_tf.saved_models.inspection import InspectedModel

_VALUE = "VARIABLE_VALUE"


def model_sha256(inspected: InspectedModel, signatures: Sequence[str], described: Any) -> str:
    """SHA-256 over the architecture and the weights behind some signatures, and a description.

    The architecture is the graph of the signatures' functions without names, see `canonical_graph`. The weights are the
    types, shapes and values of the variables that these functions use, in the order in which they take them.

    Args:
        inspected: The model.
        signatures: Names of the signatures that count.
        described: JSON values that belong to the identity too, such as label names.

    Raises:
        DataError: It lacks a signature, or a variable has no value.
    """
    graph = CanonicalFunctions({one.signature.name: one for one in inspected.meta.graph_def.library.function})
    objects = inspected.meta.object_graph_def
    weights = _Weights(inspected)
    lines = [json.dumps(described, sort_keys=True)]
    for signature in signatures:
        bare = _signature(inspected, signature)
        name = bare.concrete_function_name
        lines.append(f"{signature} {list(bare.argument_keywords)} {graph.sha256(name).hex()}")
        lines.append(_results(objects.concrete_functions[name]))
        lines += [weights.describe(number) for number in objects.concrete_functions[name].bound_inputs]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _signature(inspected: InspectedModel, name: str) -> saved_object_graph_pb2.SavedBareConcreteFunction:
    nodes, number = inspected.meta.object_graph_def.nodes, 0
    for step in ("signatures", name):
        number = next((one.node_id for one in nodes[number].children if one.local_name == step), None)
        if number is None or not 0 <= number < len(nodes):
            raise DataError(f"{inspected.path} has no signature {name!r}; export it again")
    if nodes[number].WhichOneof("kind") != "bare_concrete_function":
        raise DataError(f"{inspected.path}: the signature {name!r} is no function; export it again")
    return nodes[number].bare_concrete_function


def _results(function: saved_object_graph_pb2.SavedConcreteFunction) -> str:
    """Names of the results, in the order of the function's results."""
    return str(sorted(function.output_signature.dict_value.fields))


class _Weights:
    """What functions are bound to, as one line each."""

    def __init__(self, inspected: InspectedModel):
        self._inspected = inspected
        self._nodes = inspected.meta.object_graph_def.nodes
        self._keys = _checkpoint_keys(inspected)
        # Two arguments that are one variable are something else than two equal variables.
        self._numbers: dict[int, int] = {}
        self._known: dict[int, str] = {}

    def describe(self, number: int) -> str:
        """Type, shape and hash of the values of one bound object."""
        order = self._numbers.setdefault(number, len(self._numbers))
        if number not in self._known:
            self._known[number] = self._described(number)
        return f"{order} {self._known[number]}"

    def _described(self, number: int) -> str:
        node = self._nodes[number]
        kind = node.WhichOneof("kind")
        if kind == "variable" and number in self._keys:
            value = self._inspected.variables.read(self._keys[number])
            return f"variable {value.dtype} {value.shape} {_values_sha256(value)}"
        if kind == "constant":
            graph = self._inspected.meta.graph_def
            for one in graph.node:
                if one.name == node.constant.operation:
                    return f"constant {hashlib.sha256(message_bytes(one.attr['value'])).hexdigest()}"
        raise DataError(f"{self._inspected.path}: a function needs a {kind} that has no stored value; export it again")


def _values_sha256(value: np.ndarray) -> str:
    # Byte order is that of the file on every machine.
    if value.dtype.kind in "biufc":
        value = value.astype(value.dtype.newbyteorder("<"), copy=False)
    return hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()


def _checkpoint_keys(inspected: InspectedModel) -> dict[int, str]:
    """Number of an object to the name of its value in the checkpoint: both are reached by the same names from the root,
    as TensorFlow restores them."""
    saved, stored = inspected.meta.object_graph_def.nodes, inspected.variables.objects.nodes
    keys: dict[int, str] = {}
    waiting, seen = [(0, 0)], {0}
    while waiting:
        number, other = waiting.pop()
        if not (0 <= number < len(saved) and 0 <= other < len(stored)):
            continue
        for attribute in stored[other].attributes:
            if attribute.name == _VALUE:
                keys[number] = attribute.checkpoint_key
        children = {child.local_name: child.node_id for child in stored[other].children}
        for child in saved[number].children:
            if child.local_name in children and child.node_id not in seen:
                seen.add(child.node_id)
                waiting.append((child.node_id, children[child.local_name]))
    return keys
