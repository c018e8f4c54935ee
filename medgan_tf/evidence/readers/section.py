"""Whether radiologists can tell real from synthetic images: the result of a reader study as blocks of a page."""

from typing import Any

import medgan_tf
from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.readers import section_card
from medgan_tf.evidence.readers.compared import compared
from medgan_tf.evidence.readers.figures import draw_result
from medgan_tf.evidence.readers.settings import KEY
from medgan_tf.evidence.report import Results
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.presentation.blocks import (
    Block,
    Cell,
    Html,
    Interval,
    Missing,
    Picture,
    PValue,
    Section,
    Table,
    bullets,
    fold,
    heading,
    paragraph,
)
from medgan_tf.presentation.cards import Card
from medgan_tf.presentation.page import html_page, section_html

TITLE = "Can radiologists tell?"
_CELLS = ("TR", "FR", "TS", "FS")
_COUNTS = (*_CELLS, "correct", "total")
_SHARES = ("accuracy", "sensitivity", "specificity")
TERMS = {
    "Readers and images like these": "If the study were done again with other readers of the same kind and other "
    "images of the same two sets, about 95 of 100 such intervals would contain the true mean. It speaks for the "
    "synthetic images of this one training. A finding for these images only says nothing about other images.",
}
_CLAIMED_MORE = "Readers are the sample and the images are fixed: the tests speak about readers, for images like these."
"""A note of version 1. Its tests speak for the images of the study only."""


_TESTS = {"binomial_p": "p (binomial)", "binomial_p_holm": "p (binomial, Holm)"}


def read(run: RunFolder, reader: LenientReader) -> dict[str, Any] | None:
    """`reader_study.json`."""
    return reader.json(run.evaluation / "reader_study.json")


def measured(result: dict[str, Any]) -> dict[str, Any]:
    """The margin of equivalence."""
    return {"reader_study.margin": (result.get("tests") or {}).get("margin")}


def hashes(result: dict[str, Any]) -> list[tuple[str, str | None]]:
    """SHA-256 of the key that says which images are real."""
    return [("reader study: key", result.get("key_sha256"))]


def card(results: Results) -> Card | None:
    """The finding for readers and images like these, in words that need no statistics."""
    return section_card.card(results)


def comparison(results: Results) -> Comparison:
    """The reader studies of several generators."""
    return compared(results)


def sections(results: Results, details: bool) -> list[Section]:
    """The reader study of each run that has one."""
    section = Section(TITLE)
    for run in results.runs:
        title = results.title_of(run)
        if KEY in run.evidence:
            section.blocks.append(heading(title))
            _add_study(section, run.evidence[KEY], f"readers-{results.stem_of(run)}", title)
        else:
            command = "medgan-tf reader-study create EXPERIMENT.yaml, then score"
            section.missing.append(Missing(title, "reader study", command))
    return [section]


def study_blocks(result: dict[str, Any], stem: str, title: str) -> list[Block]:
    """Findings, figure, tables, notes and methods. Each that cannot be made is replaced by a block that says so.

    Args:
        result: Result of `score_counts` or `score_answers`, or the content of reader_study.json.
        stem: Begins the names of the figure's and the tables' files.
        title: Begins their captions.
    """
    section = Section(title)
    _add_study(section, result, stem, title)
    return section.blocks


def _add_study(section: Section, result: dict[str, Any], stem: str, title: str) -> None:
    section.add(f"{title}: findings of the reader study", _findings, result)
    section.add(f"{title}: accuracy of each reader", _picture, result, stem, title)
    section.add(f"{title}: table of readers", _reader_table, result, stem, title)
    section.add(f"{title}: results of single answers", _answer_tables, result, stem, title)
    section.add(f"{title}: notes on the reader study", _notes, result)
    section.add(f"{title}: methods of the reader study", _methods, result)


def _findings(result: dict[str, Any]) -> list[Html]:
    first, *others = result["findings"]
    if section_card.is_older(result):
        others.insert(0, section_card.OLDER)
    return [paragraph(first, "finding"), *map(paragraph, others)]


