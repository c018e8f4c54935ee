"""Releases into a library and out of it again: what is refused, what is withdrawn, and that nothing is left behind."""

import json
import os
import threading
from pathlib import Path

import pytest
from hub_releases import GATE, entry_of, tree, write_library, write_release
from signing_keys import write_keys

from medgan_tf.errors import ConfigError, DataError, RunError
from medgan_tf.files.locks import LOCK, hold
from medgan_tf.hub import add as adding
from medgan_tf.hub.add import add_release
from medgan_tf.hub.archive import write_archive
from medgan_tf.hub.get import Wanted, find_release, get_release
from medgan_tf.hub.index import INDEX
from medgan_tf.hub.listing import list_library
from medgan_tf.release.manifest import write_manifest
from medgan_tf.release.signature import sign
from medgan_tf.release.verifier import verify_folder


def quiet(done, size):
    pass


def get(library, out, name="small", **wanted):
    found = find_release(str(library), Wanted(name, **wanted))
    get_release(found, out, quiet)
    return found


@pytest.fixture
def library(tmp_path):
    """A library with versions 1 and 2, of which the second withdraws the first, and an `other`."""
    for name, changes in (("one", {}), ("two", {"version": "2", "withdraws": ["1"], "created": "2026-02-01"}),
                          ("other", {"name": "other", "labels": ["Disc"], "licence": ""})):  # fmt: skip
        add_release(str(tmp_path / "library"), str(write_release(tmp_path / name, **changes)))
    return tmp_path / "library"


def test_a_release_comes_back_as_it_was(tmp_path, library):
    found = get(library, tmp_path / "out")
    assert (found.entry.version, found.withdrawn_by) == ("2", None)
    assert tree(tmp_path / "out") == tree(tmp_path / "two")
    assert verify_folder(tmp_path / "out") == ([], [])
    assert {path.name for path in library.iterdir()} - {LOCK} == {
        INDEX, "small-1.zip", "small-2.zip", "other-1.zip"
    }  # fmt: skip
    assert {path.name for path in tmp_path.iterdir()} == {"library", "one", "two", "other", "out"}


def test_the_index_says_what_the_cards_say(library):
    first, second, third = json.loads((library / INDEX).read_text())["releases"]
    assert (first["withdrawn_by"], second["withdrawn_by"], third["withdrawn_by"]) == ("2", None, None)
    assert (second["labels"], second["resolution"], second["licence"]) == (["Square", "Disc"], 4, "CC-BY-4.0")
    assert (second["facts"]["fid"]["value"], second["facts"]["fid"]["interval"]) == (43.25, [41.5, 45.0])
    assert second["archive_bytes"] == (library / "small-2.zip").stat().st_size


def test_the_list_shows_what_was_withdrawn(library):
    values, lines = list_library(str(library))
    assert [one["withdrawn_by"] for one in values["releases"]] == ["2", None, None]
    rows = [line.split() for line in lines[2:5]]
    assert rows[0][:3] == ["small", "1", "2026-01-31"] and rows[0][-3:] == ["withdrawn", "by", "2"]
    assert rows[1][-1] == "current" and rows[2][0] == "other" and "not stated" in lines[4]
    assert "small 2, from its card:" in lines and "small 1, from its card:" not in lines
    assert "  FID, distance to the real images (features: small): 43.25 (41.5 to 45), 0 is best" in lines
    assert any(line.startswith("  Epsilon, ") and line.endswith(": not measured") for line in lines)
    assert "  Privacy audit: do all limits hold?: undecided" in lines


def test_who_looks_at_the_list_sees_that_a_gate_was_overridden(tmp_path, library):
    gate = {**GATE, "holds": False, "override": "a demonstration"}
    add_release(str(library), str(write_release(tmp_path / "three", version="3", gate=gate)))
    values, lines = list_library(str(library))
    assert (values["releases"][-1]["gate_holds"], values["releases"][-1]["override"]) == (False, "a demonstration")
    assert "  RELEASED ALTHOUGH ITS GATE DID NOT HOLD: a demonstration" in lines
    assert lines[5].split()[:2] == ["small", "3"] and lines[5].endswith("gate overridden")


def test_what_was_withdrawn_is_given_only_to_who_asks_for_it(tmp_path, library):
    with pytest.raises(ConfigError, match="small 1 was withdrawn by version 2; get that, or say --withdrawn"):
        find_release(str(library), Wanted("small", "1"))
    assert get(library, tmp_path / "out", version="1", withdrawn=True).withdrawn_by == "2"
    assert tree(tmp_path / "out") == tree(tmp_path / "one")


