"""A library on a server that does what it should, and on servers that do not; all of them on this machine."""

import threading
import urllib.request

import pytest
from hub_releases import tree, write_release
from library_server import redirects, sends, sends_on, serving
from signing_keys import write_certificate

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.hub import places, web
from medgan_tf.hub.add import add_release
from medgan_tf.hub.get import Wanted, find_release, get_release
from medgan_tf.hub.listing import list_library


@pytest.fixture
def files(tmp_path):
    """Index and archive of a library, as bytes."""
    add_release(str(tmp_path / "library"), str(write_release(tmp_path / "one")))
    return (tmp_path / "library" / "index.json").read_bytes(), (tmp_path / "library" / "small-1.zip").read_bytes()


@pytest.fixture
def ended():
    """Ends answers that have no end of their own."""
    event = threading.Event()
    yield event
    event.set()


def get(served, out):
    shown = []
    get_release(find_release(served.address, Wanted("small")), out, lambda done, size: shown.append((done, size)))
    return shown


def test_a_library_behind_an_address(tmp_path, files):
    index, archive = files
    with serving({"index.json": sends(index), "small-1.zip": sends(archive)}) as served:
        assert [one["name"] for one in list_library(served.address + "/index.json")[0]["releases"]] == ["small"]
        shown = get(served, tmp_path / "out")
    assert served.asked == ["/library/index.json"] * 2 + ["/library/small-1.zip"]
    assert tree(tmp_path / "out") == tree(tmp_path / "one")
    assert shown[-1] == (len(archive), len(archive))


def hostile(index, archive, ended, secret):
    """Answers of a hostile server, and what is said of them."""
    good = {"index.json": sends(index)}
    return {
        "no index": ({}, "index.json cannot be read: the server answers 404"),
        "an endless index": ({"index.json": sends_on(b" " * 2**16, ended)}, "has more than the .* bytes that were"),
        "a huge index": ({"index.json": sends(b"", 2**62)}, "has 4,611,686,018,427,387,904 bytes; expected at most"),
        "a page in its place": ({"index.json": sends(b"<html>")}, "index.json cannot be read"),
        "no archive": (good, "small-1.zip cannot be read: the server answers 404"),
        "more than declared": ({**good, "small-1.zip": sends(archive + b"x")}, "bytes; expected at most"),
        "more, not declared": ({**good, "small-1.zip": sends_on(archive, ended)}, "has more than the .* bytes that"),
        "less": ({**good, "small-1.zip": sends(archive[:-1])}, "ends after .* of .* bytes"),
        "less than declared": ({**good, "small-1.zip": sends(archive[:-1], len(archive))}, "ends after|cannot be read"),
        "another archive": ({**good, "small-1.zip": sends(archive[:-1] + b"x")}, "is not the archive that index.json"),
        "to a file": ({**good, "small-1.zip": redirects(f"file://{secret}")}, "sends us to file:///.*not followed"),
        "to another scheme": ({**good, "small-1.zip": redirects("ftp://127.0.0.1/x")}, "sends us to ftp://127.0.0.1"),
        "to another host": ({**good, "small-1.zip": redirects("http://192.0.2.1/x", 307)}, "sends us to http://192.0"),
        "round and round": ({"index.json": redirects("/library/index.json", 301)}, "sends us to /library/index.json"),
        "an escape in it": ({"index.json": redirects("http://x/\x1b[2J", 308)}, r"sends us to http://x/\\x1b\[2J"),
    }  # fmt: skip


@pytest.mark.parametrize("case", hostile(b"", b"", None, "/x"))
def test_a_hostile_server_is_left_in_one_line(tmp_path, files, ended, case, monkeypatch):
    monkeypatch.setattr(places, "LARGEST_INDEX", 2**20)
    secret = tmp_path / "secret"
    secret.write_text("secret")
    answers, reason = hostile(*files, ended, secret)[case]
    before = tree(tmp_path)
    with serving(answers) as served, pytest.raises(DataError, match=reason) as caught:
        get(served, tmp_path / "out")
    assert tree(tmp_path) == before
    assert str(caught.value).isprintable() and len(str(caught.value)) < 500
    assert len(served.asked) <= 2


