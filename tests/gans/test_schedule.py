"""The schedule of growth as a table, against the paper's totals (S.2.1)."""

import pytest

from medgan_tf.config.schema import GanConfig, GrowthConfig
from medgan_tf.errors import ConfigError
from medgan_tf.gans import build_gan
from medgan_tf.gans.schedule import Phase, growth_phases, single_phase

PAPER = {32: 7_000_000, 64: 7_000_000, 128: 9_000_000}


@pytest.mark.parametrize("resolution", PAPER)
def test_paper_totals(resolution):
    phases = growth_phases(resolution, GrowthConfig(), PAPER[resolution])
    # Whole batches of up to 256 images: half a batch more or less in each phase.
    assert phases[-1].end == pytest.approx(PAPER[resolution], abs=128 * len(phases))
    assert [phase.start for phase in phases[1:]] == [phase.end for phase in phases[:-1]]
    assert all((phase.end - phase.start) % phase.batch == 0 for phase in phases)
    assert {phase.generator_learning_rate for phase in phases} == {0.001}


def test_table_at_32_pixels():
    phases = growth_phases(32, GrowthConfig(), 7_000_000)
    assert [(phase.resolution, phase.fading, phase.batch, round(phase.end / 1e5)) for phase in phases] == [
        (8, False, 256, 14),
        (16, True, 128, 28),
        (16, False, 128, 42),
        (32, True, 64, 56),
        (32, False, 64, 70),
    ]


def test_batches_and_rates_by_resolution():
    growth = GrowthConfig(images_per_phase=100, batch=(20, 10), learning_rate=(0.01, 0.02, 0.03))
    phases = growth_phases(64, growth, 700)
    assert [(phase.resolution, phase.batch, phase.discriminator_learning_rate) for phase in phases[::2]] == [
        (8, 20, 0.01),
        (16, 10, 0.02),
        (32, 10, 0.03),
        (64, 10, 0.03),
    ]


def test_last_phase_goes_on_until_the_end():
    growth = GrowthConfig(images_per_phase=100, batch=(10,))
    assert growth_phases(16, growth, 1005)[-1].end == 1010
    assert growth_phases(16, growth, 1005)[-1].start == 200


def test_growth_from_full_resolution_is_one_phase():
    phases = growth_phases(32, GrowthConfig(start_resolution=32, images_per_phase=64), 512)
    assert [(phase.resolution, phase.fading, phase.end) for phase in phases] == [(32, False, 512)]


def test_single_phase_is_whole_batches():
    assert single_phase(32, 32, 100, (0.005, 0.004)) == Phase(32, False, 0, 128, 32, 0.005, 0.004)
    # Three discriminator steps with 32 real images each are one training step.
    assert single_phase(32, 32, 100, (0.005, 0.004), n_critic=3) == Phase(32, False, 0, 192, 32, 0.005, 0.004, 3)


def test_schedules_that_cannot_be_are_explained():
    with pytest.raises(ConfigError, match="reaches 32x32 pixels only after 5,60.*total_images=5000000; raise it"):
        growth_phases(32, GrowthConfig(), 5_000_000)
    with pytest.raises(ConfigError, match="start_resolution must be at most data.resolution = 16.*start_resolution=32"):
        growth_phases(16, GrowthConfig(start_resolution=32), 7_000_000)
    with pytest.raises(ValueError, match="power of two from 4. Received: start_resolution=10"):
        GrowthConfig(start_resolution=10)


def test_options_of_another_architecture_are_refused():
    assert GanConfig(growth=GrowthConfig()).growth is not None
    for option in ({"growth": GrowthConfig()}, {"auxiliary_weight": 0.5}):
        with pytest.raises(ConfigError, match=f"gan.{next(iter(option))} is not an option of the architecture 'cpd'"):
            build_gan("cpd", resolution=16, label_count=2, max_channels=4, latent_size=4, **option)
