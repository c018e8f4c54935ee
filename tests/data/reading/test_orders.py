from pathlib import Path

import pytest
from flat_images import FlatImages
from reader_tasks import OnceDeadly

from medgan_tf.data.dicom.settings import Window
from medgan_tf.data.reading.limits import Limits
from medgan_tf.data.reading.orders import from_text, to_text
from medgan_tf.data.records.encoding import EncodeTask
from medgan_tf.data.sources.phantom.settings import Options as PhantomOptions
from medgan_tf.data.sources.phantom.source import PhantomSource
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.data.sources.table.source import TableSource


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        7,
        0.1,
        "b\udcff \u65e5",
        [1, [2]],
        (1, ("a",)),
        {"class": {"values": (1,)}},
        Path("a/b"),
        Limits(7.0, 8),
    ],
)
def test_values_come_back(value):
    assert from_text(to_text(value)) == value and type(from_text(to_text(value))) is type(value)


def test_sources_come_back_with_their_options():
    options = Options(label_columns=["x"], states={"yes": "positive"}, window=Window(center=40, width=80), frame=2)
    task = from_text(to_text(EncodeTask(TableSource("root", options), 32, "raw")))
    assert (task.resolution, task.encoding, task.source.root, task.source.options) == (32, "raw", "root", options)
    assert task.source.options.label_columns == ("x",)
    head = from_text(to_text(PhantomSource("root", PhantomOptions(modality="head"))))
    assert type(head._reader).__name__ == "RsnaSource" and head._reader.options.window.width == 80
    assert from_text(to_text(FlatImages())).read == 0 and from_text(to_text(OnceDeadly("m"))).mark == "m"


@pytest.mark.parametrize("value", [lambda: 1, b"bytes", {1: 2}, {1, 2}, object()])
def test_what_cannot_be_written_is_refused(value):
    with pytest.raises(TypeError, match="cannot be imported there"):
        to_text([value])


def test_a_class_that_only_this_process_knows():
    class Local:
        pass

    with pytest.raises(TypeError, match="Local cannot be imported there; put the class into a module"):
        to_text(Local())
