"""Which network a generator is: one of a closed list, by name and sizes. A file can ask for no other code.

`registry.GANS` knows architectures of other packages too. They are not on this list, because a file from elsewhere must
not decide which code runs.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import keras

from medgan_tf.gans.architectures.biggan.generator import BigGenerator
from medgan_tf.gans.architectures.cpd.generator import CpdGenerator
from medgan_tf.gans.architectures.dcgan.generator import GENERATOR_WIDTH, DcganGenerator
from medgan_tf.gans.architectures.progressive.generator import ProgressiveGenerator
from medgan_tf.gans.channels import resolution_stages, stage_channels
from medgan_tf.gans.growth import Growth

GENERATORS: dict[str, type[keras.Model]] = {
    "biggan": BigGenerator,
    "cpd": CpdGenerator,
    "dcgan": DcganGenerator,
    "progressive": ProgressiveGenerator,
}
"""Every network that can be built from a file."""

MOST_VALUES = 2**28
"""Weights of the largest network that is built; that of the paper has 33 million at 128x128."""

_RESOLUTIONS = (16, 32, 64, 128, 256, 512)
_LARGEST = {"label_count": 4096, "latent_size": 16_384, "base_channels": 2**20, "max_channels": 8192}
_GROWING = "level_of_detail"


@dataclass(frozen=True)
class Architecture:
    """A generator's network without its weights.

    Attributes:
        name: A key of `GENERATORS`.
        resolution: R, side of the images, pixels.
        label_count: L + C, length of the label vectors.
        latent_size: Z, length of the noise.
        base_channels, max_channels: Width rule, see `stage_channels`.
        level_of_detail: log2(R / resolution in use), see `growth`; 0 for all but a `progressive` one that still grew.
    """

    name: str
    resolution: int
    label_count: int
    latent_size: int
    base_channels: int
    max_channels: int
    level_of_detail: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Name and options as JSON values."""
        options = asdict(self)
        name = options.pop("name")
        if name != "progressive":
            del options[_GROWING]
        return {"architecture": name, "options": options}

    @classmethod
    def from_json(cls, name: Any, options: Any) -> "Architecture":
        """From the values that `as_json` gives. Raises `ValueError` for any other name, option or size."""
        if not isinstance(name, str) or name not in GENERATORS:
            raise ValueError(f"unknown architecture {name!a:.60}; known: {', '.join(GENERATORS)}")
        known = {"resolution", *_LARGEST} | ({_GROWING} if name == "progressive" else set())
        if not isinstance(options, dict) or set(options) != known:
            found = ", ".join(sorted(options)) if isinstance(options, dict) else type(options).__name__
            raise ValueError(f"expected the options {', '.join(sorted(known))}; received {found!a:.200}")
        if type(options["resolution"]) is not int or options["resolution"] not in _RESOLUTIONS:
            raise ValueError(f"expected a resolution among {_RESOLUTIONS}; received {options['resolution']!a:.60}")
        for key, most in _LARGEST.items():
            if type(options[key]) is not int or not 1 <= options[key] <= most:
                raise ValueError(f"expected {key} from 1 to {most}; received {options[key]!a:.60}")
        level = options.get(_GROWING, 0.0)
        if type(level) not in (int, float) or not 0 <= level <= len(resolution_stages(options["resolution"])):
            raise ValueError(f"expected a level of detail that the resolution has; received {level!a:.60}")
        found = cls(name, **{**options, **({_GROWING: float(level)} if _GROWING in options else {})})
        if found.most_values() > MOST_VALUES:
            raise ValueError(f"a network of up to {found.most_values():,} weights; at most {MOST_VALUES:,} are built")
        return found

    def most_values(self) -> int:
        """An upper bound of the number of weights, mostly less than 12 times it; known before anything is built."""
        factor = GENERATOR_WIDTH if self.name == "dcgan" else 1
        conditions = self.latent_size + self.label_count

        def width(stage: int) -> int:
            return factor * stage_channels(stage, self.base_channels, self.max_channels)

        # A layer has at most a 4x4 kernel, and a scale and a shift for each channel from the conditions.
        count = 16 * width(1) * conditions + width(1) * (9 * width(1) + 4 * conditions + 64)
        for r in resolution_stages(self.resolution):
            low, high = width(r - 2), width(r - 1)
            count += 16 * low * high + 9 * high * high + 4 * (low + high) * (conditions + 16)
        return count

    def build(self) -> keras.Model:
        """The network with random weights, computing in float32. Raises `ValueError` for an impossible level."""
        return _BUILT.get(self.name, _of_sizes)(self)


def architecture_of(network: keras.Model) -> Architecture | None:
    """The architecture of a generator; None for one that is not on the list."""
    name = next((name for name, kind in GENERATORS.items() if type(network) is kind), None)
    if name is None:
        return None
    sizes = (network.resolution, network.label_count, network.latent_size)
    widths = (network.options["base_channels"], network.options["max_channels"])
    return Architecture(name, *sizes, *widths, network.growth.level_of_detail() if name == "progressive" else 0.0)


def _of_sizes(one: Architecture) -> keras.Model:
    sizes = (one.resolution, one.label_count, one.latent_size)
    return GENERATORS[one.name](*sizes, one.base_channels, one.max_channels)


def _growing(one: Architecture) -> keras.Model:
    growth = Growth(one.resolution)
    growth.set_level_of_detail(one.level_of_detail)
    return ProgressiveGenerator(growth, one.label_count, one.latent_size, one.base_channels, one.max_channels)


_BUILT: dict[str, Callable[[Architecture], keras.Model]] = {"progressive": _growing}
