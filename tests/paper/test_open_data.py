"""The benchmark on open data: its sizes, typed here once more, and whether the NIH's real table serves them."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from medgan_tf.config.loading import load_experiment
from medgan_tf.paper.open_data import NIH_ROWS, open_data_files

FOLDER = Path(__file__).resolve().parents[2] / "experiments"
REAL_TABLES = os.environ.get("MEDGAN_TXRV_TABLES")
# Name: resolution, combinations, training images of each, held-out images of each.
ROWS = {
    "nih_classes_15": (32, 15, 600, 55),
    "nih_classes_10": (32, 10, 1000, 55),
    "nih_classes_6": (32, 6, 1650, 55),
    "nih_classes_4": (32, 4, 3000, 55),
    "nih_classes_2": (32, 2, 7400, 55),
    "nih_samples_3200": (32, 3, 3200, 350),
    "nih_samples_1500": (32, 3, 1500, 350),
    "nih_samples_1000": (32, 3, 1000, 350),
    "nih_samples_500": (32, 3, 500, 350),
    "nih_samples_200": (32, 3, 200, 350),
    "nih_resolution_32": (32, None, None, None),
    "nih_resolution_64": (64, None, None, None),
    "nih_resolution_128": (128, None, None, None),
}


@pytest.fixture(autouse=True)
def no_root(monkeypatch):
    monkeypatch.delenv("NIH_ROOT", raising=False)


def test_every_row_has_a_file_and_nothing_else_claims_to_be_one():
    assert [row.name for row in NIH_ROWS] == list(ROWS)
    found = {path.stem for path in FOLDER.glob("nih_*.yaml")}
    assert found == set(ROWS) == {name.removesuffix(".yaml") for name in open_data_files()}


@pytest.mark.parametrize("name", ROWS)
def test_settings(name):
    resolution, combinations, each, held_out = ROWS[name]
    experiment = load_experiment(FOLDER / f"{name}.yaml")
    data, fid = experiment.data, experiment.evaluation.fid
    assert (data.source, data.root, data.resolution, data.min_count) == ("nih", "data/nih", resolution, 256)
    subset = data.subset
    assert (subset.combinations, subset.train_per_combination) == (combinations, each)
    assert (subset.valid_per_combination, subset.test_per_combination) == (held_out, held_out)
    assert subset.valid_images == subset.test_images == (None if combinations else 4000)
    fewest, most = {32: (7e6, 12e6), 64: (7e6, 14e6), 128: (9e6, 16e6)}[resolution]
    if name in ("nih_samples_500", "nih_samples_200"):
        assert (fid.during_training, experiment.training.total_images) == ("watch", 7e6)
    else:
        assert (fid.during_training, fid.minimum_images, experiment.training.total_images) == ("stop", fewest, most)


@pytest.mark.skipif(REAL_TABLES is None, reason="MEDGAN_TXRV_TABLES names no folder with the real tables")
def test_the_real_table_serves_every_row_with_ten_split_seeds(tmp_path):
    from medgan_tf.data.folds.assign import build_folds
    from medgan_tf.data.prepare import open_source
    from medgan_tf.data.tables.combinations import find_combinations

    packed = Path(REAL_TABLES) / "Data_Entry_2017_v2020.csv.gz"
    (tmp_path / "Data_Entry_2017_v2020.csv").write_bytes(gzip.decompress(packed.read_bytes()))
    experiments = {name: load_experiment(FOLDER / f"{name}.yaml", [f"data.root={tmp_path}"]) for name in ROWS}
    table = open_source(experiments["nih_classes_2"].data, counts_only=True).read_table()
    assert len(table.frame) == 112_120 and table.frame["patient_id"].nunique() == 30_805
    for name, (_, combinations, each, held_out) in ROWS.items():
        if name in ("nih_resolution_64", "nih_resolution_128"):
            # The same images as at 32 pixels.
            continue
        for seed in range(10):
            folds = build_folds(table, experiments[name].data.model_copy(update={"split_seed": seed}))
            found = find_combinations(folds.labels, folds.label_names)
            names = folds.frame["fold"].to_numpy()
            assert len(found.names) == (combinations or 30)
            for fold, count in (("train", each), ("valid", held_out), ("test", held_out)):
                images = np.bincount(found.index[names == fold], minlength=len(found.names))
                if count is not None:
                    assert set(images.tolist()) == {count}, f"{name}, split seed {seed}, {fold}"
                elif fold != "train":
                    assert images.sum() == 4000
