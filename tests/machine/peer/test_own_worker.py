"""Our process of the comparison, with a step of its own in place of the GAN's."""

import io
import sys

import numpy as np
import pytest
import tensorflow as tf

from medgan_tf.gans.gan import ConditionalGan
from medgan_tf.machine.peer.own_worker import make_step, serve


def test_a_line_for_the_first_step_and_for_each_that_is_asked_for(monkeypatch):
    written, made = io.StringIO(), []
    monkeypatch.setattr(sys, "stdout", written)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n\n"))

    def make(*setting):
        made.append(setting)
        sys.stdout.write("what a library says\n")
        return lambda: [1.5, -2.0]

    serve(make, ["64", "32", "16", "float32", "2", "xla"])
    assert made == [(64, 32, 16, "float32", 2, "xla")]
    lines = [[float(word) for word in line.split()] for line in written.getvalue().splitlines()]
    assert [line[2:] for line in lines] == [[1.5, -2.0]] * 3
    assert all(line[0] >= 0 and line[1] >= 0 for line in lines)


def test_the_step_is_the_gan_s_on_the_images_of_the_comparison(monkeypatch):
    for name in ("set_intra_op_parallelism_threads", "set_inter_op_parallelism_threads"):
        monkeypatch.setattr(tf.config.threading, name, lambda count: None)

    def train_step(self, data):
        deviation = tf.math.reduce_std(self.discriminator.blocks[0].conv.kernel.value)
        return {"loss_d": deviation[None], "loss_g": tf.reduce_mean(data[1])[None]}

    monkeypatch.setattr(ConditionalGan, "train_step", train_step)
    deviation, label = make_step(8, 4, 16, "float32", 1, "-")()
    assert deviation == pytest.approx(1.0, abs=0.1)
    np.testing.assert_allclose(label, 1 / 6, rtol=1e-6)
