"""The course of the training: scores, losses, FID and the watchdog's events."""

import math
from typing import Any

from matplotlib.ticker import EngFormatter

from medgan_tf.evidence.report import GanResults, Results, RunResults
from medgan_tf.presentation.blocks import Cell, Missing, Picture, Section, Table, is_number
from medgan_tf.presentation.figure_style import COLOURS, GREY, new_figure, styled, tidy

_PANELS = (
    ("critic's scores", ("score_real", "score_fake"), ("real images", "generated images")),
    ("losses", ("loss_d", "loss_g"), ("discriminator", "generator")),
    ("gradient norm at mixed images", ("gradient_norm",), ("",)),
)

_FURTHER = {"fid": "FID while training", "epsilon": "epsilon that is charged"}
"""Panels that are drawn only where there are values."""


def training_section(results: Results, details: bool) -> Section:
    """Curves of each GAN, all seeds in one figure, and what the watchdog saw."""
    section = Section("How the training went")
    events = []
    for gan in results.gans:
        for run in gan.runs:
            title = results.title_of(run)
            events += [
                [title, _cell(event.get("images_seen", "")), str(event.get("cause", event.get("event", "")))]
                for event in run.events
            ]
            if not run.metrics and _trained_elsewhere(run):
                continue
            if not run.metrics:
                section.missing.append(Missing(title, "training", "medgan-tf train EXPERIMENT.yaml"))
            elif run.generator is None:
                last = run.metrics[-1].get("images_seen")
                seen = f"rest of the training after {last if is_number(last) else 0:,} images"
                section.missing.append(Missing(title, seen, "medgan-tf train EXPERIMENT.yaml"))
        if details and any(run.metrics for run in gan.runs):
            section.add(f"{gan.title}: training curves", _curves, gan)
    if events:
        section.blocks.append(Table("events", "What the watchdog found", ["run", "images seen", "cause"], events))
    return section


def _trained_elsewhere(run: RunResults) -> bool:
    """Whether the run has no training of its own: its images are from elsewhere, or from another seed's generator."""
    config = run.config or {}
    generate = config.get("generate")
    seed = generate.get("generator_seed") if isinstance(generate, dict) else None
    return bool(config.get("external")) or seed not in (None, run.seed)


def _cell(value: Any) -> Cell:
    return value if is_number(value) else str(value)


@styled
def _curves(gan: GanResults) -> Picture:
    further = [
        (title, (key,), ("",))
        for key, title in _FURTHER.items()
        if any(is_number(line.get(key)) for run in gan.runs for line in run.metrics)
    ]
    panels = [*_PANELS, *further]
    columns = 2 if len(panels) == 4 else 3
    figure = new_figure(9.5, 2.7 * math.ceil(len(panels) / columns))
    axes = figure.subplots(math.ceil(len(panels) / columns), columns, squeeze=False).ravel()
    for place, (title, keys, labels) in zip(axes, panels, strict=False):
        for key, label, colour in zip(keys, labels, COLOURS, strict=False):
            for number, run in enumerate(gan.runs):
                points = [(line["images_seen"], line[key]) for line in run.metrics
                          if is_number(line.get(key)) and is_number(line.get("images_seen"))]  # fmt: skip
                if points:
                    mark = "o" if key == "fid" else None
                    place.plot(*zip(*points, strict=True), color=colour, linewidth=1.2, alpha=0.85, marker=mark,
                               markersize=3, label=label if number == 0 else None)  # fmt: skip
        if title == "gradient norm at mixed images":
            place.axhline(1, color=GREY, linewidth=0.8, linestyle=":")
        place.set_title(title, fontsize=10)
        place.set_xlabel("real images shown", fontsize=9)
        place.xaxis.set_major_formatter(EngFormatter(sep=""))
        place.tick_params(labelsize=8)
        tidy(place)
        if place.get_legend_handles_labels()[0]:
            place.legend(frameon=False, fontsize=8)
    for place in axes[len(panels) :]:
        place.set_visible(False)
    caption = f"{gan.title}: training curves, one line per seed ({len(gan.runs)})"
    return Picture(f"training-{gan.stem}", caption, figure)
