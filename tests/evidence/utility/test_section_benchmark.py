"""Tests between settings of a benchmark: p-values by hand, corrected over all comparisons of the page."""

import pytest
from report_pages import numbers, page_of, table_of
from result_files import experiment_folder


def test_all_comparisons_of_the_page_are_corrected_together(tmp_path):
    """One GAN, two datasets: two comparisons. Three gaps each, so the smallest p of the U test is 1/20."""
    for dataset, few, many in (("one", 0.01, 0.05), ("two", 0.02, 0.021)):
        for classes, gap in ((2, few), (6, many)):
            folder = tmp_path / "runs" / f"{dataset}_classes_{classes}"
            experiment_folder(folder, gaps=(gap - 0.01, gap, gap + 0.01))
    found, report = page_of(tmp_path / "runs", tmp_path / "out")
    head, rows = table_of(report, "tests-one-classes")
    [row] = rows.values()
    values = dict(zip(head[1:], row, strict=True))
    assert numbers([values["gap of first"], values["gap of second"]]) == pytest.approx([0.01, 0.05])
    assert float(values["U test p"]) == pytest.approx(1 / 20)
    assert float(values["U test p Holm"]) == pytest.approx(2 / 20)
    _, rows = table_of(report, "tests-two-classes")
    [row] = rows.values()
    other = dict(zip(head[1:], row, strict=True))
    # 0.01, 0.02, 0.03 against 0.011, 0.021, 0.031: U = 3; of 20 choices 7 have at most 3 (1 + 1 + 2 + 3).
    assert float(other["U test p"]) == pytest.approx(7 / 20)
    assert float(other["U test p Holm"]) == pytest.approx(7 / 20)
    assert (
        "(S.5; its p: exact)" in found.text
        and "corrected for the 2 comparisons of this page" in found.text
        and "not corrected" not in found.text
    )
