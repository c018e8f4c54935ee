"""The tables by group for the terminal, and as tables for files."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.evidence.utility.subgroups.rows import (
    GROUP_HEAD,
    LABEL_HEAD,
    PAIR_HEAD,
    SHARE_HEAD,
    Row,
    group_rows,
    label_rows,
    pair_rows,
    share_rows,
)
from medgan_tf.evidence.utility.subgroups.words import prevalence_sentences, subgroup_sentences
from medgan_tf.presentation.blocks import Table, cell_text
from medgan_tf.presentation.text_table import text_table


def group_lines(gap: dict[str, Any], by_label: bool = False) -> list[str]:
    """Lines for the terminal on groups and training sets.

    Args:
        gap: Content of `gap.json`.
        by_label: Whether every label of every group has a row too.
    """
    subgroups, prevalence, lines = gap["subgroups"], gap["prevalence"], []
    if subgroups["missing"] is None:
        lines += ["", *_lines(GROUP_HEAD, group_rows(subgroups))]
        if pairs := pair_rows(subgroups):
            lines += ["", *_lines(PAIR_HEAD, pairs)]
        if by_label:
            lines += ["", *_lines(LABEL_HEAD, label_rows(subgroups))]
    if prevalence["missing"] is None and (by_label or prevalence["differ"]):
        lines += ["", *_lines(SHARE_HEAD, share_rows(prevalence))]
    return [*lines, "", *subgroup_sentences(subgroups), *prevalence_sentences(prevalence)]


def _lines(head: Sequence[str], rows: Sequence[Row]) -> list[str]:
    return text_table([list(head), *([cell_text(cell) for cell in row] for row in rows)])


def group_tables(gap: dict[str, Any]) -> dict[str, Table]:
    """The tables by file name; none where they were not measured."""
    subgroups, prevalence, tables = gap["subgroups"], gap["prevalence"], {}
    if subgroups["missing"] is None:
        tables["groups"] = Table("groups", "", GROUP_HEAD, group_rows(subgroups))
        tables["groups-by-label"] = Table("groups-by-label", "", LABEL_HEAD, label_rows(subgroups))
        tables["group-differences"] = Table("group-differences", "", PAIR_HEAD, pair_rows(subgroups))
    if prevalence["missing"] is None:
        tables["prevalence"] = Table("prevalence", "", SHARE_HEAD, share_rows(prevalence))
    return tables
