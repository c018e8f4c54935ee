"""The notebooks run from their first cell to their last, find what they say, and are stored without outputs."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
NAMES = ["evaluate_any_generator", "own_data"]


def cells(name, kind):
    notebook = json.loads((ROOT / "examples" / f"{name}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == kind]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """Both notebooks after a run of all their cells, and what they printed."""
    folder = tmp_path_factory.mktemp("notebooks")
    program = ROOT / "tests" / "support" / "run_notebooks.py"
    command = [sys.executable, str(program), str(folder), *map(str, NOTEBOOKS)]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-4000:]
    return folder, ended.stdout


def test_there_are_two_notebooks():
    assert [path.stem for path in NOTEBOOKS] == NAMES


def test_own_images_come_to_a_report(done):
    folder, printed = done[0] / "own_data", done[1]
    run = folder / "runs" / "lungs" / "dcgan-seed1000"
    assert (run / "samples" / "latest.png").is_file()
    manifest = json.loads((run / "synthetic" / "manifest.json").read_text())
    # As the notebook says of rare combinations.
    assert manifest["label_names"] == ["Pleural Effusion"]
    assert [one["labels"] for one in manifest["combinations"]] == [[], ["Pleural Effusion"]]
    assert {path.name for path in (run / "evaluation").glob("*.json")} >= {
        "fid-random.json",
        "neighbours.json",
        "privacy.json",
    }
    assert "Pleural Effusion" in (folder / "runs/lungs/report/report.html").read_text(encoding="utf-8")
    assert re.search(r"^AUC\(real\) - AUC\(synthetic\): -?\d", printed, re.MULTILINE)
    assert re.search(r"^identical +holds$", printed, re.MULTILINE)
    assert "('Pleural Effusion',) (4, 16, 16, 1) uint8" in printed


def test_the_copier_is_found_and_the_mean_is_not_blamed_for_copies(done):
    chest = done[0] / "evaluate_any_generator" / "runs" / "chest"

    def read(name, file):
        return json.loads((chest / f"{name}-seed1000" / "evaluation" / file).read_text())

    # As the notebook says.
    broken = {name: set(read(name, "privacy.json")["gate"]["broken"]) for name in ("copier", "mean")}
    assert {"copies", "authenticity", "reidentification", "rare_labels"} <= broken["copier"]
    assert broken["mean"] == {"rare_labels"}
    fid = {name: read(name, "fid-random.json")["metrics"]["fid"]["value"] for name in ("copier", "mean")}
    assert 0 < fid["copier"] < fid["mean"]
    page = (chest / "report" / "report.html").read_text(encoding="utf-8")
    assert "copier" in page and "mean" in page


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_stored_without_outputs(name):
    text = (ROOT / "examples" / f"{name}.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all((cell["outputs"], cell["execution_count"], cell["metadata"]) == ([], None, {}) for cell in code)
    identifiers = [cell["id"] for cell in notebook["cells"]]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("name", NAMES)
def test_links_of_notebooks_lead_somewhere(name):
    found = [target for text in cells(name, "markdown") for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", text)]
    assert len(found) > 2
    assert [target for target in found if not (ROOT / "examples" / target).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_code_of_notebooks_fits_into_a_browser(name):
    long = [line for text in cells(name, "code") for line in text.splitlines() if len(line) > 130]
    assert long == []
