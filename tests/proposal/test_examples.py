import pytest

from medgan_tf.config.loading import load_experiment
from medgan_tf.config.shipped import shipped_advice, shipped_experiments
from medgan_tf.errors import ConfigError
from medgan_tf.proposal.examples import copy_example, example_summaries, next_command


def test_a_copy_has_what_it_extends(tmp_path):
    files = copy_example("quickstart_biggan", tmp_path / "experiments")
    assert {path.name: written for path, written in files.items()} == {
        "quickstart_biggan.yaml": True, "quickstart.yaml": True
    }  # fmt: skip
    first = next(iter(files))
    assert load_experiment(first).gan.architecture == "biggan"
    assert next_command(first) == f"medgan-tf run {first}"


def test_a_grid_has_its_experiments_its_snakefile_and_its_profiles(tmp_path):
    files = [path.relative_to(tmp_path).as_posix() for path in copy_example("benchmark/smallest", tmp_path)]
    assert files == [
        "benchmark/smallest.yaml",
        "benchmark/smallest_chest.yaml",
        "quickstart.yaml",
        "benchmark/Snakefile",
        "benchmark/profiles/slurm/config.yaml",
    ]
    assert next_command(tmp_path / files[0]) == f"medgan-tf grid {tmp_path / files[0]} --dry-run"


def test_nothing_is_overwritten(tmp_path):
    copy_example("quickstart", tmp_path)
    assert list(copy_example("experiments/quickstart.yaml", tmp_path).values()) == [False]
    (tmp_path / "quickstart.yaml").write_text("name: mine\n")
    with pytest.raises(ConfigError, match="is there with another content"):
        copy_example("quickstart_biggan", tmp_path)
    assert (tmp_path / "quickstart.yaml").read_text() == "name: mine\n"
    assert not (tmp_path / "quickstart_biggan.yaml").exists()


def test_all_can_be_copied(tmp_path):
    assert set(example_summaries()) == set(shipped_experiments()) and len(shipped_experiments()) > 40
    for name in shipped_experiments():
        copy_example(name, tmp_path)
    copied = {path.relative_to(tmp_path).with_suffix("").as_posix() for path in tmp_path.rglob("*.yaml")}
    assert copied == {*shipped_experiments(), "benchmark/profiles/slurm/config"}


def test_an_unknown_name(tmp_path):
    with pytest.raises(ConfigError, match="unknown example 'quickstar'; known: benchmark/quick, "):
        copy_example("quickstar", tmp_path)


def test_a_missing_file_of_that_name_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="`medgan-tf init --example quickstart --to experiments` brings"):
        load_experiment("experiments/quickstart.yaml")
    assert "--example quickstart`" in shipped_advice("quickstart.yaml")
    assert "--example benchmark/quick`" in shipped_advice("benchmark/quick.yaml")
    assert "--example benchmark/quick --to 'my own'`" in shipped_advice("my own/benchmark/quick.yaml")
    assert shipped_advice("mine.yaml") == ""
