"""Profiling records the calls that contain its steps, and no others."""

import tensorflow as tf
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from medgan_tf.training.callbacks.profile import Profile


def test_profile_records_the_calls_with_its_steps(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(tf.profiler.experimental, "start", lambda folder: done.append("start"))
    monkeypatch.setattr(tf.profiler.experimental, "stop", lambda: done.append("stop"))
    profile = Profile(tmp_path, (5, 8))
    profile.set_params({"steps": 6})
    profile.set_model(type("Model", (), {"steps_per_execution": 2})())
    # Ticks of six steps in calls of two: steps 5 to 8 are in the third call and in the first of the next tick.
    for tick in range(2):
        for first in (0, 2, 4):
            profile.on_train_batch_begin(first)
            done.append(6 * tick + first + 1)
            profile.on_train_batch_end(first + 1)
        profile.on_epoch_end(tick)
    profile.on_train_end()
    assert done == [1, 3, "start", 5, 7, "stop", 9, 11]


def test_a_recording_does_not_name_the_machine(tmp_path, monkeypatch):
    written = tmp_path / "plugins" / "profile" / "2026_01_01" / "ward7.xplane.pb"
    space = xplane_pb2.XSpace(hostnames=["ward7"], planes=[xplane_pb2.XPlane(name="/host:CPU")])
    written.parent.mkdir(parents=True)
    monkeypatch.setattr(tf.profiler.experimental, "stop", lambda: written.write_bytes(space.SerializeToString()))
    profile = Profile(tmp_path, (1, 2))
    profile.recording = True
    profile.on_train_end()
    (left,) = written.parent.iterdir()
    assert left.name == "host.xplane.pb" and b"ward7" not in left.read_bytes()
    assert xplane_pb2.XSpace.FromString(left.read_bytes()).planes[0].name == "/host:CPU"
