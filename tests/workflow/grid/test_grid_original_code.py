"""A grid's `original_code`: every job has it, and jobs of grids without it stay what they were."""

import pytest

from medgan_tf.workflow.grid.jobs import grid_jobs


@pytest.fixture
def grid(tmp_path):
    """One experiment x 1 GAN x 1 seed."""
    data = f"{{source: phantom, root: {tmp_path}/chest, options: {{modality: chest}}}}"
    (tmp_path / "one.yaml").write_text(f"name: one\ndata: {data}\n")
    file = tmp_path / "grid.yaml"
    file.write_text(f"name: small\noutput: {tmp_path}/runs\nexperiments: [one.yaml]\ngans: [cpd]\nseeds: '1'\n")
    return file


def markers(grid):
    return {job.name: job.marker for job in grid_jobs(grid)}


def test_every_job_follows_the_published_code(grid):
    plain = markers(grid)
    grid.write_text(grid.read_text() + "original_code: {random_patient_split: true}\n")
    jobs = grid_jobs(grid)
    setting = ("--set", "original_code={random_patient_split: true}")
    for job in jobs:
        assert any(job.arguments[n : n + 2] == setting for n in range(len(job.arguments))), job.name
    assert all(job.marker != plain[job.name] for job in jobs)


def test_a_switch_in_an_experiment_makes_its_jobs_new(grid):
    plain = markers(grid)
    file = grid.parent / "one.yaml"
    text = file.read_text()
    file.write_text(text + "original_code: false\n")
    assert markers(grid) == plain
    file.write_text(text + "original_code: true\n")
    assert not set(markers(grid).values()) & set(plain.values())
