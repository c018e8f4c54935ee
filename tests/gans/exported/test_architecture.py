"""The closed list of networks: what a file may ask for, and how large it may be."""

import pytest
from small_settings import PARAMETERS, SMALL

from medgan_tf.gans import build_gan
from medgan_tf.gans.exported.architecture import GENERATORS, MOST_VALUES, Architecture, architecture_of
from medgan_tf.gans.resolve import resolve_gan
from medgan_tf.gans.settings import GanConfig
from medgan_tf.registry import GANS

OPTIONS = {"resolution": 16, "label_count": 2, "latent_size": 4, "base_channels": 64, "max_channels": 8}
GROWING = {**OPTIONS, "level_of_detail": 0.5}


def test_every_architecture_of_ours_is_on_the_list():
    assert sorted(GENERATORS) == GANS.names()


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_is_described_and_built_again(name):
    gan = build_gan(name, resolution=16, label_count=2, **SMALL[name])
    if name == "progressive":
        gan.level_of_detail = 0.25
    found = architecture_of(gan.ema_generator)
    assert found == Architecture.from_json(*found.as_json().values())
    built = found.build()
    assert type(built) is type(gan.ema_generator) and architecture_of(built) == found
    assert [tuple(one.shape) for one in built.variables] == [tuple(one.shape) for one in gan.ema_generator.variables]
    assert architecture_of(gan.discriminator) is None
    weights = sum(variable.shape.num_elements() for variable in built.variables)
    assert weights <= found.most_values() <= 12 * weights


@pytest.mark.parametrize("name", GENERATORS)
def test_the_bound_is_above_the_number_of_weights_and_not_far(name):
    """At the paper's widths, of which the numbers are known."""
    for (resolution, labels), (generator, _) in PARAMETERS[name].items():
        config = resolve_gan(GanConfig(architecture=name), resolution)
        sizes = (resolution, labels, config.latent_size, config.base_channels, config.max_channels)
        assert generator <= Architecture(name, *sizes).most_values() <= 12 * generator


WRONG = {
    "an unknown name": ("stylegan", OPTIONS, "unknown architecture 'stylegan'; known: biggan, cpd"),
    "a dotted name": ("os.system", OPTIONS, "unknown architecture"),
    "a name that is no text": (["cpd"], OPTIONS, "unknown architecture"),
    "a private name": ("__init__", OPTIONS, "unknown architecture"),
    "options that are no object": ("cpd", [1], "received 'list'"),
    "an option more": ("cpd", {**OPTIONS, "dtype": "float64"}, "expected the options"),
    "an option of another": ("cpd", GROWING, "expected the options"),
    "an option less": ("progressive", OPTIONS, "expected the options"),
    "nested options": ("cpd", {**OPTIONS, "max_channels": {"a": {"b": []}}}, "expected max_channels from 1"),
    "an odd resolution": ("cpd", {**OPTIONS, "resolution": 48}, "expected a resolution"),
    "a huge resolution": ("cpd", {**OPTIONS, "resolution": 2**40}, "expected a resolution"),
    "a resolution with a point": ("cpd", {**OPTIONS, "resolution": 16.0}, "expected a resolution"),
    "no labels": ("cpd", {**OPTIONS, "label_count": 0}, "expected label_count"),
    "true": ("cpd", {**OPTIONS, "latent_size": True}, "expected latent_size"),
    "a text": ("cpd", {**OPTIONS, "latent_size": "4"}, "expected latent_size"),
    "huge noise": ("cpd", {**OPTIONS, "latent_size": 10**12}, "expected latent_size"),
    "a huge width": ("cpd", {**OPTIONS, "max_channels": 10**12}, "expected max_channels"),
    "too large together": ("cpd", {**OPTIONS, "base_channels": 2**20, "max_channels": 8192}, "a network of up to"),
    "a level that is not there": ("progressive", {**GROWING, "level_of_detail": 3}, "level of detail"),
    "a level below": ("progressive", {**GROWING, "level_of_detail": -0.5}, "level of detail"),
    "a level that is no number": ("progressive", {**GROWING, "level_of_detail": None}, "level of detail"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_file_cannot_ask_for_anything_else(case):
    name, options, reason = WRONG[case]
    with pytest.raises(ValueError, match=reason) as caught:
        Architecture.from_json(name, options)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 500


def test_what_a_network_refuses_itself_is_a_value_error():
    with pytest.raises(ValueError, match="attention needs a multiple of 8 channels"):
        Architecture("biggan", **OPTIONS | {"max_channels": 4}).build()


def test_the_largest_that_is_built_is_known_before():
    options = {**OPTIONS, "base_channels": 2**14, "latent_size": 512, "max_channels": 512, "resolution": 512}
    assert Architecture.from_json("cpd", options).most_values() < MOST_VALUES / 2
