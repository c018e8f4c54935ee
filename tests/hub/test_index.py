"""The index of a library: hostile values are refused in one line, and what was withdrawn stays so."""

import json

import pytest
from hub_releases import entry_of

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.hub.index import Entry, Index, parse_index

ENTRY = entry_of(b"archive")
FACT = {"name": "fid", "value": 1.5}


def text_of(*entries, **more):
    return json.dumps({"format_version": 1, "releases": list(entries), **more}).encode()


def test_what_is_written_is_read_back():
    index = parse_index(text_of(ENTRY), "x")
    assert index.releases[0].archive == "small-1.zip" and index.releases[0].facts["fid"].interval == [41.5, 45.0]
    assert parse_index(index.to_json().encode(), "x") == index


HOSTILE = {
    "no JSON": (b"PK\x03\x04", "cannot be read"),
    "half a text": (text_of(ENTRY)[:-9], "cannot be read"),
    "a list": (b"[]", "is no list of releases"),
    "another version": (text_of(ENTRY).replace(b'"format_version": 1', b'"format_version": 2'), "format_version 1"),
    "a version of true": (text_of(ENTRY).replace(b'"format_version": 1', b'"format_version": true'), "format_version"),
    "a bomb of brackets": (b'{"format_version":1,"releases":' + b"[" * 10**6 + b"]" * 10**6 + b"}", "levels of brack"),
    "a key twice": (text_of(ENTRY).replace(b'"name": "small"', b'"name": "a", "name": "small"', 1), "comes twice"),
    "a number of thousands of digits": (text_of(ENTRY).replace(b'"resolution": 4', b'"resolution": ' + b"9" * 5000),
                                        "digits"),
    "NaN": (text_of(ENTRY).replace(b"43.25", b"NaN"), "cannot be read"),
    "a huge number": (text_of(ENTRY).replace(b"43.25", b"1e999"), "too large"),
    "half a character": (text_of(ENTRY).replace(b"Square", b"\\ud800"), "half of a character"),
    "another key": (text_of(ENTRY, run="import os"), "run"),
    "a key more in an entry": (text_of({**ENTRY, "url": "https://example.org"}), "releases.0.url"),
    "a key less in an entry": (text_of({name: ENTRY[name] for name in ENTRY if name != "labels"}), "releases.0.labels"),
    "no release": (text_of("small"), "releases.0"),
    "one release twice": (text_of(ENTRY, {**ENTRY, "archive": "b.zip"}), "one name and version"),
    "by case only": (text_of(ENTRY, {**ENTRY, "name": "SMALL", "archive": "b.zip"}), "one name and version"),
    "one archive twice": (text_of(ENTRY, {**ENTRY, "version": "2", "archive": "SMALL-1.zip"}), "one archive"),
    "very many": (b'{"format_version":1,"releases":[' + b",".join([b"1"] * 10_001) + b"]}", "10000 items"),
}  # fmt: skip
VALUES = {
    "name": ["..", "../x", "/etc", "a/b", "a b", "", "a\n", "<b>", "=cmd", "\x1b[2J", "a" * 101, 3, None],
    "version": ["..", "../1", "", "1/2", "=1+1", "1\n", "1" * 41, 1],
    "created": ["today", "2026-01-31T00:00", "", "<script>"],
    "what": ["everything", "", None],
    "labels": [["a\x1b[31m"], ["gpj.\u202eexe"], ["x" * 301], ["a\nb"], "Square", [1], {}],
    "resolution": [-1, 2**40, 4.5, "4", True],
    "licence": ["a\tb", "x" * 301, None, 3],
    "facts": [[], "fid", {"fid": {"name": "fid"}}, {"<b>": FACT}, {"a": {**FACT, "name": "a\x00"}},
              {"a": {**FACT, "value": [1]}}, {"a": {**FACT, "value": True}}, {"a": {**FACT, "interval": [1]}},
              {"a": {**FACT, "more": 2}}, {f"a{number}": FACT for number in range(41)}],
    "gate_holds": [None, "true", 1],
    "override": ["a\x1b[2J", 3],
    "withdraws": [[".."], ["1"] * 1001, "1"],
    "manifest_sha256": ["", "0" * 63, "g" * 64, "0" * 64 + "\n"],
    "archive": ["../small-1.zip", "/small-1.zip", "a/b.zip", "..\\b.zip", "small-1.tar", ".zip", "http://x/a.zip",
                "file:///etc/passwd", "small-1.zip\n", "a" * 201 + ".zip", "%2e%2e.zip", "a?b.zip", "a#b.zip"],
    "archive_sha256": ["", None],
    "archive_bytes": [0, -1, 2**36 + 1, 2**63, 1.5, "9", True],
    "withdrawn_by": ["..", "<b>", 3],
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_index_is_refused_in_one_line(case):
    content, reason = HOSTILE[case]
    with pytest.raises(DataError, match=reason) as caught:
        parse_index(content, "library/index.json")
    assert str(caught.value).startswith("library/index.json ")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 600


@pytest.mark.parametrize("name", VALUES)
def test_a_hostile_value_is_refused_by_its_name_and_shown_harmlessly(name):
    for value in VALUES[name]:
        with pytest.raises(DataError, match=rf"is refused: releases\.0\.{name}") as caught:
            parse_index(text_of({**ENTRY, name: value}), "index.json")
        assert str(caught.value).isprintable() and len(str(caught.value)) < 600, value


def entry(version, created="2026-01-01", withdraws=(), **more):
    values = {"version": version, "created": created, "withdraws": list(withdraws), "archive": f"small-{version}.zip"}
    return Entry.model_validate({**ENTRY, **values, **more})


def state(index):
    return {one.version: index.withdrawn_by(one) for one in index.releases}


def test_a_later_version_withdraws_earlier_ones_whatever_the_order():
    one, two, other = entry("1"), entry("2", withdraws=["1"]), entry("1", name="other", archive="other-1.zip")
    forwards = Index().with_release(one).with_release(other).with_release(two)
    assert [(item.name, item.version, item.withdrawn_by) for item in forwards.releases] == [
        ("small", "1", "2"), ("other", "1", None), ("small", "2", None)
    ]  # fmt: skip
    assert state(Index().with_release(two).with_release(one)) == {"2": None, "1": "2"}
    # Withdrawn by one that was withdrawn itself, it is not there again.
    assert state(Index().with_release(one).with_release(two).with_release(entry("3", withdraws=["2"]))) == {
        "1": "2", "2": "3", "3": None
    }  # fmt: skip


def test_an_entry_alone_cannot_hide_that_it_was_withdrawn():
    index = Index(releases=[entry("1"), entry("2", withdraws=["1"])])
    assert index.releases[0].withdrawn_by is None and index.withdrawn_by(index.releases[0]) == "2"


def test_the_newest_that_was_not_withdrawn_is_found():
    index = Index(releases=[entry("2", "2026-03-01"), entry("1", "2026-01-01"), entry("3", "2026-03-01")])
    assert index.find("small").version == "3" and index.find("small", "1").version == "1"
    assert index.with_release(entry("4", "2025-01-01", withdraws=["3", "2"])).find("small").version == "1"
    gone = Index(releases=[entry("1", withdrawn_by="2")])
    assert gone.find("small", "1").version == "1"
    for call, reason in (
        (lambda: gone.find("small"), "every version of small in this library was withdrawn"),
        (lambda: index.find("smal"), "no release 'smal' in this library. Known: small"),
        (lambda: index.find("a\x1b[2J"), r"no release 'a\\\\x1b"),
        (lambda: index.find("small", "9"), "no version '9' of small in this library. Known: 2, 1, 3"),
        (lambda: Index().find("small"), "Known: none"),
    ):
        with pytest.raises(ConfigError, match=reason):
            call()
