"""The server for one workstation: what it gives, what it takes, and whom it refuses."""

import contextlib
import errno
import hashlib
import http.client
import os
import re
import socket
import threading
import time

import pytest
from small_disk import fill, small_disk
from study_parts import make_study, simulate

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.readers.answers import collect_answers
from medgan_tf.evidence.readers.study import server as server_module
from medgan_tf.evidence.readers.study.answer_store import stored_versions
from medgan_tf.evidence.readers.study.server import StudyServer


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path, readers=2)


@contextlib.contextmanager
def serving(server):
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def server(study, tmp_path):
    with serving(StudyServer(study.page, tmp_path / "taken", port=0)) as server:
        yield server


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


def credentials(server, reader="R01", version='"v0"', **more):
    return {"Authorization": f"Bearer {server.tokens[reader]}", "If-Match": version, **more}


def tag(number, text):
    return f'"v{number}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"'


def put(server, reader, text, version='"v0"', **more):
    """Status, body and ETag of one PUT with the reader's token."""
    status, body, headers = ask(
        server, "PUT", f"/answers/{reader}.csv", text, **credentials(server, reader, version, **more)
    )
    return status, body, headers.get("ETag")


def get(server, reader):
    return ask(server, "GET", f"/answers/{reader}.csv", Authorization=f"Bearer {server.tokens[reader]}")


