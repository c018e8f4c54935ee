"""Whose the generators from elsewhere are stands at the top of a report and in its provenance."""

import json

import yaml
from result_files import experiment_folder, write

from medgan_tf.reporting.origins import origin_remarks, origin_tables
from medgan_tf.reporting.results import read_results

ORIGIN = {
    "name": "stylegan3",
    "owner": "Ward 3",
    "version": "unknown",
    "content_sha256": "c" * 64,
    "trained_on": "unknown",
    "one_set": True,
    "drawn_folds": True,
    "accepted": ["histogram"],
    "checks": [{"name": "orientation", "status": "undecided", "words": "nearly symmetric", "numbers": {}}],
    "notes": ["warning: 3 of test"],
}


def folder_of(tmp_path, origin=ORIGIN):
    path = tmp_path / "phantom"
    experiment_folder(path)
    experiment_folder(path, "stylegan3")
    for run in path.glob("stylegan3-seed*"):
        config = yaml.safe_load((run / "config.yaml").read_text())
        (run / "config.yaml").write_text(yaml.safe_dump(config | {"external": {"name": "stylegan3", "folder": "x"}}))
        write(run / "synthetic" / "manifest.json", {"synthesis": {"external": origin}})
    return path


def test_remarks_and_table(tmp_path):
    results = read_results(folder_of(tmp_path), [])
    assert [run.origin for run in results.runs if run.name.startswith("cpd")] == [None] * 3
    remarks = origin_remarks(results)
    assert len(remarks) == 5 and all(line.startswith("phantom, stylegan3: ") for line in remarks)
    assert "owner Ward 3, version unknown; nobody says what it was trained on" in remarks[0]
    assert "all seeds have the same images" in remarks[1] and "the check histogram finds" in remarks[2]
    assert "the check orientation is undecided: nearly symmetric" in remarks[3] and remarks[4].endswith(": 3 of test")
    (table,) = origin_tables(results)
    assert [row[:6] for row in table.rows] == [
        [f"stylegan3-seed{seed}", "Ward 3", "unknown", "unknown", "drawn here", "histogram"]
        for seed in (1000, 1001, 1002)
    ]


def test_a_damaged_manifest_is_named_and_ours_are_not_asked(tmp_path):
    path = folder_of(tmp_path)
    for run in path.glob("*-seed1000"):
        (run / "synthetic").mkdir(exist_ok=True)
        (run / "synthetic" / "manifest.json").write_text("{")
    results = read_results(path, [])
    assert [problem for problem in results.problems if "manifest" in problem] == [
        "stylegan3-seed1000/synthetic/manifest.json cannot be read; make it again"
    ]
    assert json.dumps([run.origin for run in results.runs]).count("Ward 3") == 2
    assert origin_tables(read_results(experiment_folder(tmp_path / "other"), [])) == []
