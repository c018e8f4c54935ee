"""Event files hold what TensorFlow's own would hold, and do not name the machine."""

import socket

import cv2
import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from medgan_tf.files.event_file import EventFile


def events_in(folder):
    for path in sorted(folder.iterdir()):
        for record in tf.data.TFRecordDataset(str(path)):
            yield tf.compat.v1.Event.FromString(record.numpy())


def test_events_are_those_of_tensorflow(tmp_path):
    picture = np.arange(24, dtype=np.uint8).reshape(4, 6)
    file = EventFile(tmp_path / "ours")
    file.scalars(3, {"loss/a": 0.1, "b": -2})
    file.picture(3, "samples", cv2.imencode(".png", picture)[1].tobytes(), width=6, height=4)
    file.flush()
    writer = tf.summary.create_file_writer(str(tmp_path / "theirs"))
    with writer.as_default(step=3):
        tf.summary.scalar("loss/a", 0.1)
        tf.summary.scalar("b", -2)
        tf.summary.image("samples", picture[None, :, :, None])
    writer.flush()
    ours, theirs = list(events_in(tmp_path / "ours")), list(events_in(tmp_path / "theirs"))
    assert [event.file_version for event in ours] == [event.file_version for event in theirs]
    for our, their in zip(ours[1:], theirs[1:], strict=True):
        (one,), (other,) = our.summary.value, their.summary.value
        assert (our.step, one.tag, one.metadata) == (their.step, other.tag, other.metadata)
        assert abs(our.wall_time - their.wall_time) < 600
        found, expected = tf.make_ndarray(one.tensor), tf.make_ndarray(other.tensor)
        if one.tag == "samples":
            assert found[:2].tolist() == expected[:2].tolist() == [b"6", b"4"]
            np.testing.assert_array_equal(cv2.imdecode(np.frombuffer(found[2], np.uint8), 0), picture)
        else:
            assert found.dtype == expected.dtype == np.float32 and found == expected


def test_a_resumed_run_appends_files_that_tensorboard_reads_in_order(tmp_path, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    for start in range(12):
        file = EventFile(tmp_path)
        file.scalars(start, {"loss": start})
        file.close()
        now[0] += start > 9
    monkeypatch.undo()
    assert [path.name for path in sorted(tmp_path.iterdir())][9:] == [
        "events.out.tfevents.0000001000.0009.v2",
        "events.out.tfevents.0000001000.0010.v2",
        "events.out.tfevents.0000001001.0000.v2",
    ]
    read = EventAccumulator(str(tmp_path), size_guidance={"tensors": 0}).Reload()
    assert [event.step for event in read.Tensors("loss")] == list(range(12))


def test_no_file_names_the_machine(tmp_path):
    file = EventFile(tmp_path)
    file.scalars(1, {"loss": 1})
    file.close()
    (path,) = tmp_path.iterdir()
    assert socket.gethostname() not in path.name.split(".")
    assert not list((tmp_path / "none").glob("*")), "no event, no file"


def test_a_record_is_the_first_thing_that_tensorboard_reads_and_there_is_one(tmp_path):
    file = EventFile(tmp_path)
    file.scalars(3, {"loss": 1})
    for text in ("first", "second"):
        value = tf.compat.v1.Summary.Value(tag="settings", tensor=tf.make_tensor_proto(text))
        file.record(tf.compat.v1.Summary(value=[value]))
    file.summary(5, tf.compat.v1.Summary(value=[tf.compat.v1.Summary.Value(tag="end", simple_value=2.0)]))
    file.close()
    events = [event for event in events_in(tmp_path) if not event.file_version]
    assert [(event.step, event.summary.value[0].tag) for event in events] == [(0, "settings"), (3, "loss"), (5, "end")]
    assert tf.make_ndarray(events[0].summary.value[0].tensor).item() == b"second"
    assert min(event.wall_time for event in events) > 1e9
