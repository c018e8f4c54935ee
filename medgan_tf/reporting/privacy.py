"""What the data gives away: the audit's verdicts, by question and run. No image and no pseudonym of it is shown."""

from typing import Any

from medgan_tf.evidence.privacy.verdict_figure import drawn, verdict_figure
from medgan_tf.evidence.privacy.verdicts import verdict_title
from medgan_tf.presentation.blocks import (
    Interval,
    Missing,
    Picture,
    Section,
    Table,
    bullets,
    heading,
    paragraph,
)
from medgan_tf.reporting.fidelity import run_title
from medgan_tf.reporting.results import Results, RunResults

_WORDS = {"pass": "within the limit", "fail": "LIMIT BROKEN", "caution": "caution", "not run": "NOT RUN"}


def privacy_section(results: Results, details: bool) -> Section:
    """Every question with its answer, n, interval and limit."""
    section = Section("What the data gives away")
    section.blocks.append(
        paragraph(
            "Each question is asked with a control: real images of patients whom the generator has not seen. A limit "
            "counts as broken when the whole interval lies beyond it. Planted copies of training images show what the "
            "search for copies would have found."
        )
    )
    for run in results.runs:
        title = run_title(results, run)
        if not run.privacy:
            section.missing.append(Missing(title, "privacy audit", "medgan-tf privacy EXPERIMENT.yaml"))
        elif details:
            _run_blocks(section, title, run)
        if not run.neighbours:
            section.missing.append(Missing(title, "nearest neighbours", "medgan-tf neighbours EXPERIMENT.yaml"))
    audited = [run for run in results.runs if run.privacy]
    if len(audited) > 1:
        section.blocks.insert(1, _overview(results, audited))
    return section


def _run_blocks(section: Section, title: str, run: RunResults) -> None:
    privacy, stem = run.privacy, title.replace("/", "-")
    section.blocks += [
        heading(title),
        paragraph(
            f"{privacy['synthetic_used']:,} synthetic images; {privacy['train']['images']:,} training images"
            f"{_of_patients(privacy['train'])}; {privacy['held_out']['images']:,} held-out images"
            f"{_of_patients(privacy['held_out'])}; features of {privacy['extractor']['name']}."
        ),
        _verdict_table(privacy, f"privacy-{stem}", title),
    ]
    if drawn(privacy["verdicts"]):
        caption = f"{title}: value and interval of each question; limits as black ticks"
        section.blocks.append(Picture(f"privacy-{stem}", caption, verdict_figure(privacy["verdicts"])))
    if privacy.get("planted"):
        section.blocks.append(_planted_table(privacy, f"planted-{stem}", title))
    if privacy.get("combinations"):
        section.blocks.append(_combination_table(privacy, f"privacy-combinations-{stem}", title))
    if run.neighbours:
        section.blocks.append(_neighbour_table(run.neighbours, f"neighbours-{stem}", title))
    section.blocks.append(bullets(privacy["notes"]))


def _of_patients(images: dict[str, Any]) -> str:
    return f" of {images['patients']:,} patients" if images["patients"] else ""


def _verdict_table(privacy: dict[str, Any], stem: str, title: str) -> Table:
    rows = [
        [
            verdict["question"] + (" (by patient)" if verdict["name"].endswith(" patient") else ""),
            _WORDS[verdict["status"]],
            verdict["value"] if verdict["interval"] else "",
            Interval.of(verdict["interval"]) if verdict["interval"] else "",
            verdict["limit"] if verdict["limit"] is not None else "",
            verdict["words"],
        ]
        for verdict in privacy["verdicts"]
    ]
    level = f"{privacy['settings']['level']:.0%} interval"
    head = ["question", "verdict", "value", level, "limit", "found"]
    return Table(stem, f"{title}: privacy audit", head, rows)


def _planted_table(privacy: dict[str, Any], stem: str, title: str) -> Table:
    rows = [[name, one["planted"], one["found"], one["share"], Interval.of(one["interval"])]
            for name, one in privacy["planted"].items()]  # fmt: skip
    head = ["planted copies", "planted", "found", "share", "interval"]
    return Table(stem, f"{title}: what the search for copies finds", head, rows)


def _combination_table(privacy: dict[str, Any], stem: str, title: str) -> Table:
    few, enough = privacy["settings"]["few_images"], privacy["settings"]["enough_images"]
    words = {
        "memorises": f"below {few:,}: memorisation in the paper",
        "between": f"{few:,} to {enough:,}",
        "enough": f"{enough:,} or more",
    }
    rows = [
        [
            row["labels"].replace("|", ", ") or "none",
            row["train_images"],
            words[row["guidance"]],
            row.get("suspected_share"),
            row.get("distance_auc"),
            Interval.of(row.get("distance_interval")),
        ]
        for row in privacy["combinations"]
    ]
    head = ["label combination", "training images", "guidance", "suspected copies", "distance attack AUC", "interval"]
    return Table(stem, f"{title}: by label combination, fewest images first", head, rows)


def _neighbour_table(neighbours: dict[str, Any], stem: str, title: str) -> Table:
    names = {"train": "training images", "held_out": "held-out patients"}
    rows = [
        [names.get(name, name.replace("_", " ").replace("train part", "training images, part")),
         *(found[quantile] for quantile in ("5%", "50%", "95%"))]
        for name, found in neighbours["nearest_distance"].items()
    ]  # fmt: skip
    head = ["nearest real image among", "5 %", "median", "95 %"]
    caption = f"{title}: {neighbours['distance']} distance of synthetic images to the nearest real image"
    return Table(stem, caption, head, rows, digits=4)


def _overview(results: Results, runs: list[RunResults]) -> Table:
    rows = []
    for run in runs:
        statuses = [verdict["status"] for verdict in run.privacy["verdicts"]]
        broken = [verdict_title(v["name"]) for v in run.privacy["verdicts"] if v["status"] == "fail"]
        counts = [statuses.count(status) for status in ("pass", "fail", "caution", "not run")]
        rows.append([run_title(results, run), *counts, ", ".join(broken) or "none"])
    head = ["run", "within the limit", "broken", "caution", "not run", "limits broken"]
    return Table("privacy-runs", "Privacy audits of all runs", head, rows)
