"""A room of another package is in the report like our own: an entry point is all that medgan_tf needs to know."""

import csv
import json
import os
import subprocess
import sys

import pytest
from report_pages import Checked
from result_files import HASH, experiment_folder, write

SETTINGS = """
KEY, ORDER, CONFIG = "sharpness", 35, None
"""
SECTION = '''
"""How sharp the images are."""

from medgan_tf.evidence.report import GridColumns
from medgan_tf.presentation.blocks import Missing, Picture, Section, Table
from medgan_tf.presentation.cards import Card
from medgan_tf.presentation.figure_style import new_figure

TITLE = "How sharp the images are"
TERMS = {"Sharpness": "Share of edges <that> a doctor would call sharp."}


def read(run, reader):
    return reader.json(run.evaluation / "sharpness.json")


def _values(results):
    return {results.title_of(run): run.evidence["sharpness"]["share"] for run in results.runs
            if "sharpness" in run.evidence}


def sections(results, details):
    section = Section(TITLE)
    rows = [[title, share] for title, share in _values(results).items()]
    if rows:
        figure = new_figure(3, 2)
        figure.subplots().plot([share for _, share in rows], "o")
        section.blocks += [Table("sharpness", "Sharpness of each run", ["run", "share"], rows),
                           Picture("sharpness", "Sharpness", figure)]
    section.missing += [Missing(results.title_of(run), "sharpness", "medgan-tf run --with sharpness")
                        for run in results.runs if "sharpness" not in run.evidence]
    return [section]


def card(results):
    values = list(_values(results).values())
    return Card("How sharp is it?", "good", f"{max(values):.0%} of the edges are sharp") if values else None


def grid_columns(results):
    best = [max(_values(results.only(gan)).values(), default=None) for gan in results.gans]
    return GridColumns(["sharpness"], [[value] for value in best])


def pictures(run):
    return [("Edges of the sharpest image", run.evaluation / "sharpness.png")]


def hashes(result):
    return [("sharpness: images", result["images_sha256"])]
'''
FAILING = "raise ImportError('needs a library that is not there')"


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    """Two packages as pip leaves them: a toy room, and one whose part of the report cannot be loaded."""
    folder = tmp_path_factory.mktemp("site")
    for name, settings, section in (
        ("toy_room", SETTINGS, SECTION),
        ("failing_room", 'KEY, ORDER, CONFIG = "failing", 90, None', FAILING),
    ):
        (folder / name).mkdir()
        for file, text in (("__init__", ""), ("settings", settings), ("section", section)):
            (folder / name / f"{file}.py").write_text(text)
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[medgan_tf.evidence]\n{name} = {name}\n")
    return folder


def report(packages, path, out, *options):
    """The command in a process of its own, which sees the two packages. One of them fails, so the exit code is 1."""
    command = [sys.executable, "-m", "medgan_tf", "report", str(path), "--out", str(out), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(packages)})
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: the report is not whole, as ")
    return Checked((out / "report.html").read_text(encoding="utf-8")), json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    """Two seeds of which the first has been measured."""
    folder = experiment_folder(tmp_path_factory.mktemp("made") / "phantom", seeds=(1, 2), gaps=None)
    evaluation = folder / "cpd-seed1" / "evaluation"
    write(evaluation / "sharpness.json", {"share": 0.625, "images_sha256": HASH})
    (evaluation / "sharpness.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(8))
    return folder


def test_everything_of_a_foreign_room_is_in_the_report(packages, experiment, tmp_path):
    page, values, errors = report(packages, experiment, tmp_path, "--with-images")
    text = page.text
    assert text.index("How sharp is it? 62% of the edges are sharp") < text.index("Sharpness of each run")
    # Its place among the rooms is that of its ORDER.
    titles = (
        "How near the nearest real images are",
        "Sharpness of each run",
        "Attacks and searches are made with a control",
    )
    places = [text.rindex(title) for title in titles]
    assert places == sorted(places)
    assert "cpd-seed1 0.625" in text and f"cpd-seed1 sharpness: images {HASH}" in text
    assert "Sharpness Share of edges <that> a doctor would call sharp." in text
    assert "Edges of the sharpest image" in text
    assert sum(source.startswith("data:image/png") for source in page.sources) == 1
    missing = {"where": "cpd-seed2", "what": "sharpness", "command": "medgan-tf run --with sharpness"}
    assert missing in values["missing"]
    names = {os.path.basename(file) for file in values["files"]}
    assert names >= {"sharpness.csv", "sharpness.tex", "sharpness.png", "sharpness.svg"}
    assert (tmp_path / "tables" / "sharpness.csv").read_text() == "run,share\ncpd-seed1,0.625\n"
    # The room that cannot be loaded says so, on the page and in the terminal, and costs nothing else.
    assert text.count("failing could not be made (ImportError: needs a library that is not there).") == 2
    assert text.index("This report is not whole.") < text.index("How sharp is it?")
    assert "evidence 'failing' could not be made (ImportError: needs a library" in errors
    assert values["failed"] == ["failing could not be made (ImportError: needs a library that is not there)."]


def test_a_folder_of_experiments_has_its_column(packages, experiment, tmp_path):
    experiment_folder(tmp_path / "runs" / "phantom_classes_2", seeds=(1,), gaps=(0.02,))
    (tmp_path / "runs" / "phantom").symlink_to(experiment)
    report(packages, tmp_path / "runs", tmp_path / "out")
    with open(tmp_path / "out" / "tables" / "settings.csv", newline="") as file:
        rows = {row["experiment"]: row["sharpness"] for row in csv.DictReader(file)}
    assert rows == {"phantom": "0.625", "phantom_classes_2": ""}


def test_damage_to_its_file_is_told_like_that_of_ours(packages, tmp_path):
    run = experiment_folder(tmp_path / "phantom", seeds=(1,), gaps=None) / "cpd-seed1"
    (run / "evaluation").mkdir()
    (run / "evaluation" / "sharpness.json").write_text('{"wrong": 1}')
    page, values, _ = report(packages, run, tmp_path / "out")
    assert "How sharp the images are could not be made (KeyError: 'share')" in page.text
    assert "How sharp the images are: answer could not be made (KeyError: 'share')." in values["failed"]
    assert "What the data gives away" in page.text and "How the training went" in page.text
    (run / "evaluation" / "sharpness.json").write_text("{")
    page, values, _ = report(packages, run, tmp_path / "out")
    assert values["damaged"] == ["evaluation/sharpness.json cannot be read; make it again"]
