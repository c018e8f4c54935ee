import pytest

from medgan_tf.data.tables.name_lists import LONGEST_CELL, MOST_NAMES, looks_like_list, parse_list


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("['cardiomegaly', 'pleural effusion']", ["cardiomegaly", "pleural effusion"]),
        ('["a", "b"]', ["a", "b"]),
        ("[]", []),
        ("", []),
        ("  ", []),
        (" [ ] ", []),
        ("['normal']", ["normal"]),
        ("['pleural effusion', ' cardiomegaly']", ["pleural effusion", "cardiomegaly"]),
        ("['pleural   effusion', '']", ["pleural effusion"]),
        ("['a', 'b', 'a ']", ["a", "b"]),
        ("['a',]", ["a"]),
        ("""["Crohn's disease", 'said "so"']""", ["Crohn's disease", 'said "so"']),
        (r"""['Crohn\'s', "a\"b", "\u00e9\x41\\"]""", ["Crohn's", 'a"b', "éA\\"]),
        (r"['a\nb']", ["a b"]),
        ("['C0034069' 'C0742362'\n 'C2115817']", ["C0034069", "C0742362", "C2115817"]),
        ("[u'a', b]", ["a", "b"]),
        ("['a, b', 'c]']", ["a, b", "c]"]),
        ("[pleural effusion, nodule]", ["pleural effusion", "nodule"]),
    ],
)
def test_lists_as_programs_write_them(cell, names):
    assert parse_list(cell) == names


@pytest.mark.parametrize(
    "cell",
    [
        "cardiomegaly",
        "['a'",
        "'a', 'b'",
        "[['a']]",
        "['a",
        "[,]",
        "['a',,'b']",
        "[",
        "]",
        "(1)",
        "['a'] x",
        "['a]",
        "[a]]",
    ],
)
def test_what_is_no_list(cell):
    with pytest.raises(ValueError, match="expected"):
        parse_list(cell)


def test_nothing_is_evaluated_and_nothing_grows():
    with pytest.raises(ValueError, match="no list in a list"):
        parse_list("[" * 30_000 + "]" * 30_000)
    with pytest.raises(ValueError, match=f"at most {MOST_NAMES:,} names"):
        parse_list(str([str(number) for number in range(MOST_NAMES + 1)]))
    with pytest.raises(ValueError, match=f"at most {LONGEST_CELL:,} characters"):
        parse_list("[" + "'a'," * LONGEST_CELL + "]")
    with pytest.raises(ValueError, match="expected") as error:
        parse_list("['" + "\\'" * 30_000 + "]")
    assert len(str(error.value)) < 200
    assert parse_list("[__import__('os').getcwd()]") == ["__import__('os').getcwd()"]


def test_pieces_of_lists_are_recognised():
    pieces = ["['cardiomegaly'", "'pleural effusion']", "[]", "['a', 'b']", '"a"', "'a'", "'a", "[a]"]
    assert all(map(looks_like_list, pieces))
    assert not any(map(looks_like_list, ["Edema", "Crohn's disease", "nodule (small)", "", "a/b", "T'"[:1]]))