def test_the_same_release_may_be_added_again_and_another_not(tmp_path, library):
    before = tree(library)
    (library / "small-1.zip").unlink()
    added = add_release(str(library), str(tmp_path / "one"))
    assert not added.anew and tree(library) == before
    other = write_release(tmp_path / "changed", labels=["Disc", "Square"])
    with pytest.raises(DataError, match="has another release small 1; what was given away does not change"):
        add_release(str(library), str(other))
    # Another name only for people who look closely.
    with pytest.raises(DataError, match="has another release SMALL 1"):
        add_release(str(library), str(write_release(tmp_path / "loud", name="SMALL")))
    # What the manifest does not name, as a signature, is content too.
    (tmp_path / "one" / "MANIFEST.sig").write_bytes(b"x")
    with pytest.raises(DataError, match="has another release small 1"):
        add_release(str(library), str(tmp_path / "one"))
    assert tree(library) == before


def test_a_signature_goes_with_the_release_and_is_not_checked(tmp_path):
    (write_release(tmp_path / "one") / "MANIFEST.sig").write_bytes(b"x")
    added = add_release(str(tmp_path / "library"), str(tmp_path / "one"))
    assert [text.partition(":")[0] for text in added.unchecked] == ["MANIFEST.sig"]
    unchecked = get_release(find_release(str(tmp_path / "library"), Wanted("small")), tmp_path / "out", quiet)
    assert unchecked == added.unchecked and (tmp_path / "out" / "MANIFEST.sig").read_bytes() == b"x"


def test_a_release_that_was_not_signed_by_the_key_does_not_come_out(tmp_path):
    release = write_release(tmp_path / "one")
    private, public = write_keys(tmp_path, "own")
    _, other = write_keys(tmp_path, "other")
    sign(release, private)
    add_release(str(tmp_path / "signed"), str(release))
    add_release(str(tmp_path / "unsigned"), str(write_release(tmp_path / "two")))
    signed, unsigned = (find_release(str(tmp_path / name), Wanted("small")) for name in ("signed", "unsigned"))
    before = tree(tmp_path)
    for found, key, reason in ((signed, other, "MANIFEST.sig: it is not the signature of this manifest by this key"),
                               (unsigned, public, "MANIFEST.sig: there is no signature")):  # fmt: skip
        with pytest.raises(DataError, match=f"is no whole release: {reason}"):
            get_release(found, tmp_path / "out", quiet, key)
    with pytest.raises(ConfigError, match="no public key in none.pub"):
        get_release(signed, tmp_path / "out", quiet, Path("none.pub"))
    assert tree(tmp_path) == before
    assert get_release(signed, tmp_path / "out", quiet, public) == ()
    assert get_release(unsigned, tmp_path / "bare", quiet) == ("who made it: it has no signature",)


