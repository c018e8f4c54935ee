"""A metric in another package is in every place where metrics are: nothing in medgan_tf or tools knows its name.

The commands run in a process of their own that has the package on its path.
"""

import json
import os
import sys

import cv2
import numpy as np
import pytest
import warm_python
from result_files import run_folder
from toy_metric import write_toy_metric

from medgan_tf.errors import ConfigError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.metrics.registry import METRICS

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
REAL, SYNTHETIC = 100, 107


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two folders of grey images with two label combinations, a run folder, and the toy metric."""
    folder = tmp_path_factory.mktemp("toy")
    for name, brightness in (("real", REAL), ("synthetic", SYNTHETIC)):
        (folder / name).mkdir()
        rows = ["path,a,b"]
        for number in range(12):
            image = np.full((32, 32), brightness + (2 if number % 2 else -2), np.uint8)
            cv2.imwrite(str(folder / name / f"{number}.png"), image)
            rows.append(f"{number}.png,{number // 6},{1 - number // 6}")
        (folder / name / "labels.csv").write_text("\n".join(rows) + "\n")
    run_folder(folder / "runs" / "toy" / "cpd-seed1", 1)
    write_toy_metric(folder / "site")
    return folder


@pytest.fixture(scope="module")
def found(folder):
    """Name of each call to exit code, standard output and standard error."""
    both = ["fid", "--real", "real", "--synthetic", "synthetic", "--extractor", "random"]
    run = RunFolder.of("runs", "toy", "cpd", 1)
    calls = {
        "help": ["fid", "--help"],
        "json": [*both, "--metrics", "toy", "--json", "--out", str(run.evaluation)],
        "text": [*both, "--metrics", "kid,toy"],
        "unknown": [*both, "--metrics", "toys"],
        "report": ["report", "runs/toy"],
    }
    path = os.pathsep.join([str(folder / "site"), *filter(None, sys.path)])
    process = warm_python.run(
        ["-c", CALLS],
        input=json.dumps(list(calls.values())),
        cwd=folder,
        env=os.environ | {"PYTHONPATH": path},
        timeout=300,
    )
    assert process.returncode == 0, process.stderr
    return dict(zip(calls, json.loads(process.stdout.splitlines()[-1]), strict=True))


def test_it_is_unknown_here():
    """The other process has the package, this one has not."""
    assert "toy" not in METRICS.names()
    with pytest.raises(ConfigError, match="unknown metric of fidelity 'toy'"):
        METRICS.get("toy")


def test_it_can_be_chosen(found):
    assert found["help"][0] == 0
    assert "fid, kid, mmd, ms_ssim, prdc, swd, toy; by default all" in " ".join(found["help"][1].split())
    assert found["unknown"][0] == 2
    assert "expected metrics among fid, kid, mmd, ms_ssim, prdc, swd, toy. Received: toys" in found["unknown"][2]


def test_it_is_in_json_and_result_file(found, folder):
    code, stdout, stderr = found["json"]
    assert code == 0, stderr
    (result,) = json.loads(stdout)["results"]
    gap = SYNTHETIC - REAL
    assert result["metrics"] == {"toy": {"value": gap, "interval": [gap - 0.5, gap + 0.5]}}
    # Half of the real images against the other half; all 12 synthetic ones have the same mean in every combination.
    assert result["floor"]["images"] == 6 and set(result["floor"]["real"]) == {"toy"}
    assert [set(row["values"]) for row in result["combinations"]] == [{"toy"}, {"toy"}]
    assert set(result["combination_mean"]) == {"toy"}
    stored = json.loads((RunFolder.of(folder / "runs", "toy", "cpd", 1).evaluation / "fid-random.json").read_text())
    assert stored["metrics"] == result["metrics"] and stored["floor"] == result["floor"]
    # It needs no features.
    assert "features of" not in stderr


def test_it_has_a_row_and_a_column_in_the_table(found):
    code, stdout, stderr = found["text"]
    assert code == 0, stderr
    lines = stdout.splitlines()
    row = next(line for line in lines if line.startswith("brightness gap x 10"))
    gap = 10 * (SYNTHETIC - REAL)
    assert f"{gap}" in row and f"{gap - 5} to {gap + 5}" in row and row.endswith("smaller is better")
    # After our own metrics, as it asks for no place.
    assert lines.index(row) > lines.index(next(line for line in lines if line.startswith("KID x 1000")))
    assert "brightness gap x 10" in next(line for line in lines if line.startswith("label combination"))


def test_it_is_in_the_report_and_its_glossary(found, folder):
    code, stdout, stderr = found["report"]
    assert code == 0, stderr
    page = (folder / "runs" / "toy" / "report" / "report.html").read_text(encoding="utf-8")
    assert "brightness gap x 10" in page and "Difference of the mean grey values." in page
