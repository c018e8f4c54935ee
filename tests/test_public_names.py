"""What docs/api.md and docs/stability.md promise: the names, their signatures, their types, and the old keys."""

import configparser
import re
from pathlib import Path

import pytest
from public_names import ROOT, breaks, documented, module_of, signatures, unannotated

PROMISED = (ROOT / "tests" / "golden" / "public_names.txt").read_text(encoding="utf-8").splitlines()
TODAY = [line for name, members in documented().items() for line in signatures(name, members)]


def test_what_was_promised_still_holds():
    assert breaks(PROMISED, TODAY) == []


def test_every_documented_name_is_promised():
    names = {line.partition("(")[0] for line in PROMISED}
    missing = [line for line in TODAY if line.partition("(")[0] not in names]
    assert missing == [], "add these lines to tests/golden/public_names.txt"
    assert len(PROMISED) > 60


# What these pass on to Keras has the types that Keras wants.
OF_KERAS = {"compile": ["training"], "fit": ["x", "y", "options"]}


def test_every_public_parameter_has_a_type():
    found = {line.partition("(")[0]: names for line in TODAY if (names := unannotated(line))}
    assert found == {f"medgan_tf.gans.gan.ConditionalGan.{name}": names for name, names in OF_KERAS.items()}


def test_mypy_checks_every_public_module():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    files = [one.strip() for one in config["mypy"]["files"].strip().split(",") if one.strip()]
    assert sorted(files) == sorted({module_of(name).as_posix() for name in documented()})


BEFORE = ["a.f(x: int, y: int=1, *, z: int=2)", "a.C", "a.C.width"]


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (["a.f(x: float, y: int=3, w: int=0, *, z: int=2, v: int=3)", *BEFORE[1:], "a.g()"], []),
        (["a.f(x: int, y: int=1, z: int=2)", *BEFORE[1:]], []),
        (BEFORE[1:], ["a.f is gone"]),
        ([BEFORE[0], "a.C"], ["a.C.width is gone"]),
        (["a.f(x: int, w: int=1, y: int=1, *, z: int=2)", *BEFORE[1:]], ["a.f: parameter 2 was y"]),
        (["a.f(x: int)", *BEFORE[1:]], ["a.f: parameter 2 was y"]),
        (["a.f(x: int, y: int=1)", *BEFORE[1:]], ["a.f: z is gone"]),
        (["a.f(x: int, y: int, *, z: int=2)", *BEFORE[1:]], ["a.f: y has no default any more"]),
        (["a.f(x: int, y: int=1, *, z: int=2, v: int)", *BEFORE[1:]], ["a.f: v is new and has no default"]),
    ],
)
def test_a_broken_promise_is_seen(now, found):
    assert breaks(BEFORE, now) == found


def test_types_that_are_missing_are_seen():
    assert unannotated("a.f(self, x, y: int, *more, z=1, **rest: int)") == ["x", "z", "more"]
    with pytest.raises(LookupError):
        signatures("medgan_tf.errors.NoSuchError")


def test_every_renamed_key_is_on_the_page():
    """The module of a section names its old keys in RENAMED, see `config.renamed`."""
    page = (ROOT / "docs" / "stability.md").read_text(encoding="utf-8")
    found = []
    for path in sorted(Path(ROOT / "medgan_tf").rglob("settings.py")):
        for table in re.findall(r"^RENAMED = (\{.*?\})", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
            found += re.findall(r'"(\w+)": "(\w+)"', table)
    assert found
    assert [pair for pair in found if not re.search(rf"\| `{pair[0]}` \| `{pair[1]}` \|", page)] == []
