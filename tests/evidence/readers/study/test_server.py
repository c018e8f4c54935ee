"""The server for one workstation: what it gives, what it takes, and whom it refuses."""

import http.client
import threading

import pytest
from study_parts import make_study, simulate

from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.readers.answers import collect_answers
from medgan_tf.evidence.readers.study.server import StudyServer


@pytest.fixture
def study(tmp_path):
    return make_study(tmp_path, readers=2)


@pytest.fixture
def server(study, tmp_path):
    with StudyServer(study.page, tmp_path / "taken", port=0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join(5)


def ask(server, method, path, body=None, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())
    finally:
        connection.close()


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
    for path in ("/key.json", "/../key.json", "/%2e%2e/key.json", "/images/", "/images/../../key.json", "/x", "//x"):
        assert ask(server, "GET", path)[0] == 404, path


def test_takes_answers_and_gives_them_back(server, tmp_path):
    assert ask(server, "GET", "/answers/R01.csv")[0] == 204
    assert ask(server, "GET", "/answers/R09.csv")[0] == 404
    half = text_of(tmp_path, "R01", lines=8)
    assert ask(server, "PUT", "/answers/R01.csv", half)[0] == 204
    assert (tmp_path / "taken" / "R01.csv").read_text() == half
    assert ask(server, "GET", "/answers/R01.csv")[1].decode() == half
    for reader in ("R01", "R02"):
        assert ask(server, "PUT", f"/answers/{reader}.csv", text_of(tmp_path, reader))[0] == 204
    assert sorted(path.name for path in (tmp_path / "taken").iterdir()) == ["R01.csv", "R02.csv"]
    key = simulate(tmp_path, [0.5, 0.5])
    assert len(collect_answers([tmp_path / "taken"], key)) == 40


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda text: text.replace("R01", "R02"), "not the images of this reader in their order"),
        (lambda text: "x", "lacks the column reader"),
        (lambda text: "", "is empty"),
        (lambda text: text.replace(",real,", ",maybe,", 1).replace(",synthetic,", ",maybe,", 1), "expected real or"),
        (lambda text: text + text.splitlines()[1] + "\n", "not the images of this reader in their order"),
    ],
)
def test_refuses_what_is_no_answer_and_keeps_what_it_has(server, tmp_path, change, message):
    good = text_of(tmp_path, "R01")
    assert ask(server, "PUT", "/answers/R01.csv", good)[0] == 204
    status, body, _ = ask(server, "PUT", "/answers/R01.csv", change(good))
    assert status == 400 and message in body.decode()
    assert (tmp_path / "taken" / "R01.csv").read_text() == good


def test_refuses_answers_to_another_study(server, tmp_path):
    text = text_of(tmp_path, "R01").replace(server.settings["key_sha256"], "0" * 64)
    status, body, _ = ask(server, "PUT", "/answers/R01.csv", text)
    assert status == 400 and "was answered for the study with the key 000000000000" in body.decode()


def test_refuses_other_pages_and_other_names(server, tmp_path):
    """A page from elsewhere in the same browser, and a foreign name that was made to lead here."""
    text, port = text_of(tmp_path, "R01"), server.server_port
    assert ask(server, "PUT", "/answers/R01.csv", text, Origin="https://example.org")[0] == 403
    assert ask(server, "PUT", "/answers/R01.csv", text, Origin="null")[0] == 403
    assert ask(server, "PUT", "/answers/R01.csv", text, Host="example.org")[0] == 421
    assert ask(server, "GET", "/answers/R01.csv", Host=f"example.org:{port}")[0] == 421
    assert not (tmp_path / "taken").exists()
    assert ask(server, "PUT", "/answers/R01.csv", text, Origin=f"http://127.0.0.1:{port}")[0] == 204
    assert ask(server, "GET", "/", Host=f"localhost:{port}")[0] == 200


def test_refuses_unknown_readers_and_large_bodies(server):
    assert ask(server, "PUT", "/answers/R09.csv", "x")[0] == 404
    assert ask(server, "PUT", "/answers/..%2fR01.csv", "x")[0] == 404
    assert ask(server, "PUT", "/index.html", "x")[0] == 404
    assert ask(server, "PUT", "/answers/R01.csv", None, **{"Content-Length": str(9 * 2**20)})[0] == 413
    assert ask(server, "POST", "/answers/R01.csv", "x")[0] == 501


def test_readers_of_their_own_choice(tmp_path):
    study = make_study(tmp_path)
    with StudyServer(study.page, tmp_path / "taken", port=0) as server:
        assert server.order("anyone") == server.settings["orders"]["*"]
        assert server.order("../x") is None
        assert server.url == f"http://127.0.0.1:{server.server_port}/"


def test_places_and_ports_that_cannot_be(study, tmp_path):
    with pytest.raises(ConfigError, match="answers must lie outside the folder for the readers"):
        StudyServer(study.page, study.page / "answers", port=0)
    with pytest.raises(DataError, match="no reader study in"):
        StudyServer(tmp_path, tmp_path / "taken", port=0)
    with StudyServer(study.page, tmp_path / "taken", port=0) as server:
        with pytest.raises(
            ConfigError, match=f"cannot listen on 127.0.0.1:{server.server_port}: .*choose another --port"
        ):
            StudyServer(study.page, tmp_path / "taken", port=server.server_port)
