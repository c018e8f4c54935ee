"""The check of a SavedModel before TensorFlow sees it.

A SavedModel is a program. Loading it runs the initialisers of its resources, and its functions may hold operations that
read, write or send files. So the file is parsed as a protobuf message, and everything in it is compared with lists of
what a model needs that only computes (`allowed_operations`). The graph's memory and time cannot be known in this way.
"""

from dataclasses import dataclass
from pathlib import Path

from tensorflow.core.framework import graph_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from medgan_tf.errors import DataError
from medgan_tf.saved_models import allowed_operations as allowed
from medgan_tf.saved_models.bounded_parsing import parse_message
from medgan_tf.saved_models.checkpoint_inspection import Variables
from medgan_tf.saved_models.findings import Findings, shown
from medgan_tf.saved_models.graph_inspection import GraphInspection
from medgan_tf.saved_models.object_inspection import CARD, check_objects

FILE = "saved_model.pb"
LARGEST_GRAPH = 2**28
"""Bytes of a file with a graph."""

_OTHER_FORMS = ("saved_model.pbtxt", "saved_model.cpb")
_INITIALISERS = ("saved_model_main_op",)
_INIT_SIGNATURE = "__saved_model_init_op"
ADVICE = (
    "a SavedModel is a program, and only models that do nothing but compute are loaded; ask its author for an export "
    "for inference without this"
)


@dataclass(frozen=True)
class InspectedModel:
    """A SavedModel that passed the check.

    Attributes:
        path: Its folder.
        content: The bytes of its graph, as they were checked.
        meta: The same as a message.
        variables: Its variables.
    """

    path: Path
    content: bytes
    meta: meta_graph_pb2.MetaGraphDef
    variables: Variables


def inspect_saved_model(path: str | Path) -> InspectedModel:
    """Reads and checks a SavedModel without loading it.

    Raises:
        DataError: There is none, it is damaged, or it holds something that is not on the list; the message names it.
    """
    path = Path(path)
    content = _read_graph_file(path)
    model = saved_model_pb2.SavedModel()
    parse_message(content, model, path / FILE, "a SavedModel")
    if len(model.meta_graphs) != 1 or not model.meta_graphs[0].HasField("object_graph_def"):
        raise DataError(
            f"{path} is refused: expected one model as tf.saved_model.save of TensorFlow 2 writes it, found "
            f"{len(model.meta_graphs)} of another form; export it again with TensorFlow 2"
        )
    meta = model.meta_graphs[0]
    findings = Findings()
    savers = _saver_nodes(meta)
    graph = GraphInspection(meta.graph_def, findings, savers)
    graph.check()
    _check_initialisers(meta, savers, findings)
    variables = Variables(path / "variables")
    check_objects(meta, graph, findings, variables.stored)
    for asset in meta.asset_file_def:
        if asset.filename != CARD:
            findings.add(f"a file of its own, {shown(asset.filename)}")
    findings.raise_if_any(path, ADVICE)
    return InspectedModel(path, content, meta, variables)


def parse_graph(path: Path, content: bytes) -> graph_pb2.GraphDef:
    """A graph without variables from the bytes of a file. Raises `DataError` if it is none; it is not checked yet."""
    graph = graph_pb2.GraphDef()
    parse_message(content, graph, path, "a frozen TensorFlow graph")
    return graph


def inspect_graph(path: Path, graph: graph_pb2.GraphDef, also: frozenset[str] = frozenset()) -> None:
    """Checks a graph without variables, such as a frozen one. Raises `DataError` as `inspect_saved_model` does.

    Args:
        path: Its file, for messages.
        graph: The graph.
        also: Further operations that are allowed.
    """
    findings = Findings()
    GraphInspection(graph, findings, also=also).check()
    findings.raise_if_any(path, ADVICE)


def _read_graph_file(path: Path) -> bytes:
    file = path / FILE
    for name in _OTHER_FORMS:
        if (path / name).exists():
            raise DataError(f"{path / name} is refused: only the form {FILE} is read; export it again")
    if not file.is_file():
        raise DataError(f"no SavedModel in {path}: expected {FILE} there")
    check_file_size(file)
    try:
        return file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error.strerror}") from error


def check_file_size(file: Path) -> None:
    """Raises `DataError` for a file that is too large to be a graph."""
    if file.stat().st_size > LARGEST_GRAPH:
        raise DataError(f"{file} is larger than {LARGEST_GRAPH >> 20} MB, so it is not a graph for this program")


def _saver_nodes(meta: meta_graph_pb2.MetaGraphDef) -> tuple[str, ...]:
    names = (meta.saver_def.save_tensor_name, meta.saver_def.restore_op_name)
    return tuple(name.split(":")[0] for name in names if name)


def _check_initialisers(meta: meta_graph_pb2.MetaGraphDef, savers: tuple[str, ...], findings: Findings) -> None:
    """TensorFlow 2 does not run these in Python; other programs do. They may only give variables their first value."""
    starts = []
    for name, collection in meta.collection_def.items():
        if name in _INITIALISERS:
            starts += collection.node_list.value
        else:
            findings.add(f"the collection {shown(name)}")
    if _INIT_SIGNATURE in meta.signature_def:
        starts += [output.name for output in meta.signature_def[_INIT_SIGNATURE].outputs.values()]
    nodes = {node.name: node for node in meta.graph_def.node}
    waiting, seen = [name.split(":")[0] for name in starts], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        node = nodes.get(name)
        if node is None or node.op not in allowed.INITIALISING or name in savers:
            findings.add(f"an initialiser with the operation {shown(node.op if node else name)}")
            continue
        waiting += [source.lstrip("^").split(":")[0] for source in node.input]
