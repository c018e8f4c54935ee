"""What a report reads."""

import pytest
from result_files import experiment_folder, privacy, run_folder

from medgan_tf.errors import DataError
from medgan_tf.reporting.provenance import training_seconds, without_places
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import rooms


@pytest.fixture(scope="module")
def asked():
    return rooms()


def test_a_run_an_experiment_and_a_grid(tmp_path, asked):
    experiment = experiment_folder(tmp_path / "runs" / "phantom")
    experiment_folder(tmp_path / "runs" / "phantom", "progressive", seeds=(1000,), gaps=(0.05,))
    (tmp_path / "runs" / ".real_statistics").mkdir()
    (experiment / "real-seed1000").mkdir()
    run = read_results(experiment / "cpd-seed1001", asked)
    assert (run.kind, [one.name for one in run.runs], run.runs[0].seed) == ("run", ["cpd-seed1001"], 1001)
    assert run.runs[0].evidence["gap"].gap["seeds"] == [1000, 1001, 1002]
    whole = read_results(experiment, asked)
    assert (whole.kind, [gan.architecture for gan in whole.gans]) == ("experiment", ["cpd", "progressive"])
    assert [one.seed for one in whole.gans[0].runs] == [1000, 1001, 1002]
    grid = read_results(tmp_path / "runs", asked)
    assert (grid.kind, grid.title, len(grid.gans)) == ("grid", "runs", 2)
    assert training_seconds(run.runs[0]) == 20.0


@pytest.mark.parametrize(
    "name, message",
    [("nothing", "no such folder: .*nothing; expected a run"), ("empty", "empty holds no runs: expected a run folder")],
)
def test_folders_without_runs(tmp_path, asked, name, message):
    (tmp_path / "empty" / "notes").mkdir(parents=True)
    with pytest.raises(DataError, match=message):
        read_results(tmp_path / name, asked)


def test_damaged_files_are_named_and_count_as_missing(tmp_path, asked):
    run = run_folder(tmp_path / "phantom" / "cpd-seed1", 1, privacy=privacy())
    (run / "evaluation" / "privacy.json").write_text('{"verdicts": [')
    (run / "evaluation" / "occlusion.json").write_text("[]")
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"images_seen": 30')
    results = read_results(run, asked)
    assert results.runs[0].evidence == {}
    assert sorted(results.problems) == [
        "evaluation/occlusion.json cannot be read; make it again",
        "evaluation/privacy.json cannot be read; make it again",
    ]
    assert [line["images_seen"] for line in results.runs[0].metrics] == [1000, 2000]


def test_the_address_of_a_tracking_server_is_left_out():
    for place in ("https://mlflow.example.org", "mlruns"):
        assert without_places({"training": {"tracking_uri": place}}) == {"training": {"tracking_uri": "(left out)"}}
    assert without_places({"tracking_uri": None}) == {"tracking_uri": None}


def test_settings_without_places():
    found = without_places(
        {"data": {"root": "chest", "resolution": 32, "options": {"csv": "a/b.csv"}}, "weights": "none"}
    )
    assert found == {
        "data": {"root": "(left out)", "resolution": 32, "options": {"csv": "(left out)"}},
        "weights": "none",
    }
