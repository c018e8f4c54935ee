from medgan_tf.files.yaml_text import yaml_record
from medgan_tf.proposal.yaml_file import Entry, nested, yaml_text

ENTRIES = [
    Entry(("name",), "x"),
    Entry(("data", "source"), "table"),
    Entry(("data", "options", "separator"), ";", ("a reason",), "look at this", ("separator: ','",)),
    Entry(("data", "options", "states"), {"ja": "positive", "no": "negative"}),
    Entry(("data", "options", "fold_column"), None, ("only a comment",), is_comment=True),
    Entry(("data", "resolution"), 32),
    Entry(("gan", "latent_size"), 64),
]


def test_text():
    assert yaml_text(["head", ""], ENTRIES) == (
        "# head\n#\nname: x\n\ndata:\n  source: table\n  options:\n    # a reason\n    # confirm: look at this\n"
        "    separator: \";\"\n    # separator: ','\n    states: {ja: positive, 'no': negative}\n    # only a comment\n"
        "  resolution: 32\n\ngan:\n  latent_size: 64\n"
    )


def test_a_section_without_a_value_is_a_comment():
    comment = Entry(("data", "options", "x"), None, ("why",), "", ("x: true",), True)
    entries = [Entry(("data", "source"), "nih"), comment, Entry(("data", "resolution"), 32)]
    text = yaml_text((), entries)
    assert text == "\ndata:\n  source: nih\n  # options:\n  # why\n  #   x: true\n  resolution: 32\n"
    assert yaml_record(text, "x") == nested(entries) == {"data": {"source": "nih", "resolution": 32}}


def test_the_text_has_the_values():
    assert yaml_record(yaml_text((), ENTRIES), "x") == nested(ENTRIES)
    assert nested(ENTRIES)["data"]["options"] == {"separator": ";", "states": {"ja": "positive", "no": "negative"}}


def test_hidden_characters_and_line_ends_stay_in_comments():
    text = yaml_text(
        ["a\nname: y"], [Entry(("name",), "x", ("b\u202ec\nseed: 3",), "d\u2028e"), Entry(("k",), "a\u202eb")]
    )
    assert yaml_record(text, "x") == {"name": "x", "k": "a\u202eb"}
    assert "\u202e" not in text and "\u2028" not in text and "b\\u202ec\\nseed: 3" in text


def test_long_comments_are_wrapped():
    text = yaml_text(["word " * 100], [])
    assert max(map(len, text.splitlines())) <= 120 and text.count("\n") > 3