@pytest.mark.parametrize("pause", [0.02, 5.0])
def test_a_server_that_never_comes_to_an_end_is_given_up(tmp_path, files, ended, pause, monkeypatch):
    """One byte after the other, and none at all."""
    monkeypatch.setattr(web, "_FIRST_SECONDS", 0.3)
    monkeypatch.setattr(web, "_LEAST_RATE", 10**9)
    monkeypatch.setattr(web, "_IDLE_SECONDS", 0.5)
    with serving({"index.json": sends(files[0]), "small-1.zip": sends_on(b"P", ended, pause)}) as served:
        with pytest.raises(DataError, match="comes too slowly: .* bytes so far|cannot be read: timed out"):
            get(served, tmp_path / "out")
        ended.set()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("pause", [0.0, 0.02])
def test_a_server_whose_head_never_ends_is_given_up(tmp_path, ended, pause, monkeypatch):
    monkeypatch.setattr(web, "_FIRST_SECONDS", 0.3)

    def answer(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not ended.wait(pause):
            request.wfile.write(b"X-More: x\r\n" if pause == 0 else b"x")

    with serving({"index.json": answer}) as served:
        with pytest.raises(DataError, match=r"index.json cannot be read: ") as caught:
            list_library(served.address)
        ended.set()
    assert "\n" not in str(caught.value)


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path, files, monkeypatch):
    certificate = write_certificate(tmp_path / "server.pem", "127.0.0.1")
    with serving({"index.json": sends(files[0]), "small-1.zip": sends(files[1])}, certificate) as served:
        assert served.address.startswith("https://")
        with pytest.raises(DataError, match="index.json cannot be read: .*self.signed certificate"):
            list_library(served.address)
        assert served.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        get(served, tmp_path / "out")
    assert tree(tmp_path / "out") == tree(tmp_path / "one")


def test_a_server_that_is_not_there(tmp_path):
    with serving({}) as served:
        pass
    with pytest.raises(DataError, match=r"index.json cannot be read: .*[Cc]onnection refused"):
        list_library(served.address)


ADDRESSES = {
    "http://example.org/library": "http:// protects nothing on the way; use https://, or say --allow-http",
    "http://127.0.0.1.example.org/library": "http:// protects nothing",
    "ftp://example.org/library": "a library is a folder, or an address with https://",
    "file:///etc": "expected an address such as https://example.org/library",
    "file://localhost/etc": "a library is a folder",
    "https://user:secret@example.org/library": "an address with a name or a password",
    "https://example.org/library?key=1": "expected an address",
    "https://example.org/library#x": "expected an address",
    "https://exa mple.org/": "expected an address",
    "https://example.org/\x1b[2J": r"Received: 'https://example.org/\\\\x1b",
    "https://[::1/library": "expected an address",
    "https://example.org:99999/": "expected an address",
    "https:///library": "expected an address",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_that_are_refused_before_anything_is_sent(address, monkeypatch):
    monkeypatch.setattr(urllib.request.OpenerDirector, "open", None)
    with pytest.raises(ConfigError, match=ADDRESSES[address]) as caught:
        list_library(address)
    assert "secret" not in str(caught.value)


def test_which_addresses_are_accepted():
    for address in ("https://example.org/a/library/", "http://localhost:8000", "http://[::1]:8000/x", "HTTPS://a.org"):
        assert web.WebLibrary(address).where("a+b.zip").endswith("/a%2Bb.zip")
    assert web.WebLibrary("http://example.org/l", allow_http=True).where("x") == "http://example.org/l/x"
    assert web.is_address("https://x") and not web.is_address("library") and not web.is_address("C:\\library")
