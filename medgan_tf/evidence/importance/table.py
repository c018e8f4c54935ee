"""Importance maps as text for terminals."""

from typing import Any

from medgan_tf.classification.published_code import published_code_line
from medgan_tf.evidence.importance.compared import REAL
from medgan_tf.evidence.importance.measure import ALL_LABELS
from medgan_tf.evidence.importance.narrow import narrow_lines

_MEASURES = {
    "rank_correlation": "rank correlation",
    "partial_rank_correlation": "without brightness",
    "top_overlap": "top overlap",
}


def changed_words(summary: dict[str, Any]) -> str:
    """What the maps are held against: how much each mask changes the grey values."""
    return "the brightness of the patch" if summary["settings"]["fill"] == "zero" else "the change that each mask makes"


def _value(found: dict[str, Any]) -> str:
    """A mean with its interval."""
    value, low, high = found["value"], found["interval"]["low"], found["interval"]["high"]
    if value is None or value != value:
        return "undefined"
    return f"{value:.3f} ({low:.3f}..{high:.3f})" if low == low else f"{value:.3f} (no interval)"


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
            told = [f"{words} {_value(found[key])}" for key, words in _MEASURES.items()]
            left = len(summary["images"]) - found["compared"]
            without = f"; without {left} images that have a flat map" if left else ""
            lines.append(f"agreement of {REAL} and {title}, {name}: {', '.join(told)}{without}")
    for title, by_label in summary["agreement_with_brightness"].items():
        for name, found in by_label.items():
            lines.append(f"{title}, {name}: rank correlation with {changed_words(summary)} {_value(found)}")
    for one in summary["classifiers"]:
        flat = {name: count for name, count in one["flat_maps"].items() if count}
        lines += [f"{one['title']}, {name}: {count} of {len(summary['images'])} maps are flat" for name, count in
                  flat.items()]  # fmt: skip
    lines += narrow_lines(summary["agreement_with_real"])
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
