"""Where the numbers come from: versions, machines, time, hashes and settings. Folders of the machine are left out."""

from collections.abc import Sequence
from html import escape
from typing import Any

from medgan_tf.evidence.report import Results, RunResults
from medgan_tf.files.yaml_text import dump_yaml
from medgan_tf.presentation.blocks import Html, Section, Table, fold, is_number, paragraph
from medgan_tf.presentation.durations import duration
from medgan_tf.reporting.origins import origin_tables
from medgan_tf.reporting.rooms import Room

_PLACES = {
    "root",
    "dataset_dir",
    "private_dir",
    "output",
    "header_cache",
    "weights",
    "folder",
    "csv",
    "trained_on_ids",
    "tracking_uri",
}
_HIDDEN = "(left out)"


def provenance_section(results: Results, rooms: Sequence[Room]) -> Section:
    """Tables of runs and hashes, and the settings of each GAN."""
    section = Section("Where the numbers come from")
    rows, hashes = [], []
    for run in results.runs:
        title = results.title_of(run)
        row = section.tried(f"{title}: work, time and versions", _run_row, title, run)
        rows += [] if row is None else [row]
        hashes += section.tried(f"{title}: hashes", _hashes, results, run, rooms) or []
    head = [
        "run",
        "images shown",
        "training",
        "device hours",
        "images/s",
        "other stages",
        "medgan-tf",
        "TensorFlow",
        "Python",
        "devices",
        "revision",
    ]
    section.blocks += [
        Table("runs", "Runs: work, time and versions", head, rows),
        paragraph(
            "Times are wall times on the devices named; a device hour is a training hour times the devices. Energy is "
            "not measured.",
            "small",
        ),
        Table("hashes", "SHA-256 of what the results were computed from", ["run", "what", "SHA-256"],
              hashes),
    ]  # fmt: skip
    section.add("generators from elsewhere", origin_tables, results)
    for gan in results.gans:
        config = gan.runs[0].config
        if config:
            # Settings of the other seeds may differ.
            title = results.title_of(gan.runs[0])
            section.add(f"Settings of {gan.title}", _settings, f"{gan.title}: {title}", config)
    return section


def _settings(title: str, config: dict[str, Any]) -> Html:
    text = dump_yaml(without_places(config))
    return fold(f"Settings of {title}", Html(f"<pre>{escape(text)}</pre>"))


def without_places(value: Any, key: str = "") -> Any:
    """Settings without folders and files of this machine."""
    if isinstance(value, dict):
        return {name: without_places(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [without_places(item) for item in value]
    if isinstance(value, str) and ("/" in value or "\\" in value or key in _PLACES - {"weights"}):
        return _HIDDEN
    return value


def training_seconds(run: RunResults) -> float:
    """Seconds of all ticks, those of earlier starts included if their lines were kept."""
    return sum(line["seconds"] for line in run.metrics if is_number(line.get("seconds")))


def _run_row(title: str, run: RunResults) -> list[Any]:
    environment = run.environment or {}
    packages = environment.get("packages", {})
    seconds = training_seconds(run)
    seen = run.metrics[-1].get("images_seen") if run.metrics else None
    others = sum(record.get("seconds", 0) for name, record in run.stages.items() if name != "train")
    devices, precision = environment.get("devices", []), environment.get("precision")
    revision = str(environment.get("git_revision") or "unknown")
    return [
        title,
        f"{seen:,}" if is_number(seen) else "none",
        duration(seconds) if seconds else "none",
        f"{seconds * max(1, len(devices)) / 3600:.3g}" if seconds else "none",
        f"{seen / seconds:,.0f}" if seconds and is_number(seen) else "none",
        duration(others) if others else "not recorded",
        str(environment.get("medgan_tf", "unknown")),
        str(packages.get("tensorflow", "unknown")),
        str(environment.get("python", "unknown")),
        ", ".join([*devices, *([precision] if precision else [])]) if devices else "unknown",
        revision[:10],
    ]


def _hashes(results: Results, run: RunResults, rooms: Sequence[Room]) -> list[list[str]]:
    found = [pair for room in rooms if room.key in run.evidence for pair in room.hashes(run.evidence[room.key])]
    return [[results.title_of(run), what, str(value)] for what, value in found if value]
