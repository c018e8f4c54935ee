"""Fidelity side by side: what was not measured in the same way is not compared."""

import pytest
from result_files import run_folder
from several_generators import distances

from medgan_tf.evidence.fidelity.compared import compared
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms

OTHER = "medgan-fid-v1: extractor classifier abababababab, resize none, n 50 + 50, draws balanced by patient, seed 1"


@pytest.fixture
def found(tmp_path):
    """`cpd` and `sg3` were measured in the same way, `progressive` with fewer images, `ddpm` not at all."""
    for name, result in (
        ("cpd", distances(0.002)),
        ("ddpm", None),
        ("progressive", distances(0.001, protocol=OTHER)),
        ("sg3", distances(0.004, 0.0002)),
    ):
        own = {"fid-classifier": result} if result else {}
        run_folder(tmp_path / "phantom" / f"{name}-seed1", 1, **own)
    return compared(read_results(tmp_path / "phantom", rooms()))


def test_cells(found):
    rows = {title: [row[place] for row in found.rows] for place, title in enumerate(found.head)}
    kid = rows["KID x 1000 (classifier)"]
    assert kid[1] == "not measured" and [kid[0], *kid[2:]] == pytest.approx([2, 1, 4])
    assert rows["floor of KID x 1000 (classifier)"][0] == pytest.approx(0.1)
    assert rows["protocol (classifier)"] == ["P1", "not measured", "P2", "P1"]
    assert "n 50 + 50" in rows["protocol in words (classifier)"][2]
    assert rows["95 % interval of KID x 1000 (classifier)"][3].high == pytest.approx(4.4)
    assert found.remarks == ["values of classifier whose protocols differ are not ranked against each other"]


def test_pairs(found):
    kid, infinite = found.ranked
    pairs = {(one.first, one.second): one for one in kid.pairs}
    assert len(pairs) == 6 and [places for places, one in pairs.items() if one.comparable] == [(0, 3)]
    # The difference is -2, its error 0.3 at most: t = -6.7.
    assert pairs[0, 3].value == pytest.approx(-2) and 0 < pairs[0, 3].p_smaller < 1e-6
    assert "n 100 + 100" in pairs[0, 2].reason and "n 50 + 50" in pairs[0, 2].reason
    assert pairs[0, 1].reason == "not measured"
    assert {one.comparable for one in infinite.pairs} == {False}
