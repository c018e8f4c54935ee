"""Where things lie."""

from pathlib import Path

import pytest

from medgan_tf.files.run_folders import RunFolder


def test_a_run_knows_its_place():
    run = RunFolder.of("runs", "chest", "cpd-seed-variant", 7)
    assert (run.experiment, run.architecture, run.seed) == ("chest", "cpd-seed-variant", 7)
    assert run.real.path == Path("runs/chest/real-seed7")
    assert run.gap == Path("runs/chest/cpd-seed-variant-gap")


def test_a_folder_of_another_name_has_no_seed():
    with pytest.raises(ValueError, match="invalid literal"):
        _ = RunFolder("somewhere").seed
