"""Errors of the exact rank tests with few repeats and ties: values are rounded, so that some are equal."""

from medgan_tf.metrics.group_tests import mann_whitney, wilcoxon
from medgan_tf.metrics.streams import stream
from medgan_tf.simulations.row import ERROR, Row

REPEATS = (3, 4, 5, 6, 7, 8)
ALPHA = 0.05


def simulate(draws: int, seed: int) -> list[Row]:
    """Values without a difference, rounded to one decimal."""
    rows = []
    for repeats in REPEATS:
        random = stream(seed, f"simulated rank tests {repeats}")
        signed = ranks = 0
        for _ in range(draws):
            differences = random.normal(size=repeats).round(1)
            signed += bool(wilcoxon(differences, "greater").p < ALPHA)
            first, second = random.normal(size=(2, repeats)).round(1)
            ranks += bool(mann_whitney(first, second, "less").p < ALPHA)
        rows.append(Row(f"Wilcoxon, {repeats} pairs", "no difference", ERROR, signed, draws))
        rows.append(Row(f"Mann-Whitney, {repeats} against {repeats}", "no difference", ERROR, ranks, draws))
    return rows
