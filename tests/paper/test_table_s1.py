"""The checked-in experiments are Table S1: every number of the table, typed here once more, row by row."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.paper_values import as_given
from medgan_tf.config.schema import GanConfig
from medgan_tf.errors import RunError
from medgan_tf.paper.experiments import experiment_files, outdated_files, write_experiments
from medgan_tf.paper.open_data import open_data_files
from medgan_tf.paper.table_s1 import OVERFITTING, PAPER_ROWS, paper_row
from medgan_tf.tools.write_experiments import command

FOLDER = Path(__file__).resolve().parents[2] / "experiments"

# Name: resolution, labels, combinations, n_tr, n_val/te, n_per_label_comb, as printed in the table.
TABLE_S1 = {
    "chexpert_classes_20": (32, 9, 20, 29000, 3800, 1450),
    "chexpert_classes_15": (32, 8, 15, 24000, 2850, 1600),
    "chexpert_classes_10": (32, 5, 10, 20000, 1900, 2000),
    "chexpert_classes_6": (32, 5, 6, 13800, 1140, 2300),
    "chexpert_classes_4": (32, 5, 4, 15600, 760, 3900),
    "chexpert_classes_2": (32, None, 2, 12600, 380, 6300),
    "chexpert_samples_5950": (32, 4, 3, 17850, 2250, 5950),
    "chexpert_samples_4500": (32, 4, 3, 13500, 2250, 4500),
    "chexpert_samples_3000": (32, 4, 3, 9000, 2250, 3000),
    "chexpert_samples_1500": (32, 4, 3, 4500, 2250, 1500),
    "chexpert_samples_1000": (32, 4, 3, 3000, 2250, 1000),
    "chexpert_samples_500": (32, 4, 3, 1500, 2250, 500),
    "chexpert_samples_400": (32, 4, 3, 1200, 2250, 400),
    "chexpert_samples_200": (32, 4, 3, 600, 2250, 200),
    "chexpert_resolution_32": (32, 14, 138, 117168, 8000, None),
    "chexpert_resolution_64": (64, 14, 138, 117168, 8000, None),
    "chexpert_resolution_128": (128, 14, 138, 117168, 8000, None),
    "rsna_classes_10": (32, 5, 10, 25000, 3000, 2500),
    "rsna_classes_8": (32, 5, 8, 24960, 2400, 3120),
    "rsna_classes_6": (32, 5, 6, 25020, 1800, 4170),
    "rsna_classes_4": (32, 4, 4, 25000, 1200, 6250),
    "rsna_classes_2": (32, 2, 2, 25000, 600, 12500),
    "rsna_samples_5400": (32, 5, 6, 32400, 3000, 5400),
    "rsna_samples_4500": (32, 5, 6, 27000, 3000, 4500),
    "rsna_samples_3000": (32, 5, 6, 18000, 3000, 3000),
    "rsna_samples_1500": (32, 5, 6, 9000, 3000, 1500),
    "rsna_samples_1000": (32, 5, 6, 6000, 3000, 1000),
    "rsna_samples_500": (32, 5, 6, 3000, 3000, 500),
    "rsna_samples_300": (32, 5, 6, 1800, 3000, 300),
    "rsna_samples_100": (32, 5, 6, 600, 3000, 100),
    "rsna_resolution_32": (32, None, None, 173271, None, None),
    "rsna_resolution_64": (64, None, None, 173271, None, None),
    "rsna_resolution_128": (128, None, None, 173271, None, None),
}
BENCHMARKS = ("classes", "samples", "resolution")
SUBSETS = {name: row for name, row in TABLE_S1.items() if row[5] is not None}
# The published code's test images of each combination, where they are not the table's.
OTHER_TEST = {"chexpert_classes": 170, "rsna_classes": 200}


@pytest.fixture(autouse=True)
def no_roots(monkeypatch):
    for name in ("CHEXPERT_ROOT", "RSNA_ROOT"):
        monkeypatch.delenv(name, raising=False)


def load(name):
    return load_experiment(FOLDER / f"{name}.yaml")


def header(name):
    """The comment above an experiment as running text."""
    text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").split("\nname:")[0]
    return " ".join(line.lstrip("#").strip() for line in text.splitlines())


def test_the_files_are_what_the_tool_writes():
    assert outdated_files(FOLDER) == []


def test_every_row_has_a_file_and_nothing_else_claims_to_be_one():
    assert {row.name for row in PAPER_ROWS} == set(TABLE_S1)
    starts = tuple(f"{data}_{benchmark}_" for data in ("chexpert", "rsna") for benchmark in BENCHMARKS)
    found = {path.stem for path in FOLDER.glob("*.yaml") if path.stem.startswith(starts)}
    assert found == set(TABLE_S1) | {f"{name}_overfit" for name in OVERFITTING}
    assert set(experiment_files()) == {f"{name}.yaml" for name in found} | set(open_data_files())


@pytest.mark.parametrize("name", SUBSETS)
def test_subsets_are_the_table(name):
    resolution, _, combinations, train, rest, each = SUBSETS[name]
    data = load(name).data
    assert (data.source, data.resolution) == (name.split("_")[0], resolution)
    subset = data.subset
    assert (subset.kind, subset.combinations, subset.train_per_combination) == (name.split("_")[1], combinations, each)
    assert subset.combinations * subset.train_per_combination == train
    assert subset.combinations * subset.valid_per_combination == rest
    other = OTHER_TEST.get(name.rsplit("_", 1)[0])
    assert subset.test_per_combination == (other or subset.valid_per_combination)
    assert (subset.valid_images, subset.test_images) == (None, None)
    assert subset.oversample is (subset.kind == "classes")
    if other:
        assert f"{subset.valid_per_combination} of each combination; the published code has {other}" in header(name)


@pytest.mark.parametrize("name", [name for name in TABLE_S1 if "resolution" in name])
def test_the_resolution_benchmark_takes_everything(name):
    resolution, _, _, _, rest, _ = TABLE_S1[name]
    experiment = load(name)
    subset = experiment.data.subset
    assert experiment.data.resolution == resolution
    assert (subset.kind, subset.combinations, subset.train_per_combination) == ("all", None, None)
    assert subset.valid_images + subset.test_images == (rest or 8000)
    if rest:
        assert "The table says 8,000 for validation and test; the published code has about 4,000 of each" in header(
            name
        )


def test_headers_quote_the_row():
    """The numbers of labels stand only there."""
    missing = []
    for name, (resolution, labels, combinations, train, rest, each) in TABLE_S1.items():
        numbers = " / ".join(str(value) for value in (train, rest, each) if value is not None)
        quoted = [f'benchmark "{name.split("_")[1]}"', numbers, f"{resolution}x{resolution})"]
        quoted += [f"{value} {what}" for value, what in ((labels, "labels"), (combinations, "combinations")) if value]
        text = header(name)
        missing += [(name, words) for words in quoted if words not in text]
    assert missing == []


@pytest.mark.parametrize("name", TABLE_S1)
def test_training_is_the_papers(name):
    """S.3; and 3.3 for few samples, where FID does not converge."""
    resolution = TABLE_S1[name][0]
    experiment = load(name)
    fid, training = experiment.evaluation.fid, experiment.training
    fewest, most = {32: (7e6, 12e6), 64: (7e6, 14e6), 128: (9e6, 16e6)}[resolution]
    few = {"chexpert_samples_400", "chexpert_samples_200", "rsna_samples_500", "rsna_samples_300", "rsna_samples_100"}
    if name in few:
        assert (fid.during_training, training.total_images) == ("watch", 7_000_000)
    else:
        assert (fid.during_training, fid.minimum_images, training.total_images) == ("stop", fewest, most)
    assert (fid.images, fid.every_images, fid.patience, fid.extractor) == (10_000, 400_000, 2, "inception")
    assert as_given(experiment.gan) == GanConfig()
    assert (training.batch, training.generator_learning_rate) == (256, 0.005)


@pytest.mark.parametrize("name", TABLE_S1)
def test_repeats_are_those_of_section_s5(name):
    often = {"chexpert_classes_20": 10, "chexpert_classes_2": 10, "rsna_classes_10": 10, "rsna_classes_2": 10}
    often |= {"chexpert_samples_5950": 20, "chexpert_samples_200": 20}
    often |= {"rsna_samples_5400": 20, "rsna_samples_100": 20}
    count = often.get(name, 4)
    assert paper_row(name).seeds == count
    assert f"medgan-tf run experiments/{name}.yaml --seeds 1000..{999 + count} " in header(name)


@pytest.mark.parametrize("name", OVERFITTING)
def test_overfitting_variants_differ_in_training_only(name):
    plain, overfit = load(name), load(f"{name}_overfit")
    assert overfit.data == plain.data and overfit.gan == plain.gan and overfit.classifier == plain.classifier
    assert (overfit.evaluation.fid.during_training, overfit.training.total_images) == ("watch", 14_000_000)
    assert "Do not share this generator" in header(f"{name}_overfit")


def test_writing_again_changes_nothing_and_leaves_other_files_alone(tmp_path):
    (tmp_path / "mine.yaml").write_text("name: mine\n")
    assert write_experiments(tmp_path) == list(experiment_files())
    (tmp_path / "rsna_samples_100.yaml").write_text("edited")
    assert outdated_files(tmp_path) == ["rsna_samples_100.yaml"]
    assert write_experiments(tmp_path) == ["rsna_samples_100.yaml"]
    assert write_experiments(tmp_path) == []
    assert (tmp_path / "mine.yaml").read_text() == "name: mine\n"


def test_the_command_checks_without_writing(tmp_path):
    done = CliRunner().invoke(command, ["--folder", str(tmp_path), "--check"], standalone_mode=False)
    assert done.return_value == 1 or done.exit_code == 1
    assert done.output.startswith("50 of 50 files in ") and list(tmp_path.iterdir()) == []
    assert CliRunner().invoke(command, ["--folder", str(tmp_path)], standalone_mode=False).exit_code == 0
    assert "0 of 50" in CliRunner().invoke(command, ["--folder", str(tmp_path), "--check"]).output


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot write experiments to .*file: "):
        write_experiments(tmp_path / "file")
