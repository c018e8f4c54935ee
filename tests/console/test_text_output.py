"""Names and labels of other languages on a terminal that knows ASCII only, and output to a disk that is full."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from result_files import gap, run_folder, write

ASCII = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "LANG", "PYTHON"))} | {
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
}
ROOT = Path(__file__).parents[2]


def medgan(*arguments, **options):
    options = {"env": ASCII | {"PYTHONPATH": str(ROOT)}, "capture_output": True} | options
    return subprocess.run([sys.executable, "-m", "medgan_tf", *arguments], timeout=300, **options)


def test_the_locale_of_these_tests_knows_no_other_letters():
    code = "import sys; print(sys.getfilesystemencoding(), sys.stdout.encoding)"
    done = subprocess.run([sys.executable, "-c", code], env=ASCII, capture_output=True, text=True, check=True)
    assert "utf-8" not in done.stdout.lower()


def test_a_report_of_a_folder_and_labels_with_accents(tmp_path):
    """The folder's name comes from the command line, the label from a file in UTF-8."""
    run = run_folder(tmp_path / "données-é" / "phantom" / "cpd-seed1", 1)
    values = json.loads(json.dumps(gap(seeds=(1,), gaps=(0.02,))).replace("Edema", "Œdème 肺"))
    write(run.parent / "cpd-gap" / "gap.json", values)
    done = medgan("report", run, "--out", run.parent / "rapport-ü")
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    page = (run.parent / "rapport-ü" / "report.html").read_text(encoding="utf-8")
    assert "Œdème 肺" in page and "rapport-ü/report.html" in done.stdout.decode()


def test_prepare_into_a_folder_with_accents(tmp_path):
    """The folder's name stands in a file in UTF-8, and TensorFlow writes there."""
    folder = tmp_path / "données-é"
    folder.mkdir()
    file = folder / "expérience.yaml"
    file.write_text(
        "name: petit\ndata:\n  source: phantom\n  resolution: 32\n  min_count: 1\n  options: {patients: 40}\n"
        f"  root: {folder}/brut-é\n  dataset_dir: {folder}/préparé\n  private_dir: {folder}/privé\n",
        encoding="utf-8",
    )
    done = medgan("prepare", file)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
    assert (folder / "préparé" / "manifest.json").is_file() and (folder / "privé").is_dir()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_output_that_cannot_be_written_is_escaped(encoding):
    code = (
        "import sys\nfrom medgan_tf.console.text_output import write_any_text\nwrite_any_text()\n"
        "print('é肺\\udcff')\nprint('é肺\\udcff', file=sys.stderr)"
    )
    env = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    wanted = "é肺\udcff\n".encode(encoding, "backslashreplace")
    assert (done.stdout, done.stderr) == (wanted, wanted)


def test_a_name_that_is_no_text_is_one_line(tmp_path):
    done = medgan("report", os.fsencode(tmp_path) + b"/\xff", env=os.environ | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 2
    assert done.stderr.endswith(b"\\udcff: rename the file or folder\n") and done.stderr.count(b"\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_output_to_a_full_disk_is_one_line():
    with open("/dev/full", "wb") as full:
        done = medgan("config", "--reference", stdout=full, stderr=subprocess.PIPE, capture_output=False,
                      env=os.environ | {"PYTHONPATH": str(ROOT)})  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == b"Error: cannot write: No space left on device\n"
