"""A function of a SavedModel as a hash that does not depend on names.

Two exports of the same program differ in the numbers of their functions, in the names of layers and nodes, and in notes
of the runtime. Here everything has a number instead of a name: functions are replaced by their own hash, and a node is
known by its place. Places, operations, attributes and constants stay as they are, so two functions with one hash
compute the same.
"""

import hashlib
from collections.abc import Iterable, Mapping

from google.protobuf.message import Message
from tensorflow.core.framework import attr_value_pb2, function_pb2, node_def_pb2

from medgan_tf.saved_models.allowed_operations import SYSTEM_ATTRIBUTES

# What decides no value: notes of the runtime, but not the compiler, which rounds in another order.
_IGNORED = (SYSTEM_ATTRIBUTES - {"_XlaMustCompile", "_num_original_outputs"}) | {"config_proto", "executor_type"}


def message_bytes(message: Message) -> bytes:
    """A protobuf message as bytes that are always the same."""
    return message.SerializeToString(deterministic=True)


class CanonicalFunctions:
    """The hashes of a library's functions, each computed once.

    Args:
        functions: The functions by name. They are inspected, so no function calls itself.
    """

    def __init__(self, functions: Mapping[str, function_pb2.FunctionDef]):
        self._functions = functions
        self._known: dict[str, bytes] = {}

    def sha256(self, name: str) -> bytes:
        """The hash of a function and all that it calls, 32 bytes."""
        if name not in self._known:
            self._known[name] = self._compute(self._functions[name])
        return self._known[name]

    def _compute(self, function: function_pb2.FunctionDef) -> bytes:
        signature = function.signature
        places = {argument.name: f"in{number}" for number, argument in enumerate(signature.input_arg)}
        places |= {node.name: f"n{number}" for number, node in enumerate(function.node_def)}
        digest = _Digest()
        digest.add("arguments", *(str(argument.type) for argument in signature.input_arg))
        for node in function.node_def:
            digest.add("node", *self._node(node, places))
        # The results in their order, and the operations that must run although nothing uses them.
        digest.add("results", *(_place(function.ret[result.name], places) for result in signature.output_arg))
        digest.add("effects", *sorted(_place(name, places) for name in function.control_ret.values()))
        for key in sorted(function.attr):
            if key not in _IGNORED and not key.endswith("_function_name"):
                digest.add("attribute", key, self._value(function.attr[key]))
        return digest.digest()

    def _node(self, node: node_def_pb2.NodeDef, places: Mapping[str, str]) -> Iterable[str | bytes]:
        yield self.sha256(node.op) if node.op in self._functions else node.op
        data = [name for name in node.input if not name.startswith("^")]
        yield from (_place(name, places) for name in data)
        yield from sorted(f"^{_place(name[1:], places)}" for name in node.input if name.startswith("^"))
        for key in sorted(node.attr):
            if key not in _IGNORED:
                yield key
                yield self._value(node.attr[key])

    def _value(self, value: attr_value_pb2.AttrValue) -> bytes:
        kind = value.WhichOneof("value")
        if kind == "func":
            return self._named(value.func)
        if kind == "list" and value.list.func:
            return b"".join(self._named(one) for one in value.list.func)
        return message_bytes(value)

    def _named(self, named: attr_value_pb2.NameAttrList) -> bytes:
        digest = _Digest()
        digest.add("function", self.sha256(named.name) if named.name else "")
        for key in sorted(named.attr):
            digest.add(key, self._value(named.attr[key]))
        return digest.digest()


def _place(name: str, places: Mapping[str, str]) -> str:
    """`node:output:0` or `argument` with the place instead of the name."""
    first, _, rest = name.partition(":")
    return f"{places.get(first, name)}:{rest}"


class _Digest:
    """A hash over lists of parts, with the length of each part, so that no two lists look the same."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, *parts: str | bytes) -> None:
        encoded = [part.encode() if isinstance(part, str) else part for part in parts]
        self._hash.update(b"%d " % len(encoded) + b"".join(b"%d " % len(part) + part for part in encoded))

    def digest(self) -> bytes:
        return self._hash.digest()
