"""The arms in a report: a table of their gains, and learning curves."""

from typing import Any

from medgan_tf.evidence.utility.arms.figures import curves_figure, has_curves
from medgan_tf.evidence.utility.arms.words import HOW, arm_entries, finding_words, gain_interval, lacking
from medgan_tf.files.result_files import with_nan
from medgan_tf.presentation.blocks import Html, Picture, PValue, Table, paragraph


def arm_blocks(gap: dict[str, Any], stem: str, title: str) -> list[Table | Picture | Html]:
    """Table, remarks and figure of a GAN's arms; nothing without arms.

    Args:
        gap: Content of `gap.json`.
        stem: Part of the names of files that belongs to the GAN.
        title: The GAN's title.
    """
    lacks = " ".join(f"{line[0].upper()}{line[1:]}." for line in lacking(gap))
    if not arm_entries(gap):
        return [paragraph(lacks)] if lacks else []
    blocks = [_table(gap, stem, title), paragraph(f"{HOW} {lacks}".strip())]
    if has_curves(gap):
        caption = f"{title}: mean AUC on real test patients over the images that classifiers were trained on"
        blocks.append(Picture(f"learning-curves-{stem}", caption, curves_figure(with_nan(gap))))
    return blocks


def _table(gap: dict[str, Any], stem: str, title: str) -> Table:
    several = len(gap["seeds"]) > 1
    over = "over seeds and patients" if several else "over patients"
    head = ["trained on", "mean AUC", "control", "its mean AUC", "gain", f"95% {over}", "p", "p Holm", "finding"]
    rows = []
    for entry in arm_entries(gap):
        aucs = [gap["conditions"][entry[key]]["mean_auc"]["over_seeds"]["mean"] for key in ("arm", "control")]
        gain = entry["over_seeds"]["mean"]
        numbers = [gain_interval(entry), PValue(entry["p"]), PValue(entry["p_holm"])]
        rows.append([entry["title"], aucs[0], entry["control_title"], aucs[1], gain, *numbers, finding_words(entry)])
    caption = f"{title}: arms against their controls, seed{'s' if several else ''} {', '.join(map(str, gap['seeds']))}"
    return Table(f"arms-{stem}", caption, head, rows)
