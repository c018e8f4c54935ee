"""The audit's verdicts, by question and run. No image and no pseudonym of one is shown."""

from pathlib import Path
from typing import Any

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.privacy import section_card
from medgan_tf.evidence.privacy.annex.link import annex_link
from medgan_tf.evidence.privacy.compared import compared
from medgan_tf.evidence.privacy.earlier import as_current, has_verdicts
from medgan_tf.evidence.privacy.figures import drawn, verdict_figure
from medgan_tf.evidence.privacy.guarantee.blocks import add_guarantee, epsilon_cell, unit_cell
from medgan_tf.evidence.privacy.guarantee.card import guarantee_card, private_runs
from medgan_tf.evidence.privacy.questions import verdict_title
from medgan_tf.evidence.privacy.section_findings import memorisation
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.privacy.several import judged_together, together_sentence
from medgan_tf.evidence.privacy.verdicts import BROKEN, CAUTION, HOLDS, NOT_RUN, NOTED, UNDECIDED
from medgan_tf.evidence.report import FINDINGS, GridColumns, Results, RunResults
from medgan_tf.features.comparable import incomparable
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import (
    Html,
    Interval,
    Missing,
    Picture,
    Section,
    Table,
    bullets,
    heading,
    paragraph,
)
from medgan_tf.presentation.cards import Card

TITLE = "What the data gives away"
TERMS = {
    "Membership attack": "Somebody has an image of a patient and wants to know whether it was in the training set. An "
    "AUC of 0.5 is guessing. An attack that fails does not show that every other one would.",
    "Planted copies": "Training images slipped into the synthetic set, as they are or slightly changed, as a test of "
    "the search: the share that it finds is its power to find such copies. Other changes may escape it.",
    "Limit": "A limit holds when the whole interval lies within it. It is broken when the value lies beyond it by more "
    "than chance explains, with all limits of the audit taken into account. In between it is undecided: the images or "
    "patients are too few to say. Undecided is not safe.",
}
_INTRODUCTION = (
    "Attacks and searches are made with a control: real images of patients whom the generator has not seen. A limit "
    "holds, is broken, or is undecided. Only an audit in which all limits hold speaks for a release. Planted copies of "
    "training images show which kinds of copies the search would have found."
)
_WORDS = {
    HOLDS: "holds",
    BROKEN: "LIMIT BROKEN",
    UNDECIDED: "undecided",
    CAUTION: "caution",
    NOTED: "no caution",
    NOT_RUN: "NOT RUN",
}


_GATE = {
    HOLDS: "All limits hold.",
    BROKEN: "A limit is broken.",
    UNDECIDED: "No limit is broken, and not all of them hold.",
}


def read(run: RunFolder, reader: LenientReader) -> dict[str, Any] | None:
    """`privacy.json` in the present format. One without verdicts is damaged: it must not look like a good one."""
    path = run.evaluation / "privacy.json"
    found = reader.json(path)
    if found is not None and not has_verdicts(found):
        reader.damaged(path)
        return None
    return as_current(found) if found is not None else None


def hashes(result: dict[str, Any]) -> list[tuple[str, str | None]]:
    """SHA-256 of the three sets of images."""
    return [(f"privacy: {kind} images", result[kind].get("sha256")) for kind in ("train", "held_out", "synthetic")]


def pictures(run: RunFolder) -> list[tuple[str, Path]]:
    """The most suspicious pairs."""
    return [("Suspected copies and the training images they resemble", run.evaluation / "copies.png")]


def card(results: Results) -> list[Card]:
    """The card of what the data gives away, in words that need no statistics, and that of what is guaranteed."""
    guaranteed = guarantee_card(results)
    return [*([guaranteed] if guaranteed else []), section_card.card(results)]


def grid_columns(results: Results) -> GridColumns:
    """Columns with the number of audits of a setting that broke a limit, and epsilon where a training was private."""
    audits = [[run.evidence[KEY] for run in gan.runs if KEY in run.evidence] for gan in results.gans]
    together = iter(judged_together([one for own in audits for one in own]))
    rows = [[_limits([next(together) for _ in own])] for own in audits]
    if not private_runs(results):
        return GridColumns(["privacy"], rows)
    cells = [[epsilon_cell(gan), unit_cell(gan)] for gan in results.gans]
    remark = "Epsilon: the largest over seeds, of one training each"
    return GridColumns(["epsilon", "for", "privacy"], [[*a, *b] for a, b in zip(cells, rows, strict=True)], [remark])


def grid_sections(results: Results) -> list[Section]:
    """Memorisation by number of training images."""
    return [Section(FINDINGS, *memorisation(results))]


def comparison(results: Results) -> Comparison:
    """The verdicts of several generators."""
    return compared(results)


