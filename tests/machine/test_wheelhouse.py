"""The folder for a machine without a network, with a stand-in for pip. The real one is made and used in .ci/run."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from medgan_tf.console.group import main
from medgan_tf.errors import DataError, RunError
from medgan_tf.machine.wheelhouse import make_wheelhouse

OWN = "medgan_tf-0.1.0-py3-none-any.whl"


def write_wheel(path, text="x"):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content", text)


@pytest.fixture
def pip(monkeypatch):
    """Downloads a wheel and a source archive, and builds what it is asked to; the calls, word by word."""
    calls = []

    def call(command, **_):
        assert command[:3] == [sys.executable, "-m", "pip"]
        words = command[5:]
        calls.append(words)
        if words[0] == "download":
            write_wheel(Path(words[-1]) / "One_thing-1.0-py3-none-any.whl")
            (Path(words[-1]) / "other-2.tar.gz").write_text("source")
        else:
            source, folder = Path(words[-1]), Path(words[words.index("--wheel-dir") + 1])
            write_wheel(folder / (OWN if source.is_dir() else "other-2-py3-none-any.whl"), sorted(source.parts[-1:])[0])
            if source.is_dir():
                calls.append(sorted(path.name for path in source.rglob("*")))
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", call)
    return calls


@pytest.fixture
def lock(tmp_path):
    path = tmp_path / "requirements.lock"
    path.write_text("one-thing==1.0\n")
    return path


@pytest.fixture
def checkout(tmp_path):
    folder = tmp_path / "checkout"
    for name in ("medgan_tf", "experiments", "tools", "build"):
        (folder / name).mkdir(parents=True)
        (folder / name / f"{name}.txt").touch()
    for name in ("setup.cfg", "setup.py", "pyproject.toml", "README.md", "LICENSE", "notes.txt"):
        (folder / name).touch()
    return folder


def test_a_folder_from_a_checkout(pip, lock, checkout, tmp_path):
    folder = tmp_path / "wheels"
    made = make_wheelhouse(folder, lock, checkout)
    wheels = ("One_thing-1.0-py3-none-any.whl", OWN, "other-2-py3-none-any.whl")
    assert made.wheels == wheels and made.built == wheels[1:]
    assert {path.name for path in folder.iterdir()} == {*wheels, "SHA256SUMS", "requirements.txt", "INSTALL.txt"}
    digests = [hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in wheels]
    pairs = list(zip(digests, wheels, strict=True))
    assert (folder / "SHA256SUMS").read_text() == "".join(f"{digest}  {name}\n" for digest, name in pairs)
    names = ("one-thing==1.0", "medgan-tf==0.1.0", "other==2")
    lines = [f"{name} --hash=sha256:{digest}\n" for name, digest in zip(names, digests, strict=True)]
    assert (folder / "requirements.txt").read_text() == "".join(lines)
    assert made.size == sum((folder / name).stat().st_size for name in wheels)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"For CPython {version} on " in (folder / "INSTALL.txt").read_text()


def test_hashes_are_asked_for_and_builds_fetch_nothing(pip, lock, checkout, tmp_path):
    make_wheelhouse(tmp_path / "wheels", lock, checkout)
    download, built, own, copied = pip
    assert download[:2] == ["download", "--require-hashes"] and "--no-deps" in download
    for call in (built, own):
        assert "--no-index" in call and call[call.index("--find-links") + 1] == str(tmp_path / "wheels")
    # From a copy, without an old build.
    assert "build.txt" not in copied and "notes.txt" not in copied and "medgan_tf.txt" in copied


def test_a_wheel_is_taken_as_it_is(pip, lock, tmp_path):
    write_wheel(tmp_path / OWN, "mine")
    made = make_wheelhouse(tmp_path / "wheels", lock, tmp_path / OWN)
    assert (tmp_path / "wheels" / OWN).read_bytes() == (tmp_path / OWN).read_bytes() and OWN in made.built
    assert len(pip) == 2


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("full", "is there already: expected a new or an empty folder"),
        ("lock", "no such file; expected a lock"),
        ("project", "expected a checkout or a wheel of medgan-tf; it has no setup.cfg"),
    ],
)
def test_wrong_inputs(pip, lock, checkout, tmp_path, wrong, message):
    (tmp_path / "empty").mkdir()
    folder = checkout if wrong == "full" else tmp_path / "wheels"
    lock = tmp_path / "none" if wrong == "lock" else lock
    with pytest.raises(DataError, match=message):
        make_wheelhouse(folder, lock, tmp_path / "empty" if wrong == "project" else checkout)


def test_an_error_of_pip_is_one_line(lock, tmp_path, monkeypatch):
    said = "Looking\nERROR: THESE PACKAGES DO NOT MATCH\n    Expected sha256 a\n"
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1, "", said))
    with pytest.raises(RunError, match="^pip download ended with code 1: ERROR: THESE PACKAGES DO NOT MATCH$"):
        make_wheelhouse(tmp_path / "wheels", lock, tmp_path)


def test_the_command(pip, lock, checkout, tmp_path):
    words = ["wheelhouse", tmp_path / "wheels", "--lock", lock, "--project", checkout, "--json"]
    answer = json.loads(CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False).stdout)
    files = list((tmp_path / "wheels").glob("*.whl"))
    assert sorted(answer["wheels"]) == sorted(path.name for path in files) and OWN in answer["built"]
    assert answer["bytes"] == sum(path.stat().st_size for path in files)
