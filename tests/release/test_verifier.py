"""A released folder that somebody changed, in every way: the script names it, with the standard library alone."""

import ast
import json
import os
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import replace

import cv2
import numpy as np
import pytest
from small_release import ABOUT

from medgan_tf.errors import DataError
from medgan_tf.release.cards.write import write_cards
from medgan_tf.release.manifest import script_text, write_manifest
from medgan_tf.release.verifier import MANIFEST, SCRIPT, name_problem, verify_folder
from medgan_tf.synthesis.dicom.header import SetHeader, dicom_bytes
from medgan_tf.synthesis.marks.marks import Marks
from medgan_tf.synthesis.marks.png_writer import marked_png

MARKS = Marks("a" * 64)
PIXELS = np.arange(256, dtype=np.uint8).reshape(16, 16)
PLAIN = cv2.imencode(".png", PIXELS)[1].tobytes()
PNG, DICOM = "images/none/1.png", "images/none/1.dcm"


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A small release; to be read, not changed."""
    folder = tmp_path_factory.mktemp("release") / "folder"
    (folder / "images/none").mkdir(parents=True)
    (folder / PNG).write_bytes(marked_png(PLAIN, MARKS))
    header = SetHeader("secondary_capture", "key", MARKS)
    (folder / DICOM).write_bytes(dicom_bytes(header, PIXELS, "1", 1, 1, ("Square",)))
    (folder / "images/labels.csv").write_text("path\n1.png\n")
    write_cards(folder, replace(ABOUT, what="images", generator_sha256=MARKS.generator))
    write_manifest(folder, {"name": "small"})
    return folder


@pytest.fixture
def folder(released, tmp_path):
    return shutil.copytree(released, tmp_path / "folder")


def run_script(folder, *arguments):
    """Without site-packages, the user's own ones and the environment."""
    command = [sys.executable, "-I", "-S", folder / SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60)


def problems(folder):
    return verify_folder(folder)[0]


def test_a_whole_release_holds_with_and_without_the_package(released):
    assert verify_folder(released) == ([], [])
    done = run_script(released)
    assert (done.returncode, done.stdout, done.stderr) == (0, "all holds\n", "")
    assert json.loads((released / MANIFEST).read_text())["name"] == "small"
    assert (released / SCRIPT).read_text() == script_text()


def test_the_script_names_what_is_broken(folder):
    (folder / "README.md").write_text("# Real\n")
    (folder / "more.txt").write_text("x")
    done = run_script(folder)
    assert done.returncode == 3
    assert done.stdout.splitlines() == [
        "BROKEN       more.txt: the manifest does not name it",
        "BROKEN       README.md: its content is not that of the manifest",
        "something does not hold",
    ]
    assert run_script(folder, folder).stdout == done.stdout


def test_a_signature_is_not_checked(folder):
    (folder / "MANIFEST.sig").write_bytes(b"?")
    done = run_script(folder)
    assert done.returncode == 4 and done.stdout.endswith("cannot check\nall that was checked holds\n")
    (folder / PNG).unlink()
    assert run_script(folder).returncode == 3


def test_one_bit_of_any_file_is_named(released, folder):
    names = [entry["path"] for entry in json.loads((released / MANIFEST).read_text())["files"]]
    cards = ["README.md", "card.json", "card.md", "croissant.json", "healthdcat.jsonld"]
    assert names == [*cards, "images/labels.csv", DICOM, PNG, SCRIPT]
    for name in names:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)
        assert problems(folder)[0] == f"{name}: its content is not that of the manifest"
        shutil.copyfile(released / name, folder / name)
    assert problems(folder) == []


def manifest(folder, change):
    path = folder / MANIFEST
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def test_missing_and_empty_and_odd(folder):
    (folder / PNG).unlink()
    (folder / "empty").mkdir()
    os.mkfifo(folder / "pipe")
    assert set(problems(folder)) == {
        f"{PNG}: it is missing",
        "empty: an empty folder",
        "pipe: neither a file nor a folder",
    }


@pytest.mark.parametrize("name", ["README.md", "images", "more", MANIFEST])
def test_links_are_not_followed(folder, released, name):
    target = released / name if (released / name).exists() else released
    if (folder / name).is_dir():
        shutil.rmtree(folder / name)
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(target)
    assert f"{name}: a link" in problems(folder)
    if name != MANIFEST:
        with pytest.raises(DataError, match="cannot be released: .*a link"):
            write_manifest(folder)


ODD = ["/etc/passwd", "../up", "a/../../b", "./a", "a//b", "a\\b", "C:a", "a\nb", "a\x1b[2J", "a\u202eb", "a.", "a ",
       " a", "", "a/", "x" * 241, "/".join("abcdefghi"), "nul\0", "a*"]  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_paths_out_of_the_folder_and_odd_names(folder, name):
    assert name_problem(name)
    manifest(folder, lambda values: values["files"].append({"path": name, "bytes": 0, "sha256": "0" * 64}))
    [text] = problems(folder)
    assert text.startswith("MANIFEST.json: ") and text.isprintable() and text.isascii()


