"""``medgan-tf reader-study``: create, serve, import and score as a user types them."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from click.testing import CliRunner

import medgan_tf
from medgan_tf.console.group import main
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.evidence.readers.study.page_folder import read_settings

STUDY = Path("runs/study/cpd-seed1000/reader_study")


def call(*arguments, code=0):
    result = CliRunner().invoke(main, ["reader-study", *map(str, arguments)], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """PNG files of both kinds and an experiment."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for kind in ("real", "fake"):
        (tmp_path / kind).mkdir()
        for number in range(12):
            cv2.imwrite(str(tmp_path / kind / f"{number}.png"), random.integers(0, 256, (16, 16), dtype=np.uint8))
    experiment = {
        "name": "study",
        "data": {"private_dir": "private"},
        "reader_study": {"images": 12, "repeats": 2, "repeat_distance": 3, "readers": 6},
    }
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(experiment))
    return tmp_path


def create(*arguments, code=0):
    return call("create", "study.yaml", "--real", "real", "--synthetic", "fake", *arguments, code=code)


def write_answers(folder, readers, accuracy=0.9):
    key = KeyFile(STUDY / "key.json")
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    for reader in readers:
        order = read_settings(STUDY / "for_readers")["orders"][reader]
        with open(folder / f"{reader}.csv", "w", newline="") as stream:
            table = csv.writer(stream)
            table.writerow(["key_sha256", "reader", "position", "image", "answer", "confidence", "seconds"])
            for position, image in enumerate(order, start=1):
                right = (key.key.truth[image] == "real") == (random.random() < accuracy)
                table.writerow([key.sha256, reader, position, image, "real" if right else "synthetic", 3, 2.5])


def test_help_of_the_group_and_of_each_command():
    result = call("--help")
    assert [name for name in ("create", "serve", "import", "score") if f"  {name} " in result.stdout] == [
        "create",
        "serve",
        "import",
        "score",
    ]
    alone = call(code=2)
    assert alone.stderr == result.stdout and alone.stdout == ""
    for name in ("create", "serve", "import", "score"):
        text = call(name, "--help").stdout
        assert "Examples:" in text and f"medgan-tf reader-study {name}" in text


