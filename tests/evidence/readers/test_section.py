"""The reader study as blocks of a page: what it shows of which number."""

import csv
import io

import pytest

from medgan_tf.evidence.readers.counts import ReaderCounts
from medgan_tf.evidence.readers.measure import score_counts
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
    assert head == ["reader", "correct", "total", "accuracy", "95 % interval low", "95 % interval high", "p (binomial)"]
    assert [row[:4] for row in rows] == [
        ["R01", "45", "100", "0.45"],
        ["R02", "55", "100", "0.55"],
        ["mean", "", "", "0.5"],
        ["standard deviation", "", "", rows[3][3]],
    ]
    assert float(rows[3][3]) == pytest.approx(0.0707107)
    assert [float(value) for value in rows[0][4:]] == pytest.approx([0.3503, 0.5527, 0.3682], abs=1e-4)
    [picture] = [block for block in blocks if isinstance(block, Picture)]
    assert picture.caption == "run: accuracy of each reader against guessing"


def test_the_page_says_what_the_tests_say_and_how():
    result = scored(("R01", 45, 100), ("R02", 55, 100))
    page = result_page(result)
    assert f"<p class='finding'>{result['findings'][0]}</p>" in page and result["notes"][0] in page
    assert "<summary>How this was computed</summary>" in page and "data:image/svg+xml;base64," in page
    assert "<script" not in page and 'src="http' not in page


def test_texts_are_escaped():
    page = result_page(scored(("<b>x</b>", 45, 100)))
    assert "<b>x</b>" not in page and "&lt;b&gt;x&lt;/b&gt;" in page
