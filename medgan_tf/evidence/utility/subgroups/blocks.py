"""The report's part on groups of patients and on what the training sets are made of."""

from dataclasses import replace

from medgan_tf.evidence.report import GanResults
from medgan_tf.evidence.utility.gap_view import gap_of
from medgan_tf.evidence.utility.subgroups.figures import forest_figure
from medgan_tf.evidence.utility.subgroups.table import group_tables
from medgan_tf.evidence.utility.subgroups.words import prevalence_sentences, subgroup_sentences
from medgan_tf.presentation.blocks import Block, Picture, Table, heading, paragraph

_CAPTIONS = {
    "groups": "gap by group of real test patients, as a mean over labels. A label counts in a group with at least five "
    "patients with and without it; where the mean of these would have no interval, with fifteen. Effective patients: "
    "patients of the rarer class of one label that is as certain",
    "groups-by-label": "gap by group and label",
    "group-differences": "difference of AUC between groups after training on real and on synthetic images, and its "
    "change",
    "prevalence": "shares of the training images",
}


def group_blocks(gan: GanResults, stem: str) -> list[Block]:
    """Tables, forest plot and sentences; nothing for results of earlier versions.

    Args:
        gan: The GAN, over all its seeds.
        stem: The beginning of file names.
    """
    gap = gap_of(gan)
    if not gap or "subgroups" not in gap:
        return []
    tables = {name: _titled(table, name, stem, gan.title) for name, table in group_tables(gap).items()}
    found: list[Block] = [heading(f"{gan.title}: groups of patients")]
    found += [tables[name] for name in ("groups", "group-differences", "groups-by-label") if name in tables]
    if gap["subgroups"]["missing"] is None:
        caption = f"{gan.title}: gaps by group, and changes of the differences between groups, over all seeds"
        found.append(Picture(f"groups-{stem}", caption, forest_figure(gap["subgroups"])))
    found.append(paragraph(" ".join(subgroup_sentences(gap["subgroups"]))))
    found += [tables["prevalence"]] if "prevalence" in tables else []
    return [*found, paragraph(" ".join(prevalence_sentences(gap["prevalence"])))]


def _titled(table: Table, name: str, stem: str, title: str) -> Table:
    # Rows of every label of every group would bury the page; they are in the CSV file.
    shown = name != "groups-by-label"
    return replace(table, name=f"{name}-{stem}", caption=f"{title}: {_CAPTIONS[name]}", shown=shown)