def sections(results: Results, details: bool) -> list[Section]:
    """Every question with its answer, n, interval and limit."""
    section = Section(TITLE)
    section.tried("what is guaranteed", add_guarantee, section, results, details)
    section.blocks.append(paragraph(_INTRODUCTION))
    audited = [run for run in results.runs if KEY in run.evidence]
    if len(audited) > 1:
        section.blocks.append(paragraph(together_sentence(len(audited))))
        section.add("Privacy audits of all runs", _overview, results, audited)
    for run in results.runs:
        if KEY not in run.evidence:
            what = "privacy audit"
            section.missing.append(Missing(results.title_of(run), what, "medgan-tf privacy EXPERIMENT.yaml"))
        elif details:
            _add_run(section, results.title_of(run), results.stem_of(run), run.evidence[KEY])
    return [section]


def _limits(audits: list[dict[str, Any]]) -> str:
    if not audits:
        return "not measured"
    states = [{verdict["status"] for verdict in audit["verdicts"]} for audit in audits]
    of = f"{len(audits)} audit{'' if len(audits) == 1 else 's'}"
    broken, undecided, unanswered = (sum(one in found for found in states) for one in (BROKEN, UNDECIDED, NOT_RUN))
    if broken:
        words = f"limits broken in {broken} of {of}"
    elif undecided:
        words = f"limits undecided in {undecided} of {of}, broken in none"
    else:
        words = f"all limits hold in {of}"
    return f"{words}, questions open in {unanswered}" if unanswered else words


def _add_run(section: Section, title: str, stem: str, privacy: dict[str, Any]) -> None:
    section.blocks.append(heading(title))
    section.add(f"{title}: annex of the privacy audit", annex_link, privacy, stem, title)
    section.add(f"{title}: numbers of images of the privacy audit", _numbers, privacy)
    if gate := privacy.get("gate"):
        section.blocks.append(paragraph(f"{_GATE[gate['answer']]} How sure is that? {_sentence(gate['error'])}"))
    section.add(f"{title}: privacy audit", _verdict_table, privacy, f"privacy-{stem}", title)
    section.add(f"{title}: figure of the privacy audit", _picture, privacy, f"privacy-{stem}", title)
    if privacy.get("planted"):
        section.add(f"{title}: planted copies", _planted_table, privacy, f"planted-{stem}", title)
    if privacy.get("combinations"):
        what = f"{title}: privacy by label combination"
        section.add(what, _combination_table, privacy, f"privacy-combinations-{stem}", title)
    section.add(f"{title}: notes on the privacy audit", lambda: bullets(_notes(privacy)))


def _notes(privacy: dict[str, Any]) -> list[str]:
    """The notes of the audit. One of an earlier version does not say that its features are for smoke runs."""
    return list(dict.fromkeys([*privacy["notes"], *incomparable(privacy["extractor"])]))


def _numbers(privacy: dict[str, Any]) -> Html:
    return paragraph(
        f"{privacy['synthetic_used']:,} synthetic images; {privacy['train']['images']:,} training images"
        f"{_of_patients(privacy['train'])}; {privacy['held_out']['images']:,} held-out images"
        f"{_of_patients(privacy['held_out'])}; features of {privacy['extractor']['name']}."
    )


def _picture(privacy: dict[str, Any], stem: str, title: str) -> list[Picture]:
    if not drawn(privacy["verdicts"]):
        return []
    caption = f"{title}: value and interval of each question; limits as black ticks"
    return [Picture(stem, caption, verdict_figure(privacy["verdicts"]))]


def _of_patients(images: dict[str, Any]) -> str:
    return f" of {images['patients']:,} patients" if images["patients"] else ""


def _verdict_table(privacy: dict[str, Any], stem: str, title: str) -> Table:
    rows = [
        [
            verdict["question"] + (" (by patient)" if verdict["name"].endswith(" patient") else ""),
            _WORDS[verdict["status"]],
            verdict["value"] if verdict["interval"] or verdict.get("count") is not None else "",
            Interval.of(verdict["interval"]) if verdict["interval"] else "",
            verdict["limit"] if verdict["limit"] is not None else "",
            verdict["words"],
            verdict["missing"],
        ]
        for verdict in privacy["verdicts"]
    ]
    head = ["question", "verdict", "value", _interval_title(privacy), "limit", "found", "what would decide it"]
    return Table(stem, f"{title}: privacy audit", head, rows)


def _interval_title(privacy: dict[str, Any]) -> str:
    """The name of the column of intervals: one-sided limits; of an earlier version two-sided."""
    level = f"{privacy['settings']['level']:.0%}"
    return f"{level} limits, each on one side" if "gate" in privacy else f"{level} interval"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


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


def _overview(results: Results, runs: list[RunResults]) -> Table:
    rows = []
    for run, audit in zip(runs, judged_together([run.evidence[KEY] for run in runs]), strict=True):
        verdicts = audit["verdicts"]
        statuses = [verdict["status"] for verdict in verdicts]
        broken = [verdict_title(verdict["name"]) for verdict in verdicts if verdict["status"] == BROKEN]
        counts = [statuses.count(status) for status in (HOLDS, BROKEN, UNDECIDED, CAUTION, NOT_RUN)]
        rows.append([results.title_of(run), *counts, "; ".join(broken) or "none"])
    head = ["run", "hold", "broken", "undecided", "caution", "not run", "limits broken"]
    return Table("privacy-runs", "Privacy audits of all runs", head, rows)
