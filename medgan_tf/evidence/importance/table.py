"""Importance maps as text for terminals."""

from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.importance.compared import REAL
from medgan_tf.evidence.importance.measure import ALL_LABELS


def occlusion_lines(summary: dict[str, Any]) -> str:
    """The lines for the terminal."""
    count, positions = len(summary["images"]), summary["positions"]
    lines = [f"{count} images, {positions}x{positions} masks each"]
    for one in summary["classifiers"]:
        rate = one["masks_per_second"]
        speed = "read from earlier calls" if rate != rate else f"{rate:,.1f} masks/s"
        work = one["work"]
        share = ""
        if work:
            share = f", {work['planned']:.0%} of the whole network for each mask, {work['unavoidable']:.0%} unavoidable"
        lines.append(f"{one['title']}: {speed}, {one['method']}{share}")
    for title, by_label in summary["agreement_with_real"].items():
        for name, found in by_label.items():
            told = [
                f"{words} {found[key]['value']:.3f} "
                f"({found[key]['interval']['low']:.3f}..{found[key]['interval']['high']:.3f})"
                for key, words in (("rank_correlation", "rank correlation"), ("top_overlap", "top overlap"))
            ]
            lines.append(f"agreement of {REAL} and {title}, {name}: {', '.join(told)}")
    if remark := published_code_line(summary["original_code"]):
        lines.append(remark)
    return "\n".join([*lines, *(f"note: {note}" for note in summary["notes"])])


def summarise_occlusion(result: dict[str, Any]) -> str:
    """The content of `occlusion.json` in one line: how far each classifier agrees with the real-trained one."""
    found = {
        title: labels[ALL_LABELS]["rank_correlation"]["value"]
        for title, labels in result["agreement_with_real"].items()
    }
    words = [f"{title} {'undefined' if value is None else f'{value:.3f}'}" for title, value in found.items()]
    return f"rank correlation with the real-trained maps: {'; '.join(words) or 'nothing to compare'}"
