"""Hidden characters are found, shown and removed; visible text of every language stays."""

import pytest

from medgan_tf.files.plain_text import cleaned, hidden_characters, name_problem, visible, visible_lines

HIDDEN = [*map(chr, (0, 7, 9, 10, 13, 27, 0x7F, 0x85, 0x9B, 0xAD, 0x61C, *range(0x200B, 0x2010), 0x2028, 0x2029)),
          *map(chr, (*range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, 0xFE0F, 0x3164)),
          *map(chr, (0xD800, 0xDFFF, 0xE0041))]  # fmt: skip
VISIBLE = [
    "Pleural Effusion",
    "Ödem",
    "肺炎",
    "فتق",
    "עברית",
    "No Finding (1:30)",
    "a|b",
    "🫁",
    "e\u0301",
    "#$%&'\"<>`",
]


@pytest.mark.parametrize("character", HIDDEN, ids=lambda one: f"{ord(one):04X}")
def test_a_hidden_character_in_a_name_is_named(character):
    name = f"Ede{character}ma"
    assert hidden_characters(name) == [character]
    problem = name_problem(name)
    assert f"U+{ord(character):04X}" in problem and character not in problem
    assert problem == visible(problem)


@pytest.mark.parametrize("name", VISIBLE)
def test_names_of_every_language_are_taken(name):
    assert name_problem(name) is None
    assert visible(name) == cleaned(name) == name


def test_a_problem_is_one_short_line():
    assert name_problem("Ede\u202ema\x1b[2J") == (
        "expected a name without hidden characters; received 'Ede\\u202ema\\x1b[2J' with U+202E "
        "(right-to-left override), U+001B (escape)"
    )
    assert len(name_problem("\x00" * 100_000)) < 200


def test_lines_keep_their_ends_only():
    assert visible("a\nb\tc\x1b[31m\u2028") == r"a\nb\tc\x1b[31m\u2028"
    assert visible_lines("a\nb\tc\r\x1b[31m") == "a\nb\tc" + r"\r\x1b[31m"


def test_a_free_text_is_cleaned_and_cut():
    assert cleaned("  one\r\ntwo\u2028three\x00\x1b[31m \u202efour\ud800 ") == "one\ntwo\nthree[31m four"
    assert cleaned("می\u200cخواهم") == "می\u200cخواهم"
    assert cleaned("x" * 50, longest=10) == "xxxxxxx..."
