"""The reach of a masked patch in DenseNet, and the part of each layer that therefore has to be computed again.

A mask of 2x2 pixels changes few values of the early layers; each 3x3 convolution carries the change one value further.
Masks of neighbouring patches are computed together, in windows that hold what any of them changes. Windows grow in
stages; from the layer on where the change has reached everywhere, all is computed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STAGE = 3
GROWTH, BOTTLENECK, STEM = 32, 128, 64


@dataclass(frozen=True)
class Span:
    """First and last changed value along one axis."""

    first: int
    last: int

    def clipped(self, size: int) -> "Span":
        """Within 0 .. size - 1."""
        return Span(max(0, self.first), min(size - 1, self.last))


@dataclass(frozen=True)
class Stage:
    """Consecutive layers of one dense block that are computed in windows of one size.

    Attributes:
        block: Number of the block, from 0.
        layers: Numbers of its layers.
        size: Side of the block's maps.
        window: Height and width of the windows; equal to `size` where everything is computed.
    """

    block: int
    layers: range
    size: int
    window: tuple[int, int]

    @property
    def full(self) -> bool:
        """Whether everything is computed."""
        return self.window == (self.size, self.size)


def map_sizes(image_size: int, blocks: int) -> list[int]:
    """Sides of the maps of each dense block; the image's side must be a multiple of 4."""
    return [image_size // 4 // 2**block for block in range(blocks)]


def reach(pixels: Span, image_size: int, blocks: Sequence[int]) -> list[list[Span]]:
    """The values that changed pixels change: for each block those of its input and of its layers' outputs."""
    conv = Span(math.ceil((pixels.first - 3) / 2), (pixels.last + 3) // 2).clipped(image_size // 2)
    span, spans = Span(math.ceil((conv.first - 1) / 2), (conv.last + 1) // 2), []
    for size, layers in zip(map_sizes(image_size, len(blocks)), blocks, strict=True):
        span = span.clipped(size)
        inner = [span]
        for _ in range(layers):
            inner.append(Span(inner[-1].first - 1, inner[-1].last + 1).clipped(size))
        spans.append(inner)
        span = Span(inner[-1].first // 2, inner[-1].last // 2)
    return spans


def plan_stages(groups: tuple[list[Span], list[Span]], image_size: int, blocks: Sequence[int]) -> list[Stage]:
    """The stages for groups of masks, whose changed pixels are given along each axis."""
    sizes, stages = map_sizes(image_size, len(blocks)), []
    reached = [[reach(span, image_size, blocks) for span in axis] for axis in groups]
    for block, layers in enumerate(blocks):
        size = sizes[block]
        for start in range(0, layers, _STAGE):
            end = min(start + _STAGE, layers)
            window = tuple(
                min(size, max(_even(one[block][end]) for one in axis)) if size % 2 == 0 else size for axis in reached
            )
            # A window as large as the map, or after such a window, is the whole map.
            if max(window) >= size or (stages and stages[-1].full):
                window = (size, size)
            if stages and stages[-1].block == block and stages[-1].window == window:
                stages[-1] = Stage(block, range(stages[-1].layers.start, end), size, window)
            else:
                stages.append(Stage(block, range(start, end), size, window))
    return stages


def _even(span: Span) -> int:
    """Smallest even window with an even first value that holds a span."""
    length = span.last - span.first // 2 * 2 + 1
    return length + length % 2


def window_origins(
    stages: Sequence[Stage], rows: Span, columns: Span, image_size: int, blocks: Sequence[int]
) -> list[tuple[int, int]]:
    """First row and column of each stage's window, for one group of masks."""
    reached = [reach(span, image_size, blocks) for span in (rows, columns)]
    origins = []
    for stage in stages:
        ends = (axis[stage.block][stage.layers.stop] for axis in reached)
        origins.append(
            tuple(
                min(span.first // 2 * 2, stage.size - length) for span, length in zip(ends, stage.window, strict=True)
            )
        )
    return origins


@dataclass(frozen=True)
class Work:
    """Multiplications of one masked image, as shares of those of a whole image.

    Attributes:
        planned: The multiplications that are computed.
        unavoidable: The fewest of any exact method: every changed value is computed once; mean over all patches.
        whole: Multiplications of a whole image.
    """

    planned: float
    unavoidable: float
    whole: int


def count_work(stages: Sequence[Stage], patches: tuple[list[Span], list[Span]], image_size: int, blocks) -> Work:
    """Counts multiplications of convolutions, the transitions' after pooling, where they are a quarter."""
    sizes = map_sizes(image_size, len(blocks))
    areas = {(stage.block, layer): stage.window[0] * stage.window[1] for stage in stages for layer in stage.layers}
    reached = [[reach(span, image_size, blocks) for span in axis] for axis in patches]

    def mean_area(block: int, layer: int) -> float:
        lengths = ([one[block][layer].last - one[block][layer].first + 1 for one in axis] for axis in reached)
        first, second = lengths
        return sum(first) / len(first) * sum(second) / len(second)

    stem = 49 * 3 * STEM
    planned, unavoidable = 4 * stem * areas[0, 0], 4 * stem * mean_area(0, 0)
    whole, channels = 4 * stem * sizes[0] ** 2, STEM
    for block, layers in enumerate(blocks):
        for layer in range(layers):
            first, second = channels * BOTTLENECK, 9 * BOTTLENECK * GROWTH
            planned += areas[block, layer] * (first + second)
            unavoidable += first * mean_area(block, layer) + second * mean_area(block, layer + 1)
            whole += sizes[block] ** 2 * (first + second)
            channels += GROWTH
        if block + 1 < len(blocks):
            transition = channels * (channels // 2)
            planned += transition * areas[block, layers - 1] / 4
            unavoidable += transition * mean_area(block + 1, 0)
            whole += transition * sizes[block + 1] ** 2
            channels //= 2
    return Work(planned / whole, unavoidable / whole, int(whole))
