import pytest

from medgan_tf.proposal.budget import Device, base_channels, make_budget, operations_per_image


@pytest.mark.parametrize(
    ("resolution", "width", "counted"),
    # Counted in the graph of the step: docs/benchmark.md, and the paper's networks.
    [(32, 32, 0.66), (32, 64, 2.64), (32, 128, 10.6), (32, 512, 169), (64, 512, 679), (128, 512, 1351)],
)
def test_operations(resolution, width, counted):
    assert operations_per_image(resolution, width) == pytest.approx(counted, rel=0.02)


def test_the_proportion_of_the_paper():
    assert base_channels(512) == 16384


def chosen(hours, rate, **more):
    one = make_budget(hours, Device("x", rate), **more).chosen
    return one and (one.resolution, one.width, one.batch, one.images)


def test_more_time_and_speed_give_wider_networks_and_more_pixels():
    assert chosen(0.2, 170) == (32, 32, 16, 100_000)
    assert chosen(8, 170) == (64, 64, 32, 300_000)
    assert chosen(8, 20_000) == (128, 128, 64, 1_090_000)
    assert chosen(2000, 20_000) == (128, 512, 256, 9_000_000)


def test_no_more_pixels_than_the_images_have():
    assert chosen(2000, 20_000, largest_image=28)[0] == 32
    assert chosen(2000, 20_000, largest_image=100)[0] == 64


def test_too_little_time():
    budget = make_budget(0.01, Device("x", 100))
    assert budget.chosen is None and [one.width for one in budget.choices] == [32, 32, 32]


def test_times():
    [one, *_] = make_budget(8, Device("x", 170)).choices
    assert one.images_per_second == pytest.approx(170 / operations_per_image(32, one.width))
    assert one.hours == pytest.approx(one.images / one.images_per_second / 3600) and one.hours <= 6
