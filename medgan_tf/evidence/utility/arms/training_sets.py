"""All training sets of classifiers in a report: a table of their AUCs, and the curve of mixtures."""

from medgan_tf.evidence.report import GanResults
from medgan_tf.evidence.utility.figures import mixing_figure
from medgan_tf.evidence.utility.gap_view import OLDER, gap_of, shown_interval, view_of
from medgan_tf.files.result_files import with_nan
from medgan_tf.presentation.blocks import Interval, Picture, Table, cell_text, is_number


def conditions_table(gan: GanResults) -> Table:
    """A table of all training sets of classifiers."""
    conditions = gap_of(gan)["conditions"]
    real = conditions["real"]["mean_auc"]["over_seeds"]["mean"]
    rows = []
    for entry in conditions.values():
        auc = entry["mean_auc"]
        mean = auc["over_seeds"]["mean"]
        below = real - mean if is_number(real) and is_number(mean) else None
        rows.append([entry["title"], mean, auc["over_seeds"]["sd"] if auc["over_seeds"]["n"] > 1 else "one seed",
                     shown_interval(auc), below])  # fmt: skip
    if permuted := gap_of(gan).get("permutations"):
        reach = f"all: {cell_text(Interval.of(permuted))}"
        rows.append([f"real, labels permuted ({permuted['count']} classifiers)", reach, "", "", ""])
    view = view_of(gan)
    remark = f"; {view.remark}" if view.remark else ""
    auc = "mean AUC (below 0.5 flipped)" if view.flipped else "mean AUC"
    over = "patients" if view.finding == OLDER or len(view.seeds) < 2 else "seeds and patients"
    head = ["trained on", auc, "sd over seeds", f"95% over {over}", "below real"]
    caption = (
        f"{gan.title}: baselines and mixtures; the findings in the mean have {view.patients_in_mean} positive test "
        f"patients{remark}"
    )
    return Table(f"conditions-{gan.stem}", caption, head, rows)


def mixing_pictures(gan: GanResults) -> list[Picture]:
    """Mean AUC over the share of synthetic images; nothing without mixtures."""
    if not any(name.startswith("mix_") for name in gap_of(gan)["conditions"]):
        return []
    caption = f"{gan.title}: mean AUC of classifiers trained on mixtures of real and synthetic images"
    return [Picture(f"mixing-{gan.stem}", caption, mixing_figure(with_nan(gap_of(gan))))]
