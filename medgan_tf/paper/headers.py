"""The comment above an experiment that is written from a table: what it is, how to run it, what it costs and shows."""

import textwrap

_WIDTH = 120
# 10^9 multiplications and additions of one real image in cpD-GAN's training step, counted in its graph.
_GFLOP = {32: 169, 64: 679, 128: 1351}
WEIGHTS = (
    "Once: 84 MB of InceptionV3 weights for FID and 29 MB of DenseNet-121's, with --set "
    "evaluation.fid.download=true --set classifier.download=true."
)


def header(title: str, paper: list[str], command: list[str], cost: list[str], expected: str, written: str) -> str:
    """The comment, with a line break at its end.

    Args:
        title: What the experiment is.
        paper, command, cost: Paragraphs under these words.
        expected: What it shows.
        written: The file with the table.
    """
    lines = [*_wrapped(title, "# ", "# "), "#"]
    for word, texts in (("Paper", paper), ("Command", command), ("Cost", cost), ("Expected", [expected])):
        start = f"# {word + ':':<10}"
        for number, text in enumerate(texts):
            first = start if number == 0 else f"# {'':<10}"
            # A command is copied, so it stays on one line.
            lines += [first + text] if word == "Command" else _wrapped(text, first, f"# {'':<10}")
    remark = f"# Written by `medgan-tf write-experiments` from {written}: change that, not this file."
    return "\n".join([*lines, "#", remark, ""])


def training_cost(resolution: int, least: int, most: int) -> str:
    """What one training costs that shows from `least` to `most` real images."""
    gflop = _GFLOP[resolution]
    images = f"{most / 1e6:g} M" if least == most else f"{least / 1e6:g} to {most / 1e6:g} M"
    work = f"{gflop * most * 1e9:.1e}" if least == most else f"{gflop * least * 1e9:.1e} to {gflop * most * 1e9:.1e}"
    return (
        f"a GPU, for each seed. {images} images at about {gflop:,} GFLOP each (cpD-GAN, {resolution}x"
        f"{resolution}) are {work.replace('e+', 'e')} floating-point operations; divide by the rate that "
        "`medgan-tf benchmark` shows on your device, or let `medgan-tf plan` measure it."
    )


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