BROKEN = {
    "a changed file": (lambda one: (one / "README.md").write_text("# Real\n"), "README.md: its content is not that"),
    "a file more": (lambda one: (one / "more").write_text("x"), "more: the manifest does not name it"),
    "a link": (lambda one: (one / "more").symlink_to("/etc/passwd"), "more: a link"),
    "no manifest": (lambda one: (one / "MANIFEST.json").unlink(), "MANIFEST.json: cannot be read"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_release_that_is_not_whole_is_not_added(tmp_path, case):
    change, reason = BROKEN[case]
    change(write_release(tmp_path / "one"))
    with pytest.raises(DataError, match=f"is no whole release: {reason}"):
        add_release(str(tmp_path / "library"), str(tmp_path / "one"))
    assert not (tmp_path / "library").exists()


CARDS = {
    "a name that leads out": ({"name": "../small"}, "name: "),
    "a formula": ({"version": "=cmd|' /C calc'!A0"}, "version: "),
    "no date": ({"created": "yesterday"}, "created"),
    "it withdraws itself": ({"withdraws": ["1"]}, "version 1 withdraws itself"),
}


@pytest.mark.parametrize("case", CARDS)
def test_a_card_that_no_index_can_hold_is_refused(tmp_path, case):
    changes, reason = CARDS[case]
    with pytest.raises(DataError, match=reason) as caught:
        write_release(tmp_path / "one", **changes)
        add_release(str(tmp_path / "library"), str(tmp_path / "one"))
    assert str(caught.value).isprintable() and not (tmp_path / "library").exists()


def test_a_text_with_html_stays_a_text(tmp_path):
    """It may say so; nothing that shows it takes it for more."""
    add_release(str(tmp_path / "library"), str(write_release(tmp_path / "one", licence="<b>\x1b[31mfree\n</b>")))
    assert json.loads((tmp_path / "library" / INDEX).read_text())["releases"][0]["licence"] == "<b>[31mfree </b>"


def test_places_that_are_no_library(tmp_path):
    release = write_release(tmp_path / "one")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("x")
    for place, reason in (
        (tmp_path / "full", "holds other files and no index.json"),
        (release / "library", "must not lie in one another"),
        (tmp_path, "must not lie in one another|holds other files"),
        (release / "README.md", "is no folder"),
        ("https://example.org/library", "are added to a folder"),
    ):
        with pytest.raises(ConfigError, match=reason):
            add_release(str(place), str(release))
    with pytest.raises(ConfigError, match="no release in"):
        add_release(str(tmp_path / "library"), str(tmp_path / "none"))
    with pytest.raises(DataError, match="no library in .*: expected an index.json there"):
        list_library(str(tmp_path / "full"))
    assert not (tmp_path / "library").exists() and verify_folder(release) == ([], [])


def test_two_processes_add_one_after_the_other(tmp_path):
    release = str(write_release(tmp_path / "one"))
    lock = hold(tmp_path / "library" / LOCK)
    other = threading.Thread(target=add_release, args=(str(tmp_path / "library"), release), daemon=True)
    other.start()
    other.join(0.3)
    assert other.is_alive() and not (tmp_path / "library" / INDEX).exists()
    lock.release()
    other.join(20)
    assert len(list_library(str(tmp_path / "library"))[0]["releases"]) == 1


def test_a_full_disk_leaves_the_library_as_it_was(tmp_path, library, monkeypatch):
    before = tree(library)

    def full(folder, path):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(adding, "write_archive", full)
    with pytest.raises(RunError, match="No space left on device"):
        add_release(str(library), str(write_release(tmp_path / "three", version="3")))
    assert tree(library) == before


def test_a_dry_run_writes_nothing(tmp_path, library):
    before = tree(library)
    added = add_release(str(library), str(write_release(tmp_path / "three", version="3", withdraws=["2", "1"])), True)
    assert added.anew and added.withdrawn == ("2",) and tree(library) == before
    assert not add_release(str(library), str(tmp_path / "one"), dry_run=True).anew
    assert add_release(str(tmp_path / "new"), str(tmp_path / "one"), dry_run=True).anew
    assert not (tmp_path / "new").exists()


@pytest.fixture
def packed(tmp_path):
    """The archive of a release, as bytes."""
    write_archive(write_release(tmp_path / "one"), tmp_path / "a.zip")
    return (tmp_path / "a.zip").read_bytes()


FACTS = entry_of(b"")["facts"]
OTHER_INDEX = {
    "another archive": ({"archive_sha256": "0" * 64}, "is not the archive that index.json names"),
    "a shorter one": ({"archive_bytes": 10}, "bytes, more than the 10|of 10 bytes"),
    "a longer one": ({"archive_bytes": 10**6}, "of 1,000,000 bytes"),
    "no archive": ({"archive": "none.zip"}, "none.zip: cannot be read"),
    "another manifest": ({"manifest_sha256": "1" * 64}, "tells another manifest_sha256"),
    "another name": ({"name": "better"}, "tells another name of small-1.zip than its card"),
    "another version": ({"version": "9"}, "tells another version"),
    "another licence": ({"licence": "CC0-1.0"}, "tells another licence"),
    "other labels": ({"labels": ["Square"]}, "tells another labels"),
    "a better fact": ({"facts": {**FACTS, "fid": {**FACTS["fid"], "value": 1.5}}}, "tells another facts"),
    "a fact more": ({"facts": {**FACTS, "copies": FACTS["fid"]}}, "tells another facts"),
    "no fact": ({"facts": {}}, "tells another facts"),
    "no override": ({"override": "because"}, "tells another override"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER_INDEX)
def test_an_index_that_tells_something_else_is_found_out(tmp_path, packed, case):
    changes, reason = OTHER_INDEX[case]

    library = write_library(tmp_path / "library", packed, **changes)
    before = tree(tmp_path)
    with pytest.raises(DataError, match=reason) as caught:
        get(library, tmp_path / "out", changes.get("name", "small"))
    assert tree(tmp_path) == before and "\n" not in str(caught.value)
    good = write_library(tmp_path / "good", packed)
    get(good, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "one")


def test_a_broken_release_does_not_get_its_name(tmp_path):
    """Its archive has the hash of the index, and its files are not those of its own manifest."""
    release = write_release(tmp_path / "one")
    image = release / "images/none/1.png"
    image.write_bytes(b"\x89PNG\r\n\x1a\n")
    write_manifest(release)
    write_archive(release, tmp_path / "a.zip")
    library = write_library(tmp_path / "library", (tmp_path / "a.zip").read_bytes())
    before = tree(tmp_path)
    with pytest.raises(DataError, match="small-1.zip is no whole release: images/none/1.png: its marks cannot be read"):
        get(library, tmp_path / "out")
    assert tree(tmp_path) == before


def test_there_must_be_a_place_for_it(tmp_path, library, monkeypatch):
    found = find_release(str(library), Wanted("small"))
    os.symlink(tmp_path / "nowhere", tmp_path / "link")
    for out, reason in ((tmp_path, "is there already"), (tmp_path / "link", "is there already"),
                        (tmp_path / "a/b", "is no folder; make it")):  # fmt: skip
        with pytest.raises(ConfigError, match=reason):
            get_release(found, out, quiet)
    with pytest.raises(ConfigError, match="bytes, more than 100; say --largest"):
        find_release(str(library), Wanted("small", most_bytes=100))
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10})())
    with pytest.raises(RunError, match="has 10 bytes of room, and the release needs"):
        get_release(found, tmp_path / "out", quiet)
    assert not (tmp_path / "out").exists()
