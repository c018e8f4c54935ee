import pytest

from medgan_tf.config.document import describe, parse_document, read_document
from medgan_tf.errors import ConfigError
from medgan_tf.files.yaml_text import dump_yaml


def value(text):
    return parse_document(text, "x.yaml").values


@pytest.mark.parametrize(
    "text, expected",
    [
        ("1e-4", 1e-4),
        ("1E3", 1000.0),
        ("-2.5e+3", -2500.0),
        (".5", 0.5),
        ("3.", 3.0),
        ("7_000_000", 7_000_000),
        ("-3", -3),
        ("010", 10),
        ("1:30", "1:30"),
        ("2020-01-31", "2020-01-31"),
        ("0x10", "0x10"),
        (".inf", ".inf"),
        ("e4", "e4"),
        ("yes", True),
        ("off", False),
        ("n", "n"),
        ("'1e-4'", "1e-4"),
        ("~", None),
        ("null", None),
        ("", None),
        ("[1, [a, 2.5]]", [1, ["a", 2.5]]),
        ("!!str 12", "12"),
    ],
)
def test_plain_values(text, expected):
    assert value(text) == expected
    assert type(value(text)) is type(expected)


def test_places_point_at_lines():
    document = parse_document("a: 1\nb:\n  c: 2\n  d: [3,\n    4]\n", "f.yaml")
    assert document.places[("a",)] == "f.yaml:1"
    assert document.places[("b", "c")] == "f.yaml:3"
    assert document.places[("b", "d", 1)] == "f.yaml:5"
    assert document.place(("b", "c", "x"), "f.yaml") == "f.yaml:3"
    assert document.place(("z",), "f.yaml") == "f.yaml"


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: a: key written twice; the first is at x.yaml:1"),
        ("a: &k 1\nb: *k\n", "x.yaml:1: not valid YAML: anchors and aliases"),
        ("a: !!python/object/apply:os.system [ls]\n", "x.yaml:1: a: expected plain YAML; received the tag"),
        ("a: !!float abc\n", "x.yaml:1: a: expected a plain value"),
        ("a: 1e999\n", "x.yaml:1: a: expected a plain value"),
        ("a: !!binary aGk=\n", "x.yaml:1: a: expected a plain value"),
        ("a:\n  1: b\n", "x.yaml:2: a: expected a key that is text; received '1'"),
        ("a: [1\n", "x.yaml:2: not valid YAML"),
        ("a: b: c\n", "x.yaml:1: not valid YAML: mapping values are not allowed here"),
        ("[" * 5000, "x.yaml: nested too deeply"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(ConfigError) as error:
        value(text)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_variables(monkeypatch):
    monkeypatch.setenv("MEDGAN_SIZE", "64")
    monkeypatch.setenv("MEDGAN_EMPTY", "")
    monkeypatch.delenv("MEDGAN_ABSENT", raising=False)
    assert value("${MEDGAN_SIZE}") == 64, "unquoted, it is a number"
    assert value("'${MEDGAN_SIZE}'") == "64", "quoted, it stays text"
    assert value("data/${MEDGAN_ABSENT:-x}/${MEDGAN_SIZE}.csv") == "data/x/64.csv"
    assert value("${MEDGAN_EMPTY:-d}") == "d"
    assert value("${MEDGAN_ABSENT:-1e-3}") == 1e-3
    assert value("'${MEDGAN_ABSENT:-}'") == ""
    assert value("$${MEDGAN_SIZE} $5") == "${MEDGAN_SIZE} $5"


def test_variables_are_not_read_twice(monkeypatch):
    monkeypatch.setenv("MEDGAN_OUTER", "${INNER}")
    assert value("${MEDGAN_OUTER}") == "${INNER}"


@pytest.mark.parametrize(
    "text, message",
    [
        ("a:\n  b: ${MEDGAN_ABSENT}\n", "x.yaml:2: a.b: the environment variable MEDGAN_ABSENT is not set"),
        ("a: x${9}\n", "x.yaml:1: a: expected ${NAME} or ${NAME:-default}; received 'x${9}'"),
    ],
)
def test_bad_variables(monkeypatch, text, message):
    monkeypatch.delenv("MEDGAN_ABSENT", raising=False)
    with pytest.raises(ConfigError) as error:
        value(text)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", ["${AWS_SECRET_ACCESS_KEY}", "x${USER:-y}", "'${MEDGANX}'"])
def test_the_environment_goes_into_no_experiment_unless_its_owner_says_so(monkeypatch, text):
    name = text.strip("x'${}").partition(":")[0]
    monkeypatch.setenv(name, "s3cr3t")
    with pytest.raises(ConfigError) as error:
        value(f"a:\n  b: {text}\n")
    assert str(error.value) == (
        f"x.yaml:2: a.b: the environment variable {name} may not go into an experiment, because records would show its "
        f"value; rename it to MEDGAN_{name}, or allow it in the environment: MEDGAN_VARIABLES={name}"
    )
    monkeypatch.setenv("MEDGAN_VARIABLES", f"OTHER, {name}")
    assert "s3cr3t" in value(text)


@pytest.mark.parametrize("name", ["HOME", "SCRATCH", "TMPDIR", "CHEXPERT_ROOT"])
def test_folders_may_be_taken_from_the_environment(monkeypatch, name):
    monkeypatch.setenv(name, "/data")
    assert value(f"${{{name}}}/x") == "/data/x"


def test_dump_and_read_agree(tmp_path):
    values = {
        "texts": [
            "1e-4",
            "010",
            "yes",
            "null",
            "",
            "2020-01-31",
            "1:30",
            "${HOME} $${X}",
            "a: b",
            "Fréchet",
            "x\ny",
            "#",
        ],
        "numbers": [1e-8, 0.0001, 1.0, -0.5, 7_000_000, 1e22, 0],
        "rest": {"a": None, "b": True, "empty": {}, "list": []},
    }
    path = tmp_path / "dumped.yaml"
    path.write_text(dump_yaml(values), encoding="utf-8")
    assert read_document(path).values == values


@pytest.mark.parametrize(
    "content, message",
    [
        (b"", ":1: expected `key: value` lines; received nothing (null)"),
        (b"- a\n", ":1: expected `key: value` lines; received a list of 1"),
        (b"a: \xff\xfe\n", ": expected YAML text in UTF-8"),
        (b"a: \x00\n", ":1: not valid YAML: found the control character U+0000"),
        (b"#" * 1_000_001, ": expected an experiment file of at most 1,000,000 bytes"),
    ],
)
def test_files_that_are_not_experiments(tmp_path, content, message):
    path = tmp_path / "odd.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as error:
        read_document(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(ConfigError, match="no such file; expected the path of an experiment file"):
        read_document(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="cannot be read as an experiment file: Is a directory"):
        read_document(tmp_path)


def test_byte_order_mark(tmp_path):
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\r\n")
    assert read_document(path).values == {"name": "x"}


def test_describe():
    assert describe("x" * 100) == "'" + "x" * 56 + "... (text)"
    assert describe(True) == "true (a boolean)"
    assert describe(None) == "nothing (null)"
    assert describe({}) == "a mapping"
    assert describe([1, 2]) == "a list of 2"
    assert describe(2.5) == "2.5"
