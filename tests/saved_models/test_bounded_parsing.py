"""Messages with so many parts that they would fill the memory are refused before they are parsed."""

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import attr_value_pb2, graph_pb2

from medgan_tf.errors import DataError
from medgan_tf.saved_models.bounded_parsing import parse_message

FILE = Path("graph.pb")


def field(number, content):
    """A field of the wire format that holds bytes."""
    length, encoded = len(content), b""
    while length > 127:
        encoded, length = encoded + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + encoded + bytes([length]) + content


def parse(content, message=None):
    message = graph_pb2.GraphDef() if message is None else message
    parse_message(content, message, FILE, "a graph")
    return message


@pytest.mark.parametrize("part", [b"\x0a\x00", b"\x0a\x02\x2a\x00"], ids=["empty nodes", "empty attributes"])
def test_a_message_of_empty_parts_is_refused(part):
    with pytest.raises(DataError, match="graph.pb is refused: it has more than 3,000,000 parts, so it is not a graph"):
        parse(part * 5_000_000)


def test_parts_deep_inside_count():
    library = field(2, field(1, b"\x1a\x00" * 5_000_000))
    assert len(library) > 8_000_000
    with pytest.raises(DataError, match="has more than 3,000,000 parts"):
        parse(library)


def test_lists_of_small_numbers_count():
    with pytest.raises(DataError, match="has more than 3,000,000 parts"):
        parse(field(1, field(3, bytes(250_000_000))), attr_value_pb2.AttrValue())


def test_a_large_graph_of_constants_is_parsed():
    graph = graph_pb2.GraphDef()
    values = np.arange(5_000_000, dtype=np.float32)
    graph.node.add(name="large", op="Const").attr["value"].tensor.CopyFrom(tf.make_tensor_proto(values))
    content = graph.SerializeToString()
    assert len(content) > 20_000_000
    assert parse(content) == graph


def test_a_damaged_large_message_is_one_line():
    for content in (b"\xff" * 9_000_000, b"\x0b" * 9_000_000, field(1, field(1, b"x" * 9_000_000))[:-5]):
        with pytest.raises(DataError, match="graph.pb is damaged: not a graph; copy or export it again"):
            parse(content)
