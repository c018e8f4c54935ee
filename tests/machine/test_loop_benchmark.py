"""The benchmark of the whole loop against its own definitions."""

import pytest

from medgan_tf.machine.loop_benchmark import LABELS, Noise, measure_loop


def test_rates_and_memory_of_a_tiny_setting():
    speed = measure_loop("cpd", channels=4, batch=8, resolution=16, precision="float32", steps=10)
    assert (speed.channels, speed.batch, speed.replicas, speed.steps) == (4, 8, 1, 10)
    assert speed.loop_fraction == pytest.approx(speed.loop_rate / speed.step_rate)
    assert speed.pipeline_factor == pytest.approx(speed.pipeline_rate / speed.step_rate)
    assert speed.pipeline_factor > 1
    # Linux counts pages by thread and adds them up later, so the peak may lack a few megabytes.
    assert 0.2 < speed.memory_first_gib <= speed.peak_memory_gib + 0.02
    assert speed.first_step_seconds > 0


def test_noise_is_the_same_every_time():
    source = object.__new__(Noise)
    first, again = source.read_image("3 16"), source.read_image("3 16")
    assert first.shape == (16, 16) and (first == again).all()
    assert (first != source.read_image("4 16")).any()
    assert LABELS == 6
