"""The source `phantom` makes its folder once and reads it with the real readers."""

import logging
import pickle

import numpy as np
import pytest
from pydantic import ValidationError

from medgan_tf.data.sources.phantom.settings import Options
from medgan_tf.data.tables.table import LabelState
from medgan_tf.errors import DataError
from medgan_tf.phantom.chest_findings import FINDINGS
from medgan_tf.registry import SOURCES

Phantom = SOURCES.get("phantom")


def source(root, **options):
    return Phantom(str(root), Options(**options))


@pytest.fixture(scope="module")
def chest(tmp_path_factory):
    root = tmp_path_factory.mktemp("phantom") / "chest"
    made = source(root, patients=7, seed=3)
    return root, made, made.read_table()


def test_chest_is_read_as_chexpert(chest):
    root, made, table = chest
    assert table.findings == FINDINGS and table.no_finding == "No Finding"
    assert table.frame["patient_id"].nunique() == 7 and table.frame["image_id"].is_unique
    assert set(np.unique(table.frame[list(FINDINGS)])) <= {state.value for state in LabelState}
    assert not table.frame["path"].str.contains("lateral").any()
    image = made.read_image(table.frame["path"].iloc[0])
    assert image.dtype == np.uint8 and image.ndim == 2 and min(image.shape) > 300


def test_second_reading_makes_nothing_and_gives_the_same(chest, caplog):
    root, _, table = chest
    before = (root / "phantom.json").stat().st_mtime_ns
    with caplog.at_level(logging.INFO):
        again = source(root, patients=7, seed=3).read_table()
    assert (root / "phantom.json").stat().st_mtime_ns == before and "making" not in caplog.text
    assert again.frame.equals(table.frame)


def test_progress_is_logged_without_the_folder_of_the_user(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        source(tmp_path / "new", patients=2).read_table()
    assert "making the phantom new: 2 patients" in caplog.text and "2 of 2 patients" in caplog.text
    assert str(tmp_path) not in caplog.text


def test_counting_makes_no_phantom(chest, tmp_path):
    root, _, table = chest
    again = source(root, patients=7, seed=3)
    again.counts_only = True
    assert again.read_table().frame.equals(table.frame)
    missing = source(tmp_path / "new", patients=7, seed=3)
    missing.counts_only = True
    with pytest.raises(DataError, match="new: the phantom is not there, and counting writes nothing; make it first"):
        missing.read_table()
    assert list(tmp_path.iterdir()) == []


def test_source_can_go_to_worker_processes(chest):
    _, made, table = chest
    copy = pickle.loads(pickle.dumps(made))
    path = table.frame["path"].iloc[1]
    np.testing.assert_array_equal(copy.read_image(path), made.read_image(path))


def test_head_is_read_as_rsna(tmp_path):
    made = source(tmp_path / "head", modality="head", patients=2)
    table = made.read_table()
    assert {"epidural", "subdural"} <= set(table.findings)
    assert table.frame["patient_id"].nunique() == 2
    image = made.read_image(table.frame["path"].iloc[0])
    assert image.dtype == np.uint8 and image.ndim == 2


def test_foreign_folder_is_refused(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(DataError, match="holds other files than a phantom"):
        source(tmp_path).read_table()
    assert (tmp_path / "holiday.jpg").read_bytes() == b"mine"


@pytest.mark.parametrize("options", [{"modality": "foot"}, {"patients": 0}, {"seed": -1}, {"patiens": 3}])
def test_options_are_checked(options):
    with pytest.raises(ValidationError):
        Options(**options)


def test_defaults():
    assert Options().model_dump() == {"modality": "chest", "patients": 1200, "seed": 0}
