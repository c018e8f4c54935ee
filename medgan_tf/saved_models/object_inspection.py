"""The check of the object graph: the Python objects that a SavedModel becomes when it is loaded."""

from collections.abc import Iterable, Iterator

from tensorflow.core.protobuf import meta_graph_pb2, saved_object_graph_pb2, struct_pb2

from medgan_tf.saved_models import allowed_operations as allowed
from medgan_tf.saved_models.findings import Findings, shown
from medgan_tf.saved_models.graph_inspection import GraphInspection, item_bytes, tensor_bytes

CARD = "generator.json"
"""The only file that a SavedModel may bring along: the card of an exported generator, which is read as JSON."""

_MOST_OBJECTS = 200_000
_LARGEST_CONSTANT = 2**20
_FOREIGN_TYPES = (
    struct_pb2.TypeSpecProto.REGISTERED_TYPE_SPEC,
    struct_pb2.TypeSpecProto.EXTENSION_TYPE_SPEC,
    struct_pb2.TypeSpecProto.UNKNOWN,
)


def check_objects(meta: meta_graph_pb2.MetaGraphDef, graph: GraphInspection, findings: Findings, stored: int) -> None:
    """Adds every object to the findings that is more than a container, a function, a constant or a variable.

    Args:
        meta: The model.
        graph: Its graph, which is checked by itself.
        findings: Collects what is refused.
        stored: Bytes in the files of the variables; no variable can take more.
    """
    objects = meta.object_graph_def
    if len(objects.nodes) > _MOST_OBJECTS:
        findings.add(f"{len(objects.nodes):,} objects (at most {_MOST_OBJECTS:,})")
        return
    for one in objects.nodes:
        _check_object(one, meta, findings, stored)
        for name in _functions(one):
            if name not in objects.concrete_functions:
                findings.add(f"the function {shown(name)}, which is not described")
    for name, function in objects.concrete_functions.items():
        if name not in graph.functions:
            findings.add(f"the function {shown(name)}, which is not in the file")
        elif name in graph.saver_functions:
            findings.add(f"the function {shown(name)}, which saves or restores, among those that can be called")
        _check_structures(findings, (function.canonicalized_input_signature, function.output_signature))
        if any(not 0 <= number < len(objects.nodes) for number in function.bound_inputs):
            findings.add(f"a function {shown(name)} that is bound to an object that is not there")


def _check_object(
    one: saved_object_graph_pb2.SavedObject, meta: meta_graph_pb2.MetaGraphDef, findings: Findings, stored: int
) -> None:
    kind = one.WhichOneof("kind")
    if one.registered_name and allowed.REGISTERED_OBJECTS.get(one.registered_name) != kind:
        findings.add(f"an object of the registered class {shown(one.registered_name)}")
    if one.registered_saver or one.saveable_objects:
        findings.add(f"an object that is restored by a function of its own {shown(one.registered_saver)}".rstrip("' "))
    if one.slot_variables:
        findings.add("an optimizer's variables: export it for inference, without the optimizer")
    if kind == "resource":
        findings.add("a resource (such as a table), whose initialiser would run while the model is loaded")
    elif kind == "user_object":
        if not one.user_object.identifier.startswith(allowed.USER_OBJECTS):
            findings.add(f"an object of the kind {shown(one.user_object.identifier)}")
    elif kind == "asset":
        _check_asset(one.asset.asset_file_def_index, meta, findings)
    elif kind == "variable":
        _check_variable(one.variable, findings, stored)
    elif kind == "function":
        _check_specification(one.function.function_spec, findings)
    elif kind == "bare_concrete_function":
        _check_specification(one.bare_concrete_function.function_spec, findings)
    elif kind not in ("constant", "captured_tensor"):
        findings.add(f"an object of the kind {kind}")


def _check_asset(number: int, meta: meta_graph_pb2.MetaGraphDef, findings: Findings) -> None:
    if not 0 <= number < len(meta.asset_file_def) or meta.asset_file_def[number].filename != CARD:
        name = meta.asset_file_def[number].filename if 0 <= number < len(meta.asset_file_def) else ""
        findings.add(f"a file of its own, {shown(name)}")


def _check_variable(variable: saved_object_graph_pb2.SavedVariable, findings: Findings, stored: int) -> None:
    count = 1
    for dimension in variable.shape.dim:
        count *= max(dimension.size, 0)
    if item_bytes(variable.dtype) * count > stored:
        findings.add(f"a variable {shown(variable.name)} that is larger than the files of the variables")
    if variable.experimental_distributed_variable_components:
        findings.add(f"a variable {shown(variable.name)} that is spread over devices")


def _functions(one: saved_object_graph_pb2.SavedObject) -> Iterable[str]:
    kind = one.WhichOneof("kind")
    if kind == "function":
        return one.function.concrete_functions
    if kind == "bare_concrete_function":
        return (one.bare_concrete_function.concrete_function_name,)
    if kind == "captured_tensor":
        return (one.captured_tensor.concrete_function,)
    return ()


def _check_specification(specification: saved_object_graph_pb2.FunctionSpec, findings: Findings) -> None:
    _check_structures(findings, (specification.fullargspec, specification.input_signature))


def _check_structures(findings: Findings, structures: Iterable[struct_pb2.StructuredValue]) -> None:
    """Arguments and results must be tensors and plain values, not objects of registered classes."""
    waiting = list(structures)
    while waiting:
        value = waiting.pop()
        kind = value.WhichOneof("kind")
        if kind == "type_spec_value":
            if value.type_spec_value.type_spec_class in _FOREIGN_TYPES:
                findings.add(f"a value of the class {shown(value.type_spec_value.type_spec_class_name)}")
            waiting.append(value.type_spec_value.type_state)
        elif kind in ("tensor_value", "numpy_value"):
            if tensor_bytes(getattr(value, kind)) > _LARGEST_CONSTANT:
                findings.add("a huge constant among the arguments of a function")
        else:
            waiting += _inner(value, kind)


def _inner(value: struct_pb2.StructuredValue, kind: str | None) -> Iterator[struct_pb2.StructuredValue]:
    if kind == "list_value":
        yield from value.list_value.values
    elif kind == "tuple_value":
        yield from value.tuple_value.values
    elif kind == "dict_value":
        yield from value.dict_value.fields.values()
    elif kind == "named_tuple_value":
        yield from (pair.value for pair in value.named_tuple_value.values)
