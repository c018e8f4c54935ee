"""A room in another package is in every place where evidence is: nothing in medgan_tf or tools knows its name.

The commands run in a process of their own that has the package on its path; datasets are drawings.
"""

import json
import os
import sys

import pytest
import warm_python
from small_grid import write_grid
from tiny_classifier import offer_as_synthetic, tiny_experiment, write_drawings
from toy_room import write_toy_room

from medgan_tf.config.loading import dump_experiment
from medgan_tf.config.run_folders import run_folder
from medgan_tf.data.dataset_settings import comparable_config

CALLS = """
import json, sys
from click.testing import CliRunner
from medgan_tf.console.group import main

found = []
for call in json.load(sys.stdin):
    result = CliRunner().invoke(main, call, prog_name="medgan-tf")
    found.append([result.exit_code, result.stdout, result.stderr])
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A prepared dataset and a synthetic one of seed 7, the experiment's file, a grid, and the toy room."""
    folder = tmp_path_factory.mktemp("toy")
    dataset, experiment = write_drawings(folder / "dataset", per_combination=8), tiny_experiment(folder, 7)
    dataset.manifest.model_copy(update={"config": comparable_config(experiment.data)}).save(dataset.path)
    offer_as_synthetic(dataset, run_folder(experiment).synthetic)
    # A report takes a folder with its config for a run.
    run_folder(experiment).config.write_text(dump_experiment(experiment), encoding="utf-8")
    (folder / "toy.yaml").write_text(dump_experiment(experiment), encoding="utf-8")
    grid = write_grid(folder)
    grid.write_text(grid.read_text() + "evidence: [toy]\n")
    write_toy_room(folder / "site")
    return folder


@pytest.fixture(scope="module")
def found(folder):
    """Name of each call to exit code, standard output and standard error."""
    calls = {
        "help": ["run", "--help"],
        "planned": ["run", "toy.yaml", "--with", "toy", "--dry-run", "--json"],
        "all": ["run", "toy.yaml", "--with", "all", "--dry-run", "--json"],
        "made": ["run", "toy.yaml", "--only", "toy", "--json"],
        "again": ["run", "toy.yaml", "--only", "toy"],
        "done": ["run", "toy.yaml", "--only", "toy", "--dry-run", "--json"],
        "changed": ["run", "toy.yaml", "--only", "toy", "--dry-run", "--json", "--set", "evaluation.toy.unit=10"],
        "wrong": ["run", "toy.yaml", "--only", "toy", "--set", "evaluation.toy.unit=0"],
        "grid": ["grid", "grid.yaml", "--dry-run", "--json"],
        "report": ["report", "runs/drawings"],
        "reference": ["config", "--reference"],
    }
    process = warm_python.run(
        ["-c", CALLS],
        input=json.dumps(list(calls.values())),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(folder / "site"), *filter(None, sys.path)])},
    )
    assert process.returncode == 0, process.stderr
    return dict(zip(calls, json.loads(process.stdout.splitlines()[-1]), strict=True))


def parsed(found, name):
    code, stdout, stderr = found[name]
    assert code == 0, stderr
    return json.loads(stdout)


def size_of(folder):
    return sum(file.stat().st_size for file in (folder / "runs/drawings/cpd-seed7/synthetic").glob("*.tfrecord"))


def test_run_offers_it(found):
    assert "[neighbours|privacy|toy|occlusion|all]" in "".join(found["help"][1].split())


def test_a_dry_run_shows_it_at_its_place(found):
    stages = parsed(found, "planned")["stages"]
    assert list(stages) == ["prepare", *(f"{name} seed 7" for name in ("train", "generate", "classify", "fid", "toy"))]
    assert stages["toy seed 7"] == "to do (after generate seed 7)"
    assert list(parsed(found, "all")["stages"])[-4:] == [
        f"{name} seed 7" for name in ("neighbours", "privacy", "toy", "occlusion")
    ]


def test_it_is_made_once(found, folder):
    made = parsed(found, "made")
    line = f"size {size_of(folder):,}"
    assert (made["done"], made["failed"], made["evidence"]) == (["toy seed 7"], {}, {"toy seed 7": line})
    # Its unit of progress.
    assert "toy: 3 of 3 files" in found["made"][2]
    assert found["again"][0] == 0 and found["again"][1].startswith(f"toy seed 7: {line}\n\ntime by stage ")
    assert "toy: up to date" in found["again"][2]
    assert parsed(found, "done")["stages"] == {"prepare": "up to date", "toy seed 7": "up to date"}
    record = json.loads((folder / "runs/drawings/cpd-seed7/stages/toy.json").read_text())
    assert list(record["inputs"]) == ["toy", "dataset", "synthetic"] and record["inputs"]["toy"] == {"unit": 1}


def test_its_option_is_set_and_checked_as_any_other(found):
    assert parsed(found, "changed")["stages"]["toy seed 7"] == "to do (inputs changed: toy)"
    assert parsed(found, "changed")["config"]["evaluation"]["toy"] == {"unit": 10}
    code, _, stderr = found["wrong"]
    assert code == 2 and "evaluation.toy.unit" in stderr


def test_a_grid_has_its_jobs(found):
    jobs = parsed(found, "grid")["jobs"]
    assert len([name for name in jobs if name.startswith("toy.")]) == 2 * 2 * 2


def test_a_report_has_its_part_and_its_words(found, folder):
    assert found["report"][0] == 0, found["report"]
    page = (folder / "runs/drawings/report/report.html").read_text(encoding="utf-8")
    assert "How large the files are" in page and f"cpd-seed7: {size_of(folder):,} units" in page
    assert "What the shards of the synthetic dataset take on a disk." in page


def test_the_reference_describes_its_option(found):
    code, text, _ = found["reference"]
    [row] = [line for line in text.splitlines() if "`evaluation.toy.unit`" in line]
    assert code == 0 and "Bytes that count as one." in row
