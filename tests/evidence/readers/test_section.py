"""The reader study as blocks of a page: what it shows of which number."""

import csv
import io
from html import escape

import pytest
from study_parts import make_study, simulate

from medgan_tf.evidence.readers.answers import collect_answers
from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.measure import score_answers, score_counts
from medgan_tf.evidence.readers.section import result_page, study_blocks
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.presentation.blocks import Picture, Table


def scored(*readers):
    return score_counts([ReaderCounts(*reader) for reader in readers], ReaderStudyConfig())


def test_readers_stand_over_their_mean_and_spread():
    """45 and 55 of 100 right: mean 0.5, standard deviation 0.05 * sqrt(2)."""
    blocks = study_blocks(scored(("R01", 45, 100), ("R02", 55, 100)), "readers-run", "run")
    [table] = [block for block in blocks if isinstance(block, Table)]
    assert (table.name, table.caption, table.foot) == ("readers-run", "run: readers", 2)
    head, *rows = csv.reader(io.StringIO(table.csv()))
    interval = ["95 % interval low", "95 % interval high"]
    assert head == ["reader", "correct", "total", "accuracy", *interval, "p (binomial)", "p (binomial, Holm)"]
    assert [row[:4] for row in rows] == [
        ["R01", "45", "100", "0.45"],
        ["R02", "55", "100", "0.55"],
        ["mean", "", "", "0.5"],
        ["standard deviation", "", "", rows[3][3]],
    ]
    assert float(rows[3][3]) == pytest.approx(0.0707107)
    assert [float(value) for value in rows[0][4:]] == pytest.approx([0.3503, 0.5527, 0.3682, 0.7364], abs=1e-4)
    [picture] = [block for block in blocks if isinstance(block, Picture)]
    assert picture.caption == "run: accuracy of each reader against guessing"


def test_the_page_says_what_the_tests_say_and_how():
    result = scored(("R01", 45, 100), ("R02", 55, 100))
    page = result_page(result)
    assert f"<p class='finding'>{result['findings'][0]}</p>" in page and escape(result["notes"][0]) in page
    assert "<summary>How this was computed</summary>" in page and "data:image/svg+xml;base64," in page
    assert "<script" not in page and 'src="http' not in page


def test_texts_are_escaped():
    page = result_page(scored(("<b>x</b>", 45, 100)))
    assert "<b>x</b>" not in page and "&lt;b&gt;x&lt;/b&gt;" in page


def older():
    """A result as version 1 wrote it: it claims images like these."""
    result = scored(("R01", 30, 100), ("R02", 35, 100))
    readers = [
        {name: value for name, value in reader.items() if name != "binomial_p_holm"} for reader in result["readers"]
    ]
    claim = "Readers are the sample and the images are fixed: the tests speak about readers, for images like these."
    kept = {name: value for name, value in result.items() if name != "readers_and_images"}
    return kept | {"readers": readers, "notes": [claim, "Another note."], "format_version": 1}


def test_results_of_version_1_are_shown_and_claim_no_more_than_they_can():
    page = result_page(older())
    assert "<p>Scored by an earlier version, whose tests take the images as fixed" in page
    assert "for images like these" not in page and "Another note." in page
    assert "p (binomial)" in page and "p (binomial, Holm)" not in page


def test_the_mean_area_has_an_interval_for_images_like_these_and_one_for_these_only(tmp_path):
    make_study(tmp_path, images=40)
    key = simulate(tmp_path, [0.7] * 5)
    result = score_answers(collect_answers([tmp_path / "answers"], key), key, ReaderStudyConfig())
    [table] = [block for block in study_blocks(result, "run", "run") if getattr(block, "name", "") == "run-answers"]
    rows = {row[0]: row for row in table.rows}
    wide, narrow = (
        rows[f"area under the ROC curve, mean of readers: for {whom}"][2]
        for whom in ("readers and images like these", "these images only")
    )
    assert [wide.low, wide.high] == result["roc"]["readers_and_images"]["interval"]
    assert [narrow.low, narrow.high] == result["roc"]["interval"]
    assert "for readers and images like these: readers and images are both samples" in result_page(result)