def _picture(result: dict[str, Any], stem: str, title: str) -> Picture:
    return Picture(stem, f"{title}: accuracy of each reader against guessing", draw_result(result))


def _answer_tables(result: dict[str, Any], stem: str, title: str) -> list[Table]:
    further = _further(result)
    return [Table(f"{stem}-answers", f"{title}: results of single answers", _FURTHER, further)] if further else []


def _notes(result: dict[str, Any]) -> list[Html]:
    return [paragraph(note, "small") for note in result["notes"] if note != _CLAIMED_MORE]


def result_page(result: dict[str, Any]) -> str:
    """The result as a page of its own, HTML that needs nothing beside it."""
    title = "Reader study"
    body = section_html(Section("Result", study_blocks(result, "readers", title)))
    return html_page(title, "", body, f"Made by medgan-tf {medgan_tf.__version__}. For research. Not a medical device.")


def _reader_table(result: dict[str, Any], stem: str, title: str) -> Table:
    """The paper's table: one row per reader, mean and standard deviation below."""
    over, first = result["over_readers"], result["readers"][0]
    counts = [name for name in _COUNTS if first.get(name) is not None]
    shares = [name for name in _SHARES if name in over]
    # A result of version 1 is not corrected for the number of readers.
    tests = [name for name in _TESTS if name in first]
    rows: list[list[Cell]] = []
    for reader in result["readers"]:
        cells = [reader[name] for name in (*counts, *shares)]
        interval = Interval.of(reader["accuracy_interval"])
        rows.append([str(reader["reader"]), *cells, interval, *(PValue(reader[name]) for name in tests)])
    for word, key in (("mean", "mean"), ("standard deviation", "sd")):
        rows.append(
            [word, *(over[name][key] if name in over else "" for name in (*counts, *shares)), *[""] * (1 + len(tests))]
        )
    interval = f"{100 * (1 - result['tests']['level']):g} % interval"
    head = ["reader", *counts, *shares, interval, *(_TESTS[name] for name in tests)]
    return Table(stem, f"{title}: readers", head, rows, foot=2)


_FURTHER = ["", "value", "interval", "p"]


def _further(result: dict[str, Any]) -> list[list[Cell]]:
    """The blocks that need single answers."""
    rows: list[list[Cell]] = []
    if result.get("roc"):
        roc, area = result["roc"], "area under the ROC curve, mean of readers"
        if "readers_and_images" in roc:
            beyond = Interval.of(roc["readers_and_images"]["interval"])
            rows.append([f"{area}: for readers and images like these", roc["mean_area"], beyond, ""])
        rows.append([f"{area}: for these images only", *_value(roc, "mean_area")])
    if result.get("agreement"):
        rows.append(["agreement between these readers, Fleiss' kappa", *_value(result["agreement"], "kappa")])
    if result.get("consistency", {}).get("repeated"):
        rows.append(
            ["same answer to a repeated image (all answers as independent)", *_value(result["consistency"], "share")]
        )
    for name, text in (("seconds", "took longer"), ("position", "came later")):
        trend = result.get("trends", {}).get(name)
        if trend and trend["mean"] is not None:
            share = f"right answers {text} than wrong ones, share of pairs (exact signed-rank test over readers)"
            rows.append([share, trend["mean"], "", PValue(trend["two_sided"])])
    return rows


def _value(values: dict[str, Any], name: str) -> list[Cell]:
    return [values[name], Interval.of(values["interval"]), ""]


def _methods(result: dict[str, Any]) -> Html:
    tests = result["tests"]
    beyond = result.get("readers_and_images")
    methods = {"for readers and images like these": beyond["method"]} if beyond else {}
    methods |= {
        "for these images only: tests over readers": tests["method"],
        "for these images only: equivalence": tests["equivalence_method"],
        **result["methods"],
    }
    return fold("How this was computed", bullets([f"{name}: {text}" for name, text in methods.items()]), "small")
