"""The census: all released images against all real ones, training and held-out, none left out."""

from collections import Counter
from typing import Any

from medgan_tf.evidence.privacy.answers import Answer, Census, Remark
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.privacy.image_census import ImageCensus, image_census

NAME = "identical"
_MOST_LISTED = 1000
_MOST_NAMED = 5


def census(inputs: PrivacyInputs) -> Answer:
    """A count of released images that are a real one: exact, turned, mirrored, inverted or shifted by a pixel.

    The figures name up to 1,000 of them, by image id and by the pseudonym of the real patient.
    """
    inputs.steps("comparing all released images with all real ones")
    released = inputs.released
    found = [
        image_census(released.images, real.images, inputs.steps.counted(f"comparing with the {real.name} images"))
        for real in (inputs.train, inputs.held_out)
    ]
    entries = _entries(inputs, found)
    kinds = Counter(entry["kind"] for entry in entries)
    figures = {
        "released": len(released),
        "training": len(inputs.train),
        "held_out": len(inputs.held_out),
        "equal": len(entries),
        "kinds": dict(kinds.most_common()),
        "folds": dict(Counter(entry["set"] for entry in entries).most_common()),
        "blank": found[0].blank,
        "real_blank": sum(one.real_blank for one in found),
        "list": entries[:_MOST_LISTED],
    }
    rows: list = [Census(NAME, len(entries), len(released), _words(figures))]
    if found[0].blank:
        rows.append(Remark(f"{NAME} blank", _blank_words(figures), float(found[0].blank)))
    return Answer(rows, {"census": figures})


def _entries(inputs: PrivacyInputs, found: list[ImageCensus]) -> list[dict[str, Any]]:
    """One entry for each released image that is a real one; a training image counts before a held-out one."""
    entries: dict[int, dict[str, Any]] = {}
    for one, real in zip(found, (inputs.train, inputs.held_out), strict=True):
        for equal in one.equal:
            entries.setdefault(equal.row, {
                "row": equal.row,
                "synthetic_id": str(inputs.released.image_ids[equal.row]),
                "kind": equal.kind,
                "set": real.name,
                "image_id": str(real.image_ids[equal.real]),
                "patient": str(real.patients[equal.real]),
                "fold": str(real.folds[equal.real]),
            })  # fmt: skip
    return [entries[row] for row in sorted(entries)]


def _words(figures: dict[str, Any]) -> str:
    against = f"{figures['training']:,} training and {figures['held_out']:,} held-out images"
    if not figures["equal"]:
        return (
            f"none of all {figures['released']:,} released images is one of {against}: exact, turned, mirrored, "
            "inverted or shifted by a pixel"
        )
    kinds = "; ".join(f"{count:,} {kind}" for kind, count in figures["kinds"].items())
    folds = " and ".join(f"{count:,} of them {name} images" for name, count in figures["folds"].items())
    named = [f"{_name(one)} is of patient {one['patient'] or 'unknown'}" for one in figures["list"][:_MOST_NAMED]]
    more = figures["equal"] - len(named)
    return (
        f"{figures['equal']:,} of all {figures['released']:,} released images are real images pixel for pixel, "
        f"{folds} ({kinds}): {', '.join(named)}{f', and {more:,} more' if more else ''}"
    )


def _name(entry: dict[str, Any]) -> str:
    return entry["synthetic_id"] or f"image {entry['row']}"


def _blank_words(figures: dict[str, Any]) -> str:
    return (
        f"{figures['blank']:,} released images and {figures['real_blank']:,} real ones have one grey level everywhere; "
        "such images show nobody, so they are not counted as copies of each other"
    )