def raw(server, request, finish=True):
    """What the server answers to these bytes; the sending side is closed behind them."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(request)
        if finish:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while data := connection.recv(65536):
            answer += data
        return answer


def text_of(tmp_path, reader, lines=None):
    simulate(tmp_path, [0.5, 0.5])
    rows = (tmp_path / "answers" / f"{reader}.csv").read_text().splitlines(keepends=True)
    return "".join(rows[:lines])


def test_gives_the_page_and_nothing_else(server, study):
    status, body, headers = ask(server, "GET", "/")
    assert status == 200 and body == (study.page / "index.html").read_bytes()
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    assert headers["Cache-Control"] == "no-store"
    image = study.key.images[0].image
    assert ask(server, "GET", f"/images/{image}.png")[1].startswith(b"\x89PNG")
    assert ask(server, "GET", "/reading.js?x=1")[0] == 200
    assert (study.page / "served.js").read_text().endswith("window.SERVED = false;\n")
    assert ask(server, "GET", "/served.js")[1] == b"window.SERVED = true;\n"
    for path in ("/key.json", "/../key.json", "/%2e%2e/key.json", "/images/", "/images/../../key.json", "/x", "//x"):
        assert ask(server, "GET", path)[0] == 404, path


def test_takes_answers_and_gives_them_back(server, tmp_path):
    assert get(server, "R01")[0] == 204
    half = text_of(tmp_path, "R01", lines=8)
    assert put(server, "R01", half) == (204, b"", tag(1, half))
    assert (tmp_path / "taken" / "R01.csv").read_text() == half
    status, body, headers = get(server, "R01")
    assert (status, body.decode(), headers["ETag"]) == (200, half, tag(1, half))
    assert put(server, "R01", text_of(tmp_path, "R01"), version=tag(1, half))[0] == 204
    first = {"Authorization": f"Bearer {server.tokens['R02']}", "If-None-Match": "*"}
    status, _, headers = ask(server, "PUT", "/answers/R02.csv", text_of(tmp_path, "R02"), **first)
    assert (status, headers["ETag"]) == (204, tag(1, text_of(tmp_path, "R02")))
    assert ask(server, "PUT", "/answers/R02.csv", text_of(tmp_path, "R02", lines=3), **first)[0] == 412
    assert sorted(path.name for path in (tmp_path / "taken").iterdir()) == [
        *("R01.csv", "R02.csv", "tokens.json", "versions")
    ]
    key = simulate(tmp_path, [0.5, 0.5])
    assert len(collect_answers([tmp_path / "taken"], key)) == 40


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda text: text.replace("R01", "R02"), "not the images of this reader in their order"),
        (lambda text: "x\n", "lacks the column reader"),
        (lambda text: "", "is empty"),
        (lambda text: text.replace(",real,", ",maybe,", 1).replace(",synthetic,", ",maybe,", 1), "expected real or"),
        (lambda text: text + text.splitlines()[1] + "\n", "not the images of this reader in their order"),
        (lambda text: text.replace(",\n", ",\x1b[2J\n", 1), "line 2: expected changes as the page writes them"),
        (lambda text: text.replace(",,\n", ",=1+1,\n", 1), "line 2: expected answered as the page writes them"),
    ],
)
def test_refuses_what_is_no_answer_and_keeps_what_it_has(server, tmp_path, change, message):
    good = text_of(tmp_path, "R01")
    assert put(server, "R01", good)[0] == 204
    status, body, _ = put(server, "R01", change(good), version=tag(1, good))
    assert status == 400 and message in body.decode()
    assert (tmp_path / "taken" / "R01.csv").read_text() == good


def test_refuses_answers_to_another_study(server, tmp_path):
    text = text_of(tmp_path, "R01").replace(server.settings["key_sha256"], "0" * 64)
    status, body, _ = put(server, "R01", text)
    assert status == 400 and "was answered for the study with the key 000000000000" in body.decode()


def test_a_body_cut_off_in_transit_changes_nothing(server, tmp_path):
    """The connection ends after 30 of 100 answers, at the end of a line, so that what came looks whole."""
    whole = text_of(tmp_path, "R01")
    assert put(server, "R01", text_of(tmp_path, "R01", lines=4))[0] == 204
    head = "PUT /answers/R01.csv HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Length: {}\r\n{}\r\n"
    fields = "".join(
        f"{name}: {value}\r\n"
        for name, value in credentials(server, "R01", tag(1, text_of(tmp_path, "R01", lines=4))).items()
    )
    cut = "".join(whole.splitlines(keepends=True)[:7]).encode()
    answer = raw(server, head.format(server.server_port, len(whole), fields).encode() + cut)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(f"expected {len(whole)} bytes; {len(cut)} came; nothing was stored".encode())
    assert (tmp_path / "taken" / "R01.csv").read_text() == text_of(tmp_path, "R01", lines=4)


def test_older_and_shorter_answers_do_not_replace_newer_ones(server, tmp_path):
    whole, five = text_of(tmp_path, "R01"), text_of(tmp_path, "R01", lines=6)
    none = text_of(tmp_path, "R01", lines=1)
    images = [line.split(",")[4] for line in whole.splitlines()[1:]]
    assert put(server, "R01", five)[2] == tag(1, five)
    assert put(server, "R01", whole, version=tag(1, five))[2] == tag(2, whole)
    # A page that knows version 1 only gets the present answers, to merge its own into.
    stale = put(server, "R01", five.replace(",real,", ",synthetic,"), version=tag(1, five))
    assert stale == (412, whole.encode(), tag(2, whole))
    for shorter, lost in ((five, 15), (none, 20)):
        status, body, _ = put(server, "R01", shorter, version=tag(2, whole))
        assert status == 409 and f"would lose {lost} stored ones ({images[20 - lost]}, ".encode() in body
    assert put(server, "R01", five, version=tag(2, whole), Correction=images[5])[0] == 409
    own = {"Authorization": f"Bearer {server.tokens['R01']}"}
    for headers in (own, own | {"If-Match": "*"}, own | {"If-Match": tag(2, whole), "If-None-Match": "*"}):
        assert ask(server, "PUT", "/answers/R01.csv", five, **headers)[0] == 428
    # The same once more, as after an acknowledgement that was lost: nothing new.
    assert put(server, "R01", whole, version=tag(1, five)) == (204, b"", tag(2, whole))
    assert (tmp_path / "taken" / "R01.csv").read_text() == whole
    # Taken back by the reader, image by image: allowed, and what it was is kept.
    assert put(server, "R01", five, version=tag(2, whole), Correction=" ".join(images[5:]))[2] == tag(3, five)
    assert stored_versions(tmp_path / "taken", "R01") == [five, whole, five]


def test_nobody_sees_or_gives_the_answers_of_another_reader(server, tmp_path):
    text = text_of(tmp_path, "R01")
    assert put(server, "R01", text)[0] == 204
    foreign = {"Authorization": f"Bearer {server.tokens['R02']}", "If-Match": tag(1, text)}
    replies = [
        ask(server, method, f"/answers/{reader}.csv", text, **headers)
        for method in ("GET", "PUT")
        for reader, headers in [
            ("R01", {}),
            ("R01", foreign),
            ("R01", {"Authorization": "Bearer x"}),
            ("R01", {"Authorization": server.tokens["R01"]}),
            # A reader whom the study does not have: the same reply.
            ("R09", foreign),
        ]
    ]
    assert {(status, body) for status, body, _ in replies} == {(403, replies[0][1])}
    assert b"open the link that you were given" in replies[0][1]
    assert stored_versions(tmp_path / "taken", "R01") == [text]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/#reader=R01&token=[A-Za-z0-9_-]{32}", server.links["R01"])


def test_refuses_other_pages_and_other_names(server, tmp_path):
    """A page from elsewhere in the same browser, and a foreign name that was made to lead here."""
    text, port = text_of(tmp_path, "R01"), server.server_port
    assert put(server, "R01", text, Origin="https://example.org")[0] == 403
    assert put(server, "R01", text, Origin="null")[0] == 403
    assert put(server, "R01", text, Host="example.org")[0] == 421
    assert ask(server, "GET", "/answers/R01.csv", Host=f"example.org:{port}")[0] == 421
    assert not (tmp_path / "taken" / "R01.csv").exists()
    assert put(server, "R01", text, Origin=f"http://127.0.0.1:{port}")[0] == 204
    assert ask(server, "GET", "/", Host=f"localhost:{port}")[0] == 200
    twice = f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nHost: localhost:{port}\r\n\r\n".encode()
    assert raw(server, twice).startswith(b"HTTP/1.1 421 ")


def test_all_addresses_but_not_all_names(study, tmp_path):
    """A server that listens on all addresses is no open door for a name that was made to lead here."""
    with pytest.raises(ConfigError, match="--host 0.0.0.0 listens on all addresses .* --allow-host"):
        StudyServer(study.page, tmp_path / "taken", host="0.0.0.0", port=0)
    with serving(StudyServer(study.page, tmp_path / "taken", "0.0.0.0", 0, allow_hosts=["Room.example"])) as server:
        assert server.url == f"http://room.example:{server.server_port}/"
        assert ask(server, "GET", "/", Host=f"room.example:{server.server_port}")[0] == 200
        for name in ("evil.example", "0.0.0.0", "127.0.0.1", "localhost"):
            assert ask(server, "GET", "/", Host=f"{name}:{server.server_port}")[0] == 421, name


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_ipv6(study, tmp_path):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with serving(StudyServer(study.page, tmp_path / "taken", host="::1", port=0)) as server:
        assert server.url == f"http://[::1]:{server.server_port}/"
        connection = http.client.HTTPConnection("::1", server.server_port, timeout=10)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        connection.close()


@pytest.mark.parametrize(
    "status, request_line, fields",
    [
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: \u00b2"),
        (413, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: " + "9" * 5000),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: -1"),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: +5"),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: 5\r\nContent-Length: 6"),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Transfer-Encoding: chunked"),
        (411, "PUT /answers/R01.csv HTTP/1.1", "X: y"),
        (404, "PUT /index.html HTTP/1.1", "Content-Length: 1"),
        (400, "GET http://[ HTTP/1.1", "X: y"),
        (400, "GET /%ff HTTP/1.1", "X: y"),
        (404, "GET /\u00e9%00 HTTP/1.1", "X: y"),
        (501, "POST /answers/R01.csv HTTP/1.1", "Content-Length: 1"),
        (501, "\u00e9\u00e9 / HTTP/1.1", "X: y"),
        (400, "GET / HTTP/\u00b2.1", "X: y"),
        (505, "GET / HTTP/9.9", "X: y"),
        (400, "GET / a b HTTP/1.1", "X: y"),
        (414, "GET /" + "a" * 70000 + " HTTP/1.1", "X: y"),
        (431, "GET / HTTP/1.1", "X: " + "y" * 70000),
        (431, "GET / HTTP/1.1", "\r\n".join(f"X{number}: y" for number in range(200))),
        (431, "GET / HTTP/1.1", "\r\n".join(f"X{number}: {'y' * 2000}" for number in range(90))),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: 5\r\nContent-Length: 5"),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: 5\r\n 6"),
        (411, "PUT /answers/R01.csv HTTP/1.1", "Content-Length : 5"),
        (400, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: \x00"),
        (428, "PUT /answers/R01.csv HTTP/1.1", "Content-Length: 5\r\nIf-Match: \u00e9"),
        (421, "GET /", "X: y"),
    ],
)
def test_garbage_is_refused_in_one_line(server, capfd, status, request_line, fields):
    own = "".join(f"{name}: {value}\r\n" for name, value in credentials(server).items())
    host = "" if request_line == "GET /" else f"Host: 127.0.0.1:{server.server_port}\r\n"
    answer = raw(server, f"{request_line}\r\n{host}{own}{fields}\r\n\r\n".encode("latin-1"))
    assert re.match(rf"HTTP/1\.1 {status} ", answer.decode("latin-1")), answer[:80]
    assert b"\n" not in answer.partition(b"\r\n\r\n")[2]
    assert "Traceback" not in capfd.readouterr().err


def test_slow_and_idle_connections_are_cut_off(server, monkeypatch):
    """However slowly the bytes come, a request has its time; then there is room for others."""
    monkeypatch.setattr(server_module, "SECONDS_PER_REQUEST", 0.3)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        started = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - started < 8:
                connection.sendall(b"G")
                time.sleep(0.05)
        assert time.monotonic() - started < 5


def test_too_many_connections_are_sent_away_and_do_no_harm(study, tmp_path, monkeypatch):
    monkeypatch.setattr(server_module, "MOST_CONNECTIONS", 3)
    with serving(StudyServer(study.page, tmp_path / "taken", port=0)) as server:
        idle = [socket.create_connection(("127.0.0.1", server.server_port), timeout=10) for _ in range(3)]
        while len(server._deadlines) < 3:
            time.sleep(0.01)
        status, _, headers = ask(server, "GET", "/")
        assert (status, headers["Retry-After"]) == (503, "2")
        for connection in idle:
            connection.close()
        while server._deadlines:
            time.sleep(0.01)
        assert ask(server, "GET", "/")[0] == 200


def test_full_disk_keeps_what_is_stored_and_takes_more_later(study, tmp_path):
    half, whole = text_of(tmp_path, "R01", lines=8), text_of(tmp_path, "R01")
    with small_disk(tmp_path / "disk", 64) as disk:
        with serving(StudyServer(study.page, disk / "taken", port=0)) as server:
            assert put(server, "R01", half)[0] == 204
            fill(disk)
            status, body, _ = put(server, "R01", whole, version=tag(1, half))
            assert status == 507 and b"the 8 lines that are stored are untouched: No space left on device" in body
            assert b"\n" not in body
            assert get(server, "R01")[1].decode() == (disk / "taken" / "R01.csv").read_text() == half
            assert sorted(path.name for path in (disk / "taken").iterdir()) == ["R01.csv", "tokens.json", "versions"]
        # Started again on the full disk: the same, and the link is the same.
        with serving(StudyServer(study.page, disk / "taken", port=0)) as again:
            assert again.tokens["R01"] == server.tokens["R01"]
            assert get(again, "R01")[1].decode() == half
            assert put(again, "R01", whole, version=tag(1, half))[0] == 507
            (disk / "filling").unlink()
            assert put(again, "R01", whole, version=tag(1, half))[0] == 204
        assert stored_versions(disk / "taken", "R01") == [half, whole]


def test_a_disk_that_takes_nothing_is_said_where_none_can_be_mounted(server, tmp_path, monkeypatch, caplog):
    half, whole = text_of(tmp_path, "R01", lines=8), text_of(tmp_path, "R01")
    assert put(server, "R01", half)[0] == 204

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        status, body, _ = put(server, "R01", whole, version=tag(1, half))
    assert status == 507 and caplog.messages == [f"refused: {body.decode()}"]
    assert get(server, "R01")[1].decode() == half
    assert put(server, "R01", whole, version=tag(1, half))[0] == 204


def test_damage_is_said_at_the_start(study, tmp_path):
    with serving(StudyServer(study.page, tmp_path / "taken", port=0)) as server:
        assert put(server, "R02", text_of(tmp_path, "R02"))[0] == 204
        journal = tmp_path / "taken" / "versions" / "R02.jsonl"
        journal.write_text("{}\n")
        (tmp_path / "taken" / "R02.csv").unlink()
        # While it runs, this reader is told so, and the others go on.
        assert get(server, "R02")[0] == 500
        assert put(server, "R01", text_of(tmp_path, "R01"))[0] == 204
    with pytest.raises(DataError, match="R02.jsonl, line 1: is damaged"):
        StudyServer(study.page, tmp_path / "taken", port=0)
    journal.unlink()
    StudyServer(study.page, tmp_path / "taken", port=0).server_close()


def test_a_folder_of_an_older_version_gets_the_page_of_this_one(study, tmp_path):
    """Its page knew no versions and no tokens."""
    (study.page / "merge.js").unlink()
    (study.page / "answers.js").write_text("old")
    with serving(StudyServer(study.page, tmp_path / "taken", port=0)) as server:
        assert b"const Merge" in ask(server, "GET", "/merge.js")[1]
        assert b"const Answers" in ask(server, "GET", "/answers.js")[1]
        assert ask(server, "GET", "/study.js")[1] == (study.page / "study.js").read_bytes()


def test_a_refusal_comes_before_the_body_and_is_not_lost_with_it(server, tmp_path):
    """The client is still sending when it is refused; it reads the refusal all the same."""
    head = f"PUT /answers/R01.csv HTTP/1.1\r\nHost: 127.0.0.1:{server.server_port}\r\nContent-Length: 9000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(head.encode() + b"x" * 5000)
        assert connection.recv(12) == b"HTTP/1.1 403"
        connection.sendall(b"x" * 4000)
        connection.shutdown(socket.SHUT_WR)
        rest = b""
        while data := connection.recv(65536):
            rest += data
        assert rest.endswith(b"open the link that you were given: it holds your code and your token")


def test_readers_of_their_own_choice(tmp_path):
    study = make_study(tmp_path)
    with StudyServer(study.page, tmp_path / "taken", port=0) as server:
        assert server.order("anyone") == server.settings["orders"]["*"]
        assert server.order("../x") is None
        assert server.url == f"http://127.0.0.1:{server.server_port}/"
        assert list(server.links) == ["R01"]
    with StudyServer(study.page, tmp_path / "taken", port=0, readers=["anna", "R01"]) as again:
        assert list(again.links) == ["R01", "anna"]
        assert again.tokens["R01"] == server.tokens["R01"]
    with pytest.raises(ConfigError, match="--reader: expected a code of letters"):
        StudyServer(study.page, tmp_path / "taken", port=0, readers=["../x"])
    # Some disks would keep both in one file.
    with pytest.raises(ConfigError, match="two codes differ only in capital letters. Received: Anna, anna"):
        StudyServer(study.page, tmp_path / "taken", port=0, readers=["Anna", "anna"])


def test_places_and_ports_that_cannot_be(study, tmp_path):
    with pytest.raises(ConfigError, match="answers must lie outside the folder for the readers"):
        StudyServer(study.page, study.page / "answers", port=0)
    with pytest.raises(DataError, match="no reader study in"):
        StudyServer(tmp_path, tmp_path / "taken", port=0)
    with StudyServer(study.page, tmp_path / "taken", port=0) as server:
        with pytest.raises(
            ConfigError, match=f"cannot listen on 127.0.0.1:{server.server_port}: .*choose another --port"
        ):
            StudyServer(study.page, tmp_path / "elsewhere", port=server.server_port)
        with pytest.raises(ConfigError, match="another server keeps answers in .*taken; end it, or name another"):
            StudyServer(study.page, tmp_path / "taken", port=0)
