"""The check of a graph: every node of the main graph and of every function against the list of what is allowed.

It reads the protobuf message only. Nothing is imported into TensorFlow, whose import already evaluates parts of a graph
to learn the shapes of tensors.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.framework import attr_value_pb2, function_pb2, graph_pb2, node_def_pb2, tensor_pb2
from tensorflow.core.protobuf import config_pb2

from medgan_tf.saved_models import allowed_operations as allowed
from medgan_tf.saved_models.findings import Findings, shown

_LARGEST_CONSTANT = 2**30
_MOST_NODES = 500_000
_LOCAL_DEVICE = re.compile(
    r"(/job:localhost)?(/replica:0)?(/task:0)?(/device:(CPU|GPU):(\d{1,3}|\*)|/(cpu|gpu):\d{1,3})?", re.IGNORECASE
)
_MAIN = "the main graph"
_DEEPEST_CALL = 100


class GraphInspection:
    """One graph, and what is known about it.

    Args:
        graph: The graph with its functions.
        findings: Collects what is refused.
        saver_nodes: Nodes of the main graph that save and restore the variables. They, and they alone, may call the
            functions in `saver_functions`.
        also: Further operations that are allowed.

    Attributes:
        functions: The functions by name.
        saver_functions: Names of functions that hold operations for saving and restoring.
    """

    def __init__(
        self,
        graph: graph_pb2.GraphDef,
        findings: Findings,
        saver_nodes: Iterable[str] = (),
        also: frozenset[str] = frozenset(),
    ):
        self.graph, self.findings, self.also = graph, findings, also
        self.functions = {function.signature.name: function for function in graph.library.function}
        self._saver_nodes = frozenset(saver_nodes)
        self._calls: dict[str, set[str]] = {}
        self.saver_functions = frozenset(
            called
            for node in graph.node
            if node.name in self._saver_nodes
            for called in called_functions(node)
            if called in self.functions
        )

    def check(self) -> None:
        """Adds everything that is refused to the findings."""
        count = len(self.graph.node) + sum(len(function.node_def) for function in self.functions.values())
        if count > _MOST_NODES:
            self.findings.add(f"{count:,} operations (at most {_MOST_NODES:,})")
            return
        if len(self.functions) < len(self.graph.library.function):
            self.findings.add("two functions of one name")
        self._check_nodes(_MAIN, self.graph.node, allowed.COMPUTING | allowed.MAIN_GRAPH | self.also)
        for name, function in self.functions.items():
            self._check_function(name, function)
        self._check_gradients()
        self._check_depth()

    def _check_function(self, name: str, function: function_pb2.FunctionDef) -> None:
        where = f"function {shown(name)}"
        permitted = allowed.COMPUTING | self.also
        if name in self.saver_functions:
            permitted |= allowed.SAVER
        self._check_nodes(where, function.node_def, permitted, name)
        for key, value in function.attr.items():
            if key not in allowed.FUNCTION_ATTRIBUTES:
                self.findings.add(f"the attribute {shown(key)} of {where}")
            self._check_value(where, value)
            if key.endswith("_function_name"):
                self._check_called(where, value.s.decode("ascii", "replace"))
        for attributes in function.arg_attr.values():
            self._check_system_attributes(where, attributes.attr)

    def _check_nodes(
        self, where: str, nodes: Iterable[node_def_pb2.NodeDef], permitted: frozenset[str], caller: str = ""
    ) -> None:
        calls = self._calls.setdefault(caller, set())
        for node in nodes:
            if node.op in self.functions:
                called = {node.op}
            elif node.op in permitted:
                called = set()
            else:
                self.findings.add_operation(node.op, where)
                continue
            if node.device and not _LOCAL_DEVICE.fullmatch(node.device):
                self.findings.add(f"the device {shown(node.device)} in {where}")
            self._check_system_attributes(where, node.attr)
            for value in node.attr.values():
                self._check_value(where, value)
            called |= called_functions(node)
            if called:
                for one in called:
                    self._check_called(where, one, is_saver=not caller and node.name in self._saver_nodes)
                calls |= called
            if "config_proto" in node.attr:
                self._check_configuration(where, node.attr["config_proto"].s)
            if node.op != "Placeholder" and not caller and node.name in self._saver_nodes:
                self._check_saver_input(node)

    def _check_saver_input(self, node: node_def_pb2.NodeDef) -> None:
        """The name of the file must be asked for, not be a part of the model."""
        inputs = {name.split(":")[0].lstrip("^") for name in node.input}
        for other in self.graph.node:
            if other.name in inputs and other.op not in ("Placeholder", "VarHandleOp", "Const"):
                self.findings.add(f"a function that saves whose input comes from the operation {shown(other.op)}")

    def _check_called(self, where: str, name: str, is_saver: bool = False) -> None:
        if name and name not in self.functions:
            self.findings.add(f"a call of {shown(name)}, a function that is not in the file, in {where}")
        elif name in self.saver_functions and not is_saver:
            self.findings.add(f"a call of {shown(name)}, the function that saves or restores, in {where}")

    def _check_system_attributes(self, where: str, attributes: Mapping[str, attr_value_pb2.AttrValue]) -> None:
        for key in attributes:
            if key[:1] == "_" and key not in allowed.SYSTEM_ATTRIBUTES:
                self.findings.add(f"the attribute {shown(key)} in {where}")

    def _check_value(self, where: str, value: attr_value_pb2.AttrValue) -> None:
        kind = value.WhichOneof("value")
        if kind == "tensor":
            self._check_tensor(where, value.tensor)
        elif kind == "list":
            for tensor in value.list.tensor:
                self._check_tensor(where, tensor)

    def _check_tensor(self, where: str, tensor: tensor_pb2.TensorProto) -> None:
        if tensor.dtype in (tf.resource.as_datatype_enum, tf.variant.as_datatype_enum):
            self.findings.add(f"a constant that is a handle in {where}")
        elif (size := tensor_bytes(tensor)) > _LARGEST_CONSTANT:
            self.findings.add(f"a constant of {size:,} bytes in {where} (at most {_LARGEST_CONSTANT:,})")

    def _check_configuration(self, where: str, content: bytes) -> None:
        try:
            configuration = config_pb2.ConfigProto.FromString(content)
        except DecodeError:
            self.findings.add(f"a damaged session configuration in {where}")
            return
        for field, _ in configuration.ListFields():
            if field.name not in allowed.CONFIGURATION:
                self.findings.add(f"the session configuration {shown(field.name)} in {where}")
        if configuration.graph_options.rewrite_options.custom_optimizers:
            self.findings.add(f"an optimiser of its own in {where}")

    def _check_gradients(self) -> None:
        library = self.graph.library
        for gradient in library.gradient:
            self._check_called("the list of gradients", gradient.function_name)
            self._check_called("the list of gradients", gradient.gradient_func)
        for gradient in library.registered_gradients:
            self._check_called("the list of gradients", gradient.gradient_func)
            if not gradient.registered_op_type.startswith("CustomGradient-"):
                self.findings.add(f"a gradient for the operation {shown(gradient.registered_op_type)}")

    def _check_depth(self) -> None:
        """Functions that call themselves, and chains of calls that would exhaust the stack."""
        depths: dict[str, int] = {}
        waiting = [(name, False) for name in self._calls]
        while waiting:
            name, left = waiting.pop()
            below = [one for one in self._calls.get(name, ()) if one in self._calls]
            if left:
                depths[name] = 1 + max((depths.get(one, _DEEPEST_CALL) for one in below), default=0)
            elif name not in depths:
                # Until it is known, it counts as too deep: so a function that reaches itself is.
                depths[name] = _DEEPEST_CALL
                waiting += [(name, True), *((one, False) for one in below)]
        if max(depths.values(), default=0) > _DEEPEST_CALL:
            self.findings.add("functions that call themselves or are nested too deeply")


def called_functions(node: node_def_pb2.NodeDef) -> set[str]:
    """Names of the functions that a node's attributes name."""
    return {name for value in node.attr.values() for name in _functions_of(value)}


def _functions_of(value: attr_value_pb2.AttrValue) -> Iterator[str]:
    kind = value.WhichOneof("value")
    named = [value.func] if kind == "func" else value.list.func if kind == "list" else ()
    for one in named:
        yield one.name
        for inner in one.attr.values():
            yield from _functions_of(inner)


def tensor_bytes(tensor: tensor_pb2.TensorProto) -> int:
    """Bytes that a constant will take, by its shape. A single stored value may stand for a huge tensor."""
    count = 1
    for dimension in tensor.tensor_shape.dim:
        count *= max(dimension.size, 0)
    return count * item_bytes(tensor.dtype)


def item_bytes(dtype: int) -> int:
    """Bytes of one value of a `DataType`; a text counts as 24, the size of an empty one."""
    try:
        found = tf.as_dtype(dtype)
    except TypeError:
        return 0
    if found in (tf.string, tf.resource, tf.variant):
        return 24
    return np.dtype(found.as_numpy_dtype).itemsize
