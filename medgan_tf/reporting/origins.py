"""Whose the generators from elsewhere are, and what is known of their training: for the top of a report and its end."""

from collections.abc import Iterator
from typing import Any

from medgan_tf.evidence.report import Results
from medgan_tf.presentation.blocks import Table

_TRAINED_ON = {
    "unknown": "nobody says what it was trained on, so attacks on membership have no answer",
    "other": "it was trained on patients who are not in this dataset",
    "ids": "the images that it was trained on are listed",
}
_HASH = "it was trained on the training fold of this dataset (hash {0:.12}...), as its owner states"


def origin_remarks(results: Results) -> list[str]:
    """Sentences about each generator from elsewhere, each once."""
    found: dict[str, None] = {}
    for gan in results.gans:
        for run in gan.runs:
            if run.origin is not None:
                found |= dict.fromkeys(f"{gan.title}: {sentence}" for sentence in _sentences(run.origin))
    return list(found)


def origin_tables(results: Results) -> list[Table]:
    """One row for each run with images from elsewhere; none without any."""
    rows = [
        [
            results.title_of(run),
            *(str(run.origin.get(name, "unknown")) for name in ("owner", "version", "trained_on")),
            "drawn here" if run.origin.get("drawn_folds") else "given",
            ", ".join(map(str, run.origin.get("accepted") or [])) or "none",
            str(run.origin.get("content_sha256", "unknown")),
        ]
        for run in results.runs
        if run.origin is not None
    ]
    head = ["run", "owner", "version", "trained on", "folds", "accepted faults", "SHA-256 of images and labels"]
    return [Table("origins", "Generators from elsewhere, as their owners state", head, rows)] if rows else []


def _sentences(origin: dict[str, Any]) -> Iterator[str]:
    trained_on = str(origin.get("trained_on", "unknown"))
    words = _TRAINED_ON.get(trained_on) or _HASH.format(trained_on)
    yield f"owner {origin.get('owner', 'unknown')}, version {origin.get('version', 'unknown')}; {words}"
    if origin.get("one_set"):
        yield "all seeds have the same images: they say nothing about how trainings of the generator differ"
    for name in origin.get("accepted") or []:
        yield f"the check {name} finds the images wrong, and they were imported all the same"
    for check in origin.get("checks") or []:
        if isinstance(check, dict) and check.get("status") == "undecided":
            yield f"the check {check.get('name')} is undecided: {check.get('words')}"
    for note in origin.get("notes") or []:
        yield str(note).removeprefix("warning: ")
