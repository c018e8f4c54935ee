"""Where the numbers come from: versions, machines, time, hashes and settings. Folders of the machine are left out."""

from html import escape
from typing import Any

import yaml

from medgan_tf.presentation.blocks import Html, Section, Table, is_number, paragraph
from medgan_tf.presentation.durations import duration
from medgan_tf.reporting.fidelity import run_title
from medgan_tf.reporting.results import Results, RunResults

_PLACES = {"root", "dataset_dir", "private_dir", "output", "header_cache", "weights"}
_HIDDEN = "(left out)"


def provenance_section(results: Results) -> Section:
    """Tables of runs and hashes, and the settings of each GAN."""
    section = Section("Where the numbers come from")
    rows = [_run_row(run_title(results, run), run) for run in results.runs]
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
              [row for run in results.runs for row in _hashes(run_title(results, run), run)]),
    ]  # fmt: skip
    for gan in results.gans:
        config = gan.runs[0].config
        if config:
            text = yaml.safe_dump(without_places(config), sort_keys=False, allow_unicode=True)
            section.blocks.append(
                Html(f"<details><summary>Settings of {escape(gan.title)}</summary><pre>{escape(text)}</pre></details>")
            )
    return section


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
    """Sum over ticks, restarts included as far as they were kept."""
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


def _hashes(title: str, run: RunResults) -> list[list[str]]:
    found: list[tuple[str, Any]] = []
    for name, result in (
        ("real-trained classifier", run.real_classifier),
        ("synthetic-trained classifier", run.classifier),
    ):
        if result:
            found += [(f"{name}: {key.removesuffix('_sha256')}", result.get(key))
                      for key in ("weights_sha256", "predictions_sha256")]  # fmt: skip
            found += [(f"{name}: {kind} images", value) for kind, value in result.get("inputs_sha256", {}).items()]
    for name, result in run.fidelity.items():
        found.append((f"fidelity, features of {name}", result["extractor"].get("weights_sha256")))
        found += [
            (f"fidelity, {name}: {kind.replace('_', '-')} images", result[kind].get("sha256"))
            for kind in ("real", "held_out", "synthetic")
        ]
    if run.privacy:
        found += [
            (f"privacy: {kind} images", run.privacy[kind].get("sha256")) for kind in ("train", "held_out", "synthetic")
        ]
    if run.reader_study:
        found += [("reader study: key", run.reader_study.get("key_sha256"))]
    return [[title, what, str(value)] for what, value in found if value]
