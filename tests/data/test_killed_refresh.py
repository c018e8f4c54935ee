"""`prepare` dies by SIGKILL while it replaces the shards of a changed file; given again, it ends as if it had not.

An ordinary run of the tests kills once; ``pytest --kills tests/data/test_killed_refresh.py`` kills at every tenth of
the way.
"""

import os
import shutil
import signal
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import warm_python
from chexpert_folder import bytes_below, write_chexpert

from medgan_tf.config.loading import load_experiment
from medgan_tf.data.prepare import prepare, private_record
from medgan_tf.data.records.reader import DatasetFolder

SCRIPT = Path(__file__).parents[1] / "support" / "killed_command.py"
PLACES = {"root": "CheXpert-v1.0-small", "dataset_dir": "dataset", "private_dir": "private"}
FEW, MANY = (0.6,), tuple(round(0.1 * number, 1) for number in range(1, 11))


def pytest_generate_tests(metafunc):
    if "share" in metafunc.fixturenames:
        metafunc.parametrize("share", MANY if metafunc.config.getoption("--kills") else FEW)


def prepared(folder, moment="0"):
    """Exit code of `prepare` in a folder, to die at the moment; see `killed_command.py`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    words = [SCRIPT, moment, "prepare", "small.yaml"]
    return warm_python.wait(warm_python.start(words, output=folder / "output", cwd=folder, env=environment), 120)


def content(folder):
    """Bytes of the shards, and the record of the files without its times."""
    dataset = DatasetFolder(folder / "dataset")
    shards = {name: data for name, data in bytes_below(dataset.path).items() if name.endswith(".tfrecord")}
    record = private_record(folder / "private", "small", dataset.manifest.build_hash)
    looks = record.read_looks(dataset.manifest.shards_sha256())
    return shards, {image: (look.size, look.digest, look.shape_hash, look.marks) for image, look in looks.items()}


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """A folder with a finished dataset, one of whose files was replaced then."""
    folder = tmp_path_factory.mktemp("killed")
    raw = write_chexpert(folder)
    settings = ["resolution: 16", "min_count: 2", "workers: 1", *(f"{name}: {path}" for name, path in PLACES.items())]
    (folder / "small.yaml").write_text("\n  ".join(["name: small\ndata:", *settings]) + "\n")
    prepare(
        load_experiment(str(folder / "small.yaml"), [f"data.{name}={folder / path}" for name, path in PLACES.items()])
    )
    cv2.imwrite(str(sorted(raw.rglob("*.jpg"))[0]), np.full((50, 40), 9, np.uint8))
    return folder


@pytest.fixture(scope="module")
def unbroken(changed, tmp_path_factory):
    """What is there in the end, and the number of changes of files until then."""
    folder = tmp_path_factory.mktemp("unbroken") / "work"
    shutil.copytree(changed, folder)
    assert prepared(folder) == 0 and "images with other pixels now: 1" in (folder / "output").read_text()
    assert content(folder)[0] != content(changed)[0]
    return content(folder), int((folder / "changes").read_text())


def test_a_replacement_that_was_killed_is_finished_by_the_same_command(changed, unbroken, tmp_path, share):
    expected, changes = unbroken
    folder = tmp_path / "work"
    shutil.copytree(changed, folder)
    assert prepared(folder, str(round(share * changes))) == -signal.SIGKILL
    # Until the new dataset is complete, there is the old one.
    if (folder / "dataset").exists():
        DatasetFolder(folder / "dataset").verify()
    assert prepared(folder) == 0, (folder / "output").read_text()
    assert content(folder) == expected
    assert not list(folder.glob("dataset.partial"))
