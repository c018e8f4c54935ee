"""Groups of few patients are joined with others, and the joined column is named after both; cases counted by hand."""

import numpy as np
import pytest

from medgan_tf.data.conditions.groups import check_divides, in_order, large_groups, patients_of, rough
from medgan_tf.errors import DataError


def people(**counts):
    return {
        name.replace("_", "-").replace("over", "90+"): {f"{name}{n}" for n in range(c)} for name, c in counts.items()
    }


def test_a_small_group_joins_the_smallest_other():
    assert large_groups(people(F=50, M=35, O=3), 10, in_bands=False) == (("F",), ("M", "O"))
    assert large_groups(people(F=35, M=50, O=3), 10, in_bands=False) == (("F", "O"), ("M",))
    assert large_groups(people(F=50, M=35, O=10), 10, in_bands=False) == (("F",), ("M",), ("O",))


def test_bands_join_their_neighbours():
    found = large_groups({"0-17": {"a"}, "18-39": set("bcde"), "40-64": set("fghi"), "90+": {"j"}}, 3, in_bands=True)
    assert found == (("0-17", "18-39"), ("40-64", "90+"))
    # Two bands that are too small together, and a neighbour.
    found = large_groups({"0-17": {"a"}, "18-39": {"b"}, "40-64": set("cdef"), "65-89": set("ghij")}, 3, in_bands=True)
    assert found == (("0-17", "18-39", "40-64"), ("65-89",))


def test_unknown_joins_the_smallest_band_and_is_no_neighbour():
    found = large_groups({"18-39": set("abc"), "40-64": set("defghij"), "unknown": {"k"}}, 3, in_bands=True)
    assert found == (("18-39", "unknown"), ("40-64",))
    found = large_groups({"18-39": set("abcdefg"), "40-64": {"h"}, "unknown": set("ijk")}, 3, in_bands=True)
    assert found == (("18-39", "40-64"), ("unknown",))


def test_a_patient_in_two_groups_counts_once():
    values, patients = np.array(["AP"] * 6 + ["PA"] * 6), np.array([f"p{n % 6}" for n in range(12)])
    found = patients_of(values, patients, ["AP", "PA"])
    assert {name: len(one) for name, one in found.items()} == {"AP": 6, "PA": 6}
    assert large_groups(found, 10, in_bands=False) == (("AP", "PA"),)
    unknown = patients_of(values, np.array([""] * 12), ["AP", "PA", "lateral"])
    assert {name: len(one) for name, one in unknown.items()} == {"AP": 6, "PA": 6, "lateral": 0}


def test_one_group_divides_nobody():
    check_divides("sex", (("F",), ("M",)), 10, "the dataset")
    with pytest.raises(
        DataError, match=r"view does not divide .* at least 10 patients .*; found view=AP/PA only; take"
    ):
        check_divides("view", (("AP", "PA"),), 10, "the dataset")


def test_order_and_rough_sizes():
    assert in_order(["unknown", "90+", "0-17", "65-89", "0-17"]) == ["0-17", "65-89", "90+", "unknown"]
    assert [rough(size, 10) for size in (0, 4, 5, 14, 15)] == [0, 0, 1, 1, 2]
