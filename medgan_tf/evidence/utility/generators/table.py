"""The paper's tests between two generators of one experiment, as a table."""

from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.evidence.utility.gap_view import gap_of, view_of
from medgan_tf.evidence.utility.measure_comparison import compare_gaps, rank_test_words
from medgan_tf.presentation.blocks import PValue, Table


def compared_pairs(results: Results) -> list[tuple[GanResults, GanResults]]:
    """Pairs of GANs of one experiment, of which it is asked whether the first one's gap is smaller."""
    found = []
    for name in dict.fromkeys(gan.experiment for gan in results.gans):
        gans = [gan for gan in results.gans if gan.experiment == name and gap_of(gan)]
        found += [(first, second) for number, first in enumerate(gans) for second in gans[number + 1 :]]
    return found


def comparison_table(first: GanResults, second: GanResults) -> Table:
    """The paper's one-sided Mann-Whitney U test and the paired test, for the mean and each label."""
    gaps = [gap_of(gan) for gan in (first, second)]
    found = compare_gaps(*gaps)
    rows = [
        [name, entry["first"]["mean"], entry["second"]["mean"], entry["difference"],
         *(PValue(entry[test].get("p_holm", entry[test]["p"])) for test in ("mann_whitney", "paired_t"))]
        for name, entry in [*found["labels"].items(), ("mean", found["mean"])]
    ]  # fmt: skip
    head = ["finding", "gap of first", "gap of second", "difference", "U test p", "paired t p"]
    counts = " and ".join(str(len(gap["seeds"])) for gap in gaps) + " seeds"
    found_remarks = [view_of(gan).remark for gan in (first, second)]
    remarks = [f"; {remark}" if remark else "" for remark in found_remarks]
    caption = (
        f"First: {first.title}{remarks[0]}. Second: {second.title}{remarks[1]}. {counts}; one-sided, the gap of the "
        f"first is smaller; U test {rank_test_words(found) or 'undefined'}; p of findings corrected by Holm"
    )
    stem = f"comparison-{first.stem}-{second.stem}"
    return Table(stem, caption, head, rows, foot=1)