def test_create_then_score(folder):
    made = json.loads(create("--json").stdout)
    assert made["images"] == 14 and made["readers_folder"] == str(STUDY / "for_readers")
    assert made["key_sha256"] == KeyFile(STUDY / "key.json").sha256
    assert create(code=1).stderr.count("\n") == 1
    assert "give runs/study" in create("--restart").stdout
    write_answers(STUDY / "answers", ["R01", "R02", "R03", "R04", "R05"])
    result = call("score", "study.yaml")
    assert "NOT DECIDED: TOO FEW IMAGES" in result.stdout and "R05" in result.stdout
    evaluation = Path("runs/study/cpd-seed1000/evaluation")
    scored = json.loads((evaluation / "reader_study.json").read_text())
    assert scored["tests"]["above"] is True and scored["left_out"] == []
    assert [entry["file"] for entry in scored["computed_from"]] == [f"R0{n}.csv" for n in range(1, 6)]
    assert cv2.imread(str(evaluation / "reader_study.png")) is not None
    with open(evaluation / "reader_study.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["reader"] for row in rows] == ["R01", "R02", "R03", "R04", "R05"]
    assert int(rows[0]["TR"]) + int(rows[0]["FS"]) == 6
    with open(evaluation / "reader_study_images.csv", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 14


def test_score_from_elsewhere_and_without_a_reader(folder):
    create("--out", "give", "--key", "keep/key.json")
    (STUDY / "for_readers").parent.mkdir(parents=True)
    os.rename("give", STUDY / "for_readers")
    os.rename("keep/key.json", STUDY / "key.json")
    write_answers(folder / "mails", ["R01", "R02"])
    os.rename(STUDY / "key.json", "keep/key.json")
    (folder / "mails" / "R02.csv").write_text((folder / "mails" / "R02.csv").read_text().rsplit("\n", 2)[0] + "\n")
    places = ("--answers", "mails", "--key", "keep/key.json", "--out", "result")
    failed = call("score", "study.yaml", *places, code=1)
    assert failed.stderr.startswith("Error: mails/R02.csv: reader R02 has no answer to 1 of 14 images (")
    assert not (folder / "result").exists()
    scored = json.loads(call("score", "study.yaml", *places, "--leave-out", "R02", "--json").stdout)
    assert scored["left_out"] == ["R02"] and len(scored["readers"]) == 1
    assert scored["files"]["json"] == "result/reader_study.json"


PAPER_CHEST = (45, 52, 45, 52, 50, 25, 49, 39, 40, 55, 39)


def test_counts_alone_give_the_papers_verdict(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"R{number:02d},{count},100\n" for number, count in enumerate(PAPER_CHEST, start=1))
    Path("counts.csv").write_text("reader,correct,total\n" + rows)
    result = call("score", "--counts", "counts.csv", "--json")
    scored = json.loads(result.stdout)
    assert scored["over_readers"]["accuracy"]["mean"] == pytest.approx(4.91 / 11)
    assert scored["tests"]["signed_rank"]["less"] == 41 / 1024 < 0.05
    assert scored["tests"]["equivalent"] is False
    assert [path.name for path in tmp_path.iterdir()] == ["counts.csv"]
    text = call("score", "--counts", "counts.csv", "--margin", "0.2", "--out", "result").stdout
    assert "BELOW CHANCE" in text and "EQUIVALENT TO GUESSING within 0.3 to 0.7" in text
    assert sorted(path.name for path in (tmp_path / "result").iterdir()) == [
        "reader_study.csv",
        "reader_study.html",
        "reader_study.json",
        "reader_study.png",
    ]


def test_import_then_score(folder):
    create()
    key = KeyFile(STUDY / "key.json")
    rows = "".join(f"{image}.png,Fake\n" for image in key.key.truth)
    Path("sheet.csv").write_text("image,choice\n" + rows)
    other = call("import", "study.yaml", "sheet.csv", "--reader", "R02", "--answers", "other", "--json")
    assert json.loads(other.stdout)["answers"] == 14
    result = call("import", "study.yaml", "sheet.csv", "--reader", "R02")
    assert result.stdout == f"14 answers written to {STUDY / 'answers' / 'R02.csv'}\n"
    scored = json.loads(call("score", "study.yaml", "--json").stdout)
    assert (scored["readers"][0]["TS"], scored["readers"][0]["FS"]) == (6, 6)
    failed = call("import", "study.yaml", "sheet.csv", code=1)
    assert "the export names no reader; give it with --reader R01" in failed.stderr


@pytest.mark.parametrize(
    "arguments, code, message",
    [
        (("score",), 2, "name the experiment's YAML file; only --counts without --set can do without"),
        (("score", "--counts", "no.csv", "--dry-run"), 2, "--dry-run shows the experiment; name its YAML file"),
        (("score", "--counts", "no.csv"), 1, "no.csv: cannot be read: No such file or directory"),
        (("score", "--counts", "no.csv", "--key", "k"), 2, "--counts cannot be combined with --answers, --key or"),
        (
            ("score", "study.yaml"),
            1,
            "no key in runs/study/cpd-seed1000/reader_study/key.json; `medgan-tf",
        ),
        (("create", "study.yaml"), 1, "no real images in datasets/study: expected a dataset folder with manifest.json"),
        (("create", "study.yaml", "--set", "reader_study.images=1"), 2, "expected a number greater than or equal to 2"),
        (("create", "study.yaml", "--set", "reader_study.repeat=1"), 2, "nearest valid key is reader_study.repeats"),
        (("create", "study.yaml", "--set", "reader_study.repeats=11"), 2, "repeats must be at most images - repeat_"),
        (("serve", "study.yaml"), 1, "no reader study in runs/study/cpd-seed1000/reader_study/for_readers"),
        (("import", "study.yaml", "x.json"), 1, "no key in runs/study"),
        (("nothing",), 2, "No such command 'nothing'. (see medgan-tf reader-study --help)"),
    ],
)
def test_mistakes_are_one_line(folder, arguments, code, message):
    result = call(*arguments, code=code)
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert message in result.stderr


@pytest.mark.parametrize("command", ["create", "serve", "score"])
def test_dry_runs_write_nothing(folder, command):
    before = sorted(folder.rglob("*"))
    result = call(command, "study.yaml", "--dry-run")
    assert result.stdout.startswith("name: study\n") and "# " in result.stdout.splitlines()[-1]
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--host", "0.0.0.0"), "--host 0.0.0.0 listens on all addresses of this machine; name those by which readers"),
        (("--allow-host", "http://room"), "--allow-host: expected a host name or an address, without port. Received:"),
        (("--reader", "R07"), "--reader 'R07': the readers of this study are R01, R02, R03, R04, R05, R06"),
        (("--answers", STUDY / "for_readers" / "answers"), "answers must lie outside the folder for the readers."),
    ],
)
def test_serve_starts_only_where_it_is_safe(folder, arguments, message):
    create()
    result = call("serve", "study.yaml", "--port", "0", *arguments, code=2)
    assert result.stderr.startswith(f"Error: {message}") and result.stderr.count("\n") == 1
    assert not (STUDY / "answers").exists()


def test_serve_until_interrupted(folder):
    create()
    root = Path(medgan_tf.__file__).parent.parent
    code = "from medgan_tf.console.group import main, tools_package; tools_package(); main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "reader-study", "serve", "study.yaml", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(root), "PYTHONUNBUFFERED": "1"},
    )
    try:
        line = process.stdout.readline()
        address = line.split(" ")[0]
        assert address.startswith("http://127.0.0.1:"), line + process.stderr.read()
        assert process.stdout.readline() == "Give each reader their own link:\n"
        links = [process.stdout.readline().split() for _ in range(6)]
        assert [code for code, _ in links] == ["R01", "R02", "R03", "R04", "R05", "R06"]
        assert all(link.startswith(f"{address}#reader={code}&token=") for code, link in links)
        assert b"<title>" in urllib.request.urlopen(address, timeout=10).read()
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == "stopped; all answers are on disk\n"
    finally:
        process.kill()
        process.communicate()