@pytest.mark.parametrize("name", ["a b.txt", "ä.txt", "..a", "a..b", "日本.png"])
def test_plain_names(name):
    assert name_problem(name) is None


def test_odd_names_on_the_disk_are_shown_without_their_characters(folder):
    (folder / "a\x1b[2J\n").write_text("x")
    (folder / "readme.MD").write_text("x")
    (folder / os.fsdecode(b"\xff")).write_text("x")
    texts = problems(folder)
    assert all(text.isprintable() and text.isascii() for text in texts)
    assert (
        "'a\\x1b[2J\\n': its name has hidden characters" in texts
        and "'\\udcff': its name has hidden characters" in texts
    )
    assert any("differs from another one by case or accents only" in text for text in texts)


def test_names_that_differ_in_the_form_of_an_accent(folder):
    for form in ("NFC", "NFD"):
        (folder / unicodedata.normalize(form, "ö.txt")).write_text("x")
    assert any("by case or accents only" in text for text in problems(folder))


BOMBS = {
    "no JSON": ("{", "cannot be read"),
    "brackets": ("[" * 10**6, "cannot be read"),
    "a key twice": ('{"files": [], "files": []}', "a key comes twice"),
    "a list": ("[]", "it is no JSON object"),
    "another version": ('{"format_version": 2, "files": []}', "no manifest of version 1"),
    "no files": ('{"format_version": 1, "files": {"a": 1}}', "no manifest of version 1"),
    "an entry of a number": ('{"format_version": 1, "files": [3]}', "does not have path, bytes and sha256"),
    "a path of a number": (
        '{"format_version": 1, "files": [{"path": 1, "bytes": 1, "sha256": ""}]}',
        "does not have path, bytes and sha256",
    ),
    "itself": (
        '{"format_version": 1, "files": [{"path": "MANIFEST.json", "bytes": 1, "sha256": ""}]}',
        "it names itself",
    ),
    "a huge number": ('{"format_version": ' + "9" * 10_000 + "}", "cannot be read"),
    "half a character": (b"\xff\xfe", "cannot be read"),
}


@pytest.mark.parametrize("how", BOMBS)
def test_a_hostile_manifest_is_one_line(folder, how):
    content, reason = BOMBS[how]
    (folder / MANIFEST).write_bytes(content if isinstance(content, bytes) else content.encode())
    [text] = problems(folder)
    assert reason in text and text.isprintable()


def test_a_file_named_twice(folder):
    manifest(folder, lambda values: values["files"].append(values["files"][0]))
    assert problems(folder) == ["MANIFEST.json: README.md: named twice"]


def test_a_size_that_lies(folder):
    manifest(folder, lambda values: values["files"][0].update(bytes=2**62))
    assert problems(folder) == ["README.md: its content is not that of the manifest"]


def without_mark(folder):
    (folder / PNG).write_bytes(PLAIN)


def without_dicom_mark(folder):
    content = (folder / DICOM).read_bytes()
    (folder / DICOM).write_bytes(content.replace(b"\x08\x00\x1c\x00CS\x04\x00YES ", b"\x08\x00\x1c\x00CS\x04\x00NO  "))


def without_dicom_name(folder):
    content = (folder / DICOM).read_bytes()
    (folder / DICOM).write_bytes(content.replace(b"SYNTHETIC^NO PATIENT", b"Doe^Jane            "))


UNMARKED = {
    without_mark: f"{PNG}: it does not say that it is synthetic",
    without_dicom_mark: f"{DICOM}: it does not say that it is synthetic",
    without_dicom_name: f"{DICOM}: it does not say that it is synthetic",
    lambda folder: (folder / PNG).write_bytes(b"GIF89a"): f"{PNG}: its marks cannot be read: it is no PNG file",
    lambda folder: (folder / DICOM).write_bytes(b"\0" * 128 + b"DICM"): f"{DICOM}: its marks cannot be read: it holds",
    lambda folder: (folder / "images/none/2.jpg").write_bytes(PLAIN): "images/none/2.jpg: no PNG or DICOM file",
    lambda folder: (folder / "images/none/labels.csv").write_text("x"): "images/none/labels.csv: no PNG or DICOM file",
}


@pytest.mark.parametrize("change", UNMARKED)
def test_an_image_without_its_marks_is_named_though_the_manifest_knows_it(folder, change):
    change(folder)
    write_manifest(folder)
    [text] = problems(folder)
    assert text.startswith(UNMARKED[change])
    assert run_script(folder).returncode == 3


def test_the_copied_parts_do_not_name_each_others_names():
    tree = ast.parse(script_text())
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names += [one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    assert len(names) == len(set(names)) > 30
    assert "medgan_tf" not in script_text()
