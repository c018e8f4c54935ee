from medgan_tf.data.tables.cells import shown, shown_names


def test_cells_are_quoted_on_one_line_and_cut():
    assert shown("Edema") == "'Edema'"
    assert shown("a\nb") == r"'a\nb'"
    assert shown("x" * 80) == repr("x" * 80)
    assert shown("x" * 5000) == repr("x" * 80) + "... (5,000 characters)"
    assert len(shown("\n" * 100_000)) < 220


def test_many_names_are_cut():
    assert shown_names(["a", "b\u202e"]) == "a, b\\u202e"
    assert shown_names(map(str, range(10**6)), 10) == "0, 1, 2, 3 ..."
