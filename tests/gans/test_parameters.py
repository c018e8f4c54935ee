"""Parameters in closed form against the networks themselves."""

import numpy as np
import pytest
from small_settings import PARAMETERS

from medgan_tf.gans.parameters import convolution
from medgan_tf.gans.resolve import discriminator_parameters, resolve_gan
from medgan_tf.gans.settings import GanConfig
from medgan_tf.registry import GANS


def test_layers_by_hand():
    # 3 x 3 x 2 weights for each of 5 outputs, and a bias each.
    assert convolution(2, 5) == 95
    assert convolution(10, 3, 1) == 33
    assert convolution(2, 5, bias=False) == 90


@pytest.mark.parametrize("architecture", GANS.names())
def test_discriminators_at_the_published_widths(architecture):
    for (side, labels), (_, expected) in PARAMETERS[architecture].items():
        config = resolve_gan(GanConfig(architecture=architecture), side)
        assert discriminator_parameters(config, side, labels) == expected


@pytest.mark.parametrize("architecture", GANS.names())
def test_narrow_discriminators_as_they_are_built(architecture):
    config = resolve_gan(GanConfig(architecture=architecture, base_channels=256, max_channels=16), 32)
    gan = GANS.get(architecture)(config, resolution=32, label_count=5)
    built = sum(int(np.prod(one.shape)) for one in gan.discriminator.trainable_variables)
    assert discriminator_parameters(config, 32, 5) == built


def test_an_architecture_need_not_tell(monkeypatch):
    monkeypatch.delattr(GANS.settings("cpd"), "discriminator_parameters")
    assert discriminator_parameters(resolve_gan(GanConfig(architecture="cpd"), 32), 32, 14) is None
