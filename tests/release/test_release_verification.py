"""A release that somebody changed, with a manifest made again: the cards, the generator or the table name it."""

import json
import shutil
import subprocess
import sys

import pytest
import result_files
from signing_keys import write_keys
from small_release import results, rewrite, small_release, write_generator, write_images

from medgan_tf.errors import DataError
from medgan_tf.release import verification
from medgan_tf.release.manifest import write_manifest
from medgan_tf.release.signature import sign
from medgan_tf.release.strict_json import read_strictly, strict_object
from medgan_tf.release.verification import verify_release


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A small release; to be read, not changed."""
    return small_release(tmp_path_factory.mktemp("verification") / "folder")


@pytest.fixture
def folder(released, tmp_path):
    return shutil.copytree(released, tmp_path / "folder")


def problems(folder):
    return verify_release(folder).problems


def run_script(folder):
    command = [sys.executable, "-I", "-S", folder / "verify.py"]
    return subprocess.run(command, capture_output=True, text=True, cwd="/", timeout=60)


@pytest.mark.parametrize("what", ["images", "generator", "both"])
def test_a_whole_release_holds(tmp_path, what):
    changes = {"images": {}, "combinations": (), "form": "none"} if what == "generator" else {}
    folder = small_release(tmp_path / "folder", what=what, **changes)
    found = verify_release(folder)
    assert (found.problems, found.unchecked, found.exit_code, found.summary) == ([], [], 0, "all holds")
    done = run_script(folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "all holds\n", "")


def test_one_bit_of_any_file_is_named(released, folder):
    names = [entry["path"] for entry in json.loads((released / "MANIFEST.json").read_text())["files"]]
    assert len(names) == 17 and {"card.json", "evidence/gap.json", "generator/weights.safetensors"} < set(names)
    for name in names:
        content = bytearray((folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)
        assert f"{name}: its content is not that of the manifest" in problems(folder)
        shutil.copyfile(released / name, folder / name)
    assert problems(folder) == []


def set_at(*keys):
    """A change of a JSON file: the last of the keys gets the last value."""

    def change(values):
        for key in keys[:-2]:
            values = values[key]
        values[keys[-2]] = keys[-1]

    return change


CHANGED = {
    "a headline": (
        "evidence/gap.json",
        set_at("gap", "mean", "over_seeds", "mean", 0.001),
        "the fact auc_gap disagrees",
    ),
    "an interval": ("evidence/gap.json", set_at("gap", "mean", "interval", "high", 0.03), "the fact auc_gap disagrees"),
    "a verdict": ("evidence/gap.json", set_at("verdict", "finding", "better"), "the fact auc_gap disagrees"),
    "the gate": ("evidence/privacy.json", set_at("gate", "answer", "undecided"), "the fact privacy disagrees"),
    "a row of the audit": (
        "evidence/privacy.json",
        set_at("verdicts", 0, "value", 0.5),
        "privacy_distance_image disagrees",
    ),
    "a number on no card": ("evidence/privacy.json", set_at("synthetic_used", 99), "it is not the file that card.json"),
    "a number of its own": ("card.json", set_at("facts", "fid", "value", 1.5), "the fact fid disagrees"),
    "a place": ("card.json", set_at("facts", "fid", "where", "/floor/real/fid"), "the fact fid disagrees"),
    "a place that is none": (
        "card.json",
        set_at("facts", "fid", "where", "/metrics/9"),
        "there is nothing at /metrics/9",
    ),
    "a file": ("card.json", set_at("facts", "fid", "file", "../../etc/passwd"), "which is not there"),
    "a unit": ("card.json", set_at("facts", "fid", "unit", "1 is best"), "card.json: it is not what the result files"),
    "a reason": (
        "card.json",
        set_at("facts", "epsilon", "why", "it was 1"),
        "card.json: it is not what the result files",
    ),
    "a missing fact": ("card.json", lambda card: card["facts"].pop("auc_gap"), "the fact auc_gap is missing"),
    "a missing row": ("card.json", lambda card: card["facts"].pop("privacy_copies"), "it is not what the result files"),
    "a missing field": ("card.json", lambda card: card.pop("contact"), "card.json: it lacks contact"),
    "a field too much": ("card.json", lambda card: card.update(safe=True), "card.json: safe is no part of a card"),
    "a field of another kind": ("card.json", set_at("labels", "Edema"), "card.json: labels is not a list"),
    "an override without reason": ("card.json", set_at("gate", "holds", False), "no reason is given why"),
    "the licence": (
        "card.json",
        set_at("licence", "MIT"),
        "card.md: it is not what the result files and card.json give",
    ),
    "another generator": (
        "card.json",
        set_at("generator_sha256", "b" * 64),
        "generator: it is not the generator of card",
    ),
    "numbers of images": ("card.json", set_at("images", "train", 2), "its numbers of images are not those of images/"),
    "combinations": ("card.json", set_at("combinations", 0, "images", 2), "its label combinations are not those of"),
    "what it has": ("card.json", set_at("what", "images"), "it says that the release has images, and generator/ says"),
    "a dataset's card": ("croissant.json", set_at("name", "other"), "croissant.json: it is not what the result files"),
    "a catalogue's entry": ("healthdcat.jsonld", set_at("dcat:version", "2"), "healthdcat.jsonld: it is not what"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_was_changed_with_the_manifest_is_named(folder, what):
    name, change, reason = CHANGED[what]
    rewrite(folder, name, change)
    found = verify_release(folder)
    assert any(reason in text for text in found.problems), found.problems
    assert all(text.isascii() and text.isprintable() for text in found.problems)


@pytest.mark.parametrize(
    "what", ["a headline", "the gate", "a number on no card", "a missing fact", "a field too much"]
)
def test_the_script_names_it_too(folder, what):
    name, change, reason = CHANGED[what]
    rewrite(folder, name, change)
    done = run_script(folder)
    assert done.returncode == 3 and reason in done.stdout and done.stderr == ""


def test_pages_that_say_something_else(folder):
    for name in ("README.md", "card.md"):
        text = (folder / name).read_text()
        (folder / name).write_text(text.replace("0.03", "0.01"))
    write_manifest(folder)
    names = ("README.md", "card.md")
    assert problems(folder) == [f"{name}: it is not what the result files and card.json give" for name in names]


def test_a_card_of_another_version_is_not_checked_and_never_all_holds(folder):
    rewrite(folder, "card.json", set_at("software", "medgan-tf 0.0.9"))
    found = verify_release(folder)
    assert (found.problems, found.exit_code) == ([], 4)
    assert found.unchecked[0].startswith("card.json: written by medgan-tf 0.0.9; this is medgan-tf")


@pytest.mark.parametrize(
    ("name", "value"), [("version", "2"), ("name", "other"), ("gate", {"holds": False, "override": "why"}), ("gate", 3)]
)
def test_a_manifest_of_another_release(folder, name, value):
    values = json.loads((folder / "MANIFEST.json").read_text())
    (folder / "MANIFEST.json").write_text(json.dumps(values | {name: value}))
    assert problems(folder) == [f"MANIFEST.json: its {name} is not that of card.json"]


def test_a_generator_that_was_exchanged(folder):
    shutil.rmtree(folder / "generator")
    write_generator(folder / "generator")
    values = json.loads((folder / "generator/generator.json").read_text())
    values["combinations"][0]["train"] = 60
    (folder / "generator/generator.json").write_text(json.dumps(values))
    write_manifest(folder)
    assert "generator: it is not the generator of card.json" in problems(folder)
    (folder / "generator/generator.json").unlink()
    write_manifest(folder)
    assert "generator: it has no weights and card, so its hash cannot be compared" in verify_release(folder).unchecked


def test_images_of_another_generator(folder):
    shutil.rmtree(folder / "images")
    write_images(folder / "images", "c" * 64)
    write_manifest(folder)
    names = ("train/1.png", "valid/2.png")
    assert problems(folder) == [f"images/{name}: it names another generator than card.json" for name in names]


TABLES = {
    "train/1.png,train,0,1,0\n": ["images/valid/2.png: images/labels.csv does not name it"],
    "train/1.png,train,0,1,0\nvalid/2.png,valid,0,1,1\nvalid/3.png,valid,1,1,1\n": [
        "images/labels.csv: it names images/valid/3.png, which is not there"
    ],
    "train/1.png,train,0,1,0\nvalid/2.png,valid,0,1,1\nvalid/2.png,valid,0,1,1\n": [
        "images/labels.csv: it names images/valid/2.png 2 times"
    ],
    "../1.png,train,0,1,0\nvalid/2.png,valid,0,1,1\n": [
        "images/labels.csv: it names images/../1.png, which is not there"
    ],
    "train/1.png,train,0,0,1\nvalid/2.png,valid,0,1,1\n": [
        "card.json: its label combinations are not those of images/labels.csv"
    ],
    "train/1.png,train,0\n": ["images/labels.csv: it cannot be read: its rows differ in length"],
    "=cmd|' /C calc'!A0,train,0,1,0\n": ["images/valid/2.png: images/labels.csv does not name it"],
}


@pytest.mark.parametrize("rows", TABLES)
def test_a_table_that_does_not_fit_the_images(folder, rows):
    (folder / "images/labels.csv").write_text(f"path,fold,row,Edema,Fracture\n{rows}")
    write_manifest(folder)
    assert set(TABLES[rows]) <= set(problems(folder))


def test_a_table_that_is_none(folder):
    for content in (b"", b"\xff\xfe", b"a,b\n1,2\n", b'"' + b"x" * 200_000):
        (folder / "images/labels.csv").write_bytes(content)
        write_manifest(folder)
        assert any(text.startswith("images/labels.csv: it cannot be read: ") for text in problems(folder))


HOSTILE = {
    "brackets": ("[" * 10**6, "cannot be read"),
    "objects in objects": ('{"a":' * 100 + "1" + "}" * 100, "more than 64 levels"),
    "a key twice": ('{"name": 1, "name": 2}', "a key comes twice"),
    "a huge number": ('{"resolution": ' + "9" * 5000 + "}", "a whole number of 5000 digits"),
    "a number without an end": ('{"resolution": 1e999}', "a number is too large"),
    "NaN": ('{"resolution": NaN}', "NaN, which is no JSON"),
    "a list": ("[]", "no JSON object"),
    "half a character": (b"\xff\xfe", "cannot be read"),
}


@pytest.mark.parametrize("name", ["card.json", "evidence/gap.json"])
@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_json_is_one_line(folder, name, what):
    content, reason = HOSTILE[what]
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    write_manifest(folder)
    texts = problems(folder)
    assert any(reason in text for text in texts) and all(text.isascii() and text.isprintable() for text in texts)
    done = run_script(folder)
    assert done.returncode == 3 and reason in done.stdout and "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["card.json", "evidence/gap.json", "evidence"])
def test_links_are_not_followed(folder, released, name):
    target = folder / name
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    target.symlink_to(released / name)
    assert f"{name}: a link" in problems(folder)


@pytest.mark.parametrize(
    "odd", [{}, {"gap": 3, "verdict": [], "seeds": {}}, {"conditions": [[]], "verdict": {"finding": []}}]
)
def test_odd_evidence_makes_a_card_and_no_traceback(tmp_path, odd):
    audit = odd | {"verdicts": {"a": 1}, "combinations": [1, {"labels": []}], "train": 5}
    files = {"gap.json": odd, "privacy.json": audit, "fid-x.json": {"metrics": 3}}
    assert problems(small_release(tmp_path / "folder", files)) == []


def test_a_signature(folder, tmp_path):
    private, public = write_keys(tmp_path, "own")
    sign(folder, private)
    found = verify_release(folder)
    assert found.unchecked == ["MANIFEST.sig: a signature; --public-key checks it"] and found.exit_code == 4
    found = verify_release(folder, public)
    assert (found.problems, found.unchecked, found.exit_code) == ([], [], 0)
    other = write_keys(tmp_path, "other")[1]
    assert verify_release(folder, other).exit_code == 3
    (folder / "MANIFEST.sig").unlink()
    assert verify_release(folder, public).problems == ["MANIFEST.sig: there is no signature"]


def test_who_changes_all_files_and_the_card_is_found_by_the_signature_alone(tmp_path):
    private, public = write_keys(tmp_path, "own")
    folder = small_release(tmp_path / "folder")
    sign(folder, private)
    better = results() | {"gap.json": result_files.gap(gaps=[0.001, 0.001, 0.002])}
    other = small_release(tmp_path / "other", better)
    shutil.copyfile(folder / "MANIFEST.sig", other / "MANIFEST.sig")
    assert verify_release(other).exit_code == 4
    assert verify_release(other, public).problems == [
        "MANIFEST.sig: it is not the signature of this manifest by this key"
    ]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="no such folder: .*expected a release"):
        verify_release(tmp_path / "none")


def test_whatever_fails_in_a_card_is_a_line(folder, monkeypatch):
    def fails(*_):
        raise RuntimeError("a\nb")

    monkeypatch.setattr(verification, "card_texts", fails)
    assert problems(folder) == ["card.json: the cards cannot be made again from the result files: a b"]


def test_the_strict_reader(tmp_path):
    assert strict_object(b'{"a": [1, 2.5, null, true, "x"]}') == {"a": [1, 2.5, None, True, "x"]}
    with pytest.raises(ValueError, match="it is no file"):
        read_strictly(tmp_path)
