"""Old names of keys are read, in files, overrides and records, and the log names the new one once."""

import logging
import sys

import pytest

from medgan_tf.config import renamed
from medgan_tf.config.document import parse_document
from medgan_tf.config.renamed import as_today, rename_keys, with_new_names
from medgan_tf.config.section import Section, incidental
from medgan_tf.errors import ConfigError


class Layers(Section):
    count: int = 1


class Net(Section):
    width: int = 8
    layers: Layers | None = None
    speed: int = incidental(1)


class Whole(Section):
    net: Net = Net()


@pytest.fixture(autouse=True)
def names(monkeypatch):
    renamed._warn.cache_clear()
    monkeypatch.setattr(sys.modules[__name__], "RENAMED", {"breadth": "width", "number": "count"}, raising=False)


def test_a_file_with_old_names(caplog):
    document = parse_document("net:\n  breadth: 4\n  layers:\n    number: 3\n  speed: 2\n", "old.yaml")
    with caplog.at_level(logging.WARNING):
        rename_keys(document, Whole)
        rename_keys(parse_document("net:\n  breadth: 4\n", "old.yaml"), Whole)
    assert document.values == {"net": {"width": 4, "layers": {"count": 3}, "speed": 2}}
    assert document.place(("net", "width"), "?") == "old.yaml:2"
    assert document.place(("net", "layers", "count"), "?") == "old.yaml:4"
    assert caplog.messages == [
        "old.yaml:2: net.breadth is now called net.width; the old name is still read",
        "old.yaml:4: net.layers.number is now called net.layers.count; the old name is still read",
    ]


def test_a_section_inside_a_document():
    document = parse_document("a:\n  b:\n    breadth: 4\n", "old.yaml")
    rename_keys(document, Net, ("a", "b"))
    assert document.values == {"a": {"b": {"width": 4}}}
    rename_keys(parse_document("a: 3\n", "x.yaml"), Net, ("a", "b"))


def test_both_names_at_once():
    with pytest.raises(ConfigError) as error:
        rename_keys(parse_document("net:\n  breadth: 4\n  width: 5\n", "x.yaml"), Whole)
    assert str(error.value) == (
        "x.yaml:2: net.breadth: expected one of two names for the same value; net.width is given too, at x.yaml:3. "
        "Remove net.breadth"
    )


def test_records_of_earlier_versions():
    written = {"breadth": 4, "layers": {"number": 2}, "speed": 9}
    assert with_new_names(written, Net) == {"width": 4, "layers": {"count": 2}, "speed": 9}
    assert as_today(written, Net) == {"width": 4, "layers": {"count": 2}}
    assert written["breadth"] == 4
