import logging

import pytest
from toy_package import write_package

from medgan_tf.config import renamed
from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.errors import ConfigError

OPTIONS = """
    from typing import Annotated
    from pydantic import Field
    from medgan_tf.config.section import Section

    RENAMED = {"path_column": "column"}

    class Options(Section):
        window: Annotated[tuple[float, float] | None, Field(strict=False)] = None
        column: str = "Path"
        levels: int = 3
"""


@pytest.fixture
def loading_test(tmp_path_factory, monkeypatch):
    """A source that has settings and no reader: loading needs no more."""
    files, points = {"source_only/settings.py": OPTIONS}, {"loading_test": "loading_package.source_only"}
    folder = write_package(
        tmp_path_factory.mktemp("installed"), "loading_package", files, {"medgan_tf.sources": points}
    )
    monkeypatch.syspath_prepend(folder)


@pytest.fixture
def write(tmp_path):
    def write(text, name="x.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def error_of(path, overrides=()):
    with pytest.raises(ConfigError) as error:
        load_experiment(path, overrides)
    assert error.value.exit_code == 2
    return str(error.value).replace(f"{path.parent}/", "")


def test_defaults_are_the_papers(write):
    experiment = load_experiment(write("name: paper\n"))
    assert (experiment.gan.latent_size, experiment.gan.base_channels, experiment.gan.loss) == (
        512,
        16384,
        "wasserstein",
    )
    assert (experiment.training.batch, experiment.training.generator_learning_rate) == (256, 0.005)
    assert experiment.training.epsilon == 1e-8
    assert experiment.data.min_count == 256
    assert experiment.dataset_dir == "datasets/paper"


def test_values_and_overrides(write):
    path = write("name: a\ntraining:\n  batch: 64\n  generator_learning_rate: 1e-4\n  total_images: 10_000\n")
    experiment = load_experiment(
        path,
        ["training.batch=32", "data.subset={kind: classes, combinations: 4}", "name=b", "gan.drift=1e-2", "seed=7"],
    )
    assert experiment.training.batch == 32
    assert experiment.training.generator_learning_rate == 1e-4
    assert experiment.training.total_images == 10_000
    assert experiment.data.subset.combinations == 4
    assert (experiment.name, experiment.gan.drift, experiment.seed) == ("b", 0.01, 7)


@pytest.mark.parametrize(
    "text, message",
    [
        (
            "name: x\ntraining:\n  bacth: 64\n",
            "x.yaml:3: training.bacth: unknown key; the nearest valid key is training.batch",
        ),
        ("name: x\nbatch: 64\n", "x.yaml:2: batch: unknown key; the nearest valid key is training.batch"),
        (
            "name: x\ngan:\n  resolutoin: 64\n",
            "x.yaml:3: gan.resolutoin: unknown key; the nearest valid key is data.resolution",
        ),
        (
            "name: x\ngenerate:\n  zzz: 1\n",
            "x.yaml:3: generate.zzz: unknown key; valid keys here: folds, labels, minimum_patients,",
        ),
        (
            "name: x\ntraining:\n  batch: many\n",
            "x.yaml:3: training.batch: expected a whole number; received 'many' (text)",
        ),
        ("name: x\ntraining:\n  batch: 1.5\n", "x.yaml:3: training.batch: expected a whole number; received 1.5"),
        ("name: x\nseed: '1'\n", "x.yaml:2: seed: expected a whole number; received '1' (text)"),
        (
            "name: x\ntraining:\n  batch: 0\n",
            "x.yaml:3: training.batch: expected a number greater than or equal to 1; received 0",
        ),
        ("name: 3\n", "x.yaml:1: name: expected text (quote it if it looks like a number); received 3"),
        (
            "name: x\ntraining:\n  tensorboard: 1\n",
            "x.yaml:3: training.tensorboard: expected true or false; received 1",
        ),
        (
            "name: x\ntraining: fast\n",
            "x.yaml:2: training: expected a section of `key: value` lines; received 'fast' (text)",
        ),
        ("name: x\ndata:\n", "x.yaml:2: data: expected a section of `key: value` lines; received nothing (null)"),
        (
            "name: x\ndata:\n  encoding: jpg\n",
            "x.yaml:3: data.encoding: expected 'png' or 'raw'; received 'jpg' (text)",
        ),
        (
            "name: x\ndata:\n  resolution: 48\n",
            "x.yaml:3: data.resolution: resolution must be a power of two from 16 to 512. Received: resolution=48",
        ),
        (
            "name: x\ntraining:\n  batch: 30\n",
            "x.yaml:3: training.batch: expected a multiple of gan.mbstd_group_size (4); received 30",
        ),
        (
            "name: x\ntraining:\n  batch: 256\ngan:\n  mbstd_group_size: 7\n",
            "x.yaml:3: training.batch: expected a multiple of gan.mbstd_group_size (7); received 256",
        ),
        ("name: x\ndata:\n  findings: Edema\n", "x.yaml:3: data.findings: expected a list; received 'Edema' (text)"),
        ("name: x\ndata:\n  findings: [Edema, 3]\n", "x.yaml:3: data.findings.1: expected text"),
        ("name: x\ndata:\n  fold_fractions: [0.5, 0.5]\n", "x.yaml:3: data.fold_fractions"),
        (
            "name: x\ndata:\n  fold_fractions: [0.5, 0.4, 0.3]\n",
            "x.yaml:3: data.fold_fractions: fold fractions must be",
        ),
        ("name: x\ndata:\n  subset:\n    kind: classes\n", "x.yaml:3: data.subset: subset kind 'classes' needs"),
        ("name: a/b\n", "x.yaml:1: name: expected"),
        (
            'name: x\ndata:\n  findings: [Edema, "Ede\\u202ema"]\n',
            "x.yaml:3: data.findings: expected a name without hidden characters; received 'Ede\\u202ema' with U+202E",
        ),
        (
            'name: x\nreader_study:\n  title: "a\\eb"\n',
            "x.yaml:3: reader_study.title: expected a text without hidden characters; received 'a\\x1bb' with U+001B",
        ),
        (
            'name: x\nreader_study:\n  instructions: "a\\n\\u200eb"\n',
            "x.yaml:3: reader_study.instructions: expected a text without hidden characters; received",
        ),
        (f"name: x\nreader_study:\n  instructions: {'a ' * 2001}b\n", "x.yaml:3: reader_study.instructions: expected"),
        ("seed: 1\n", "x.yaml: name: this key is required"),
        ("name: x\ndata:\n  source: kaggle\n", "x.yaml:3: data.source: unknown data source 'kaggle'; known:"),
        (
            "name: x\ngan:\n  architecture: stylegan\n",
            "x.yaml:3: gan.architecture: unknown GAN architecture 'stylegan'; known: ",
        ),
    ],
)
def test_each_mistake_is_one_line(write, text, message):
    error = error_of(write(text))
    assert error.startswith(message)
    assert "\n" not in error


def test_all_mistakes_at_once(write):
    error = error_of(write("name: x\nseed: -1\ntraining:\n  bacth: 3\n"))
    assert error.splitlines() == [
        "x.yaml:2: seed: expected a number greater than or equal to 0; received -1",
        "x.yaml:4: training.bacth: unknown key; the nearest valid key is training.batch",
    ]


@pytest.mark.parametrize(
    "override, message",
    [
        (
            "training.bach=3",
            "--set training.bach=3: training.bach: unknown key; the nearest valid key is training.batch",
        ),
        ("training.batch", "--set training.batch: expected --set KEY=VALUE"),
        ("=3", "--set =3: expected --set KEY=VALUE"),
        ("training..batch=3", "--set training..batch=3: expected --set KEY=VALUE"),
        ("seed=", "--set seed=: seed: expected a whole number; received nothing (null)"),
        ("name.x=3", "--set name.x=3: name holds a value, not a section"),
        ("seed=[", "--set seed=[: not valid YAML"),
        ("data={resolution: 48}", "--set data={resolution: 48}: data.resolution: resolution must be a power of two"),
        ("extends=y.yaml", "--set extends=y.yaml: extends: unknown key"),
    ],
)
def test_bad_overrides(write, override, message):
    error = error_of(write("name: x\n"), [override])
    assert error.startswith(message)
    assert "\n" not in error


def test_source_options(write, loading_test):
    text = "name: x\ndata:\n  source: loading_test\n  options:\n    column: file\n"
    assert load_experiment(write(text)).data.options == {"window": None, "column": "file", "levels": 3}
    assert error_of(write(text + "    levles: 4\n")) == (
        "x.yaml:6: data.options.levles: unknown key; the nearest valid key is data.options.levels"
    )
    assert error_of(write(text), ["data.options.levels=a"]) == (
        "--set data.options.levels=a: data.options.levels: expected a whole number; received 'a' (text)"
    )


def test_extends(write, tmp_path):
    write("name: base\ntraining:\n  batch: 64\n  beta_2: 0.9\n  devices: [a, b]\n", "base.yaml")
    write("extends: base.yaml\ntraining:\n  beta_2: 0.95\n", "middle.yaml")
    path = write("extends: middle.yaml\nname: top\ntraining:\n  devices: [c]\n")
    experiment = load_experiment(path)
    assert experiment.name == "top"
    assert (experiment.training.batch, experiment.training.beta_2) == (64, 0.95)
    assert experiment.training.devices == ("c",)


def test_extends_keeps_the_right_file_and_line(write):
    write("name: base\ntraining:\n  bacth: 64\n", "base.yaml")
    error = error_of(write("extends: base.yaml\nseed: -1\n"))
    assert error.splitlines() == [
        "x.yaml:2: seed: expected a number greater than or equal to 0; received -1",
        "base.yaml:3: training.bacth: unknown key; the nearest valid key is training.batch",
    ]


def test_bad_extends(write):
    assert error_of(write("name: x\nextends: absent.yaml\n")) == "x.yaml:2: extends: no such file: absent.yaml"
    assert error_of(write("name: x\nextends: [a]\n")).startswith("x.yaml:2: extends: expected the path of another")
    write("extends: x.yaml\n", "y.yaml")
    assert "extends itself" in error_of(write("name: x\nextends: y.yaml\n"))


SECRET = "5" * 56


@pytest.mark.parametrize(
    "content, where",
    [
        (SECRET + "\n", ":1"),
        (f"token: {SECRET}\n", ":1"),
        (f"\n{SECRET}: 1\n", ":2"),
        (f"name: x\na: [{SECRET}\n", ":3"),
        (f"name: x\nname: ${{{'S' + SECRET}}}\n", ":2"),
        (f"name: x\nseed: ${{{'S' + SECRET}}}\n", ":2"),
        (f"name: x\nseed: !<{SECRET}> 1\n", ":2"),
        (f"name: x\ndata: {{{SECRET}: 1}}\n", ":2"),
        (f"-----BEGIN KEY-----\n{SECRET}\n", ""),
        ("\xff\xfe" + SECRET, ""),
    ],
)
def test_a_foreign_file_that_is_extended_is_not_shown(write, content, where):
    path = write("name: x\nextends: secret.txt\n")
    (path.parent / "secret.txt").write_bytes(content.encode("latin-1"))
    error = error_of(path)
    assert error.startswith(f"x.yaml:2: extends: expected an experiment file; secret.txt{where}")
    assert "5555" not in error and "BEGIN" not in error and "\n" not in error
    with pytest.raises(ConfigError) as named:
        load_experiment(path.parent / "secret.txt", named_by="grid g: experiments")
    assert str(named.value).startswith("grid g: experiments: expected an experiment file; ")
    assert "5555" not in str(named.value)


def test_round_trip(write, loading_test):
    text = (
        "name: x\ndata:\n  source: loading_test\n  root: '$${KEEP}/1e-4'\n  options:\n    window: [40, 80.5]\n"
        "training:\n  devices: ['GPU:0', 'GPU:1']\n"
    )
    experiment = load_experiment(write(text))
    assert experiment.data.root == "${KEEP}/1e-4"
    again = load_experiment(write(dump_experiment(experiment), "again.yaml"))
    assert again == experiment
    assert dump_experiment(again) == dump_experiment(experiment)


@pytest.fixture
def old_names(monkeypatch):
    """Names that keys are said to have had once."""
    renamed._warn.cache_clear()
    monkeypatch.setattr("medgan_tf.training.settings.RENAMED", {"minibatch": "batch"}, raising=False)
    monkeypatch.setattr("medgan_tf.gans.settings.RENAMED", {"first_resolution": "start_resolution"}, raising=False)


def test_the_group_of_the_minibatch_standard_deviation_has_its_old_name_too(write, caplog):
    renamed._warn.cache_clear()
    with caplog.at_level(logging.WARNING, "medgan_tf"):
        gan = load_experiment(write("name: x\ngan:\n  deviation_group: 8\n")).gan
    assert gan.mbstd_group_size == 8
    assert caplog.messages[0].endswith(
        "x.yaml:3: gan.deviation_group is now called gan.mbstd_group_size; the old name is still read"
    )


def test_old_names_in_files_and_overrides(write, old_names, caplog):
    write("name: base\ntraining:\n  minibatch: 64\n", "base.yaml")
    path = write("extends: base.yaml\ntraining: {batch: 32}\ngan: {growth: {first_resolution: 4}}\n")
    with caplog.at_level(logging.WARNING, "medgan_tf"):
        experiment = load_experiment(path, ["gan.growth.first_resolution=16", "training.beta_2=0.5"])
        assert (experiment.training.batch, experiment.gan.growth.start_resolution) == (32, 16)
        assert load_experiment(path, ["training={minibatch: 16}"]).training.batch == 16
    told = [message.replace(f"{path.parent}/", "") for message in caplog.messages]
    assert told == [
        "x.yaml:3: gan.growth.first_resolution is now called gan.growth.start_resolution; the old name is still read",
        "base.yaml:3: training.minibatch is now called training.batch; the old name is still read",
        "--set gan.growth.first_resolution=16: gan.growth.first_resolution is now called gan.growth.start_resolution; "
        "the old name is still read",
        "--set training={minibatch: 16}: training.minibatch is now called training.batch; the old name is still read",
    ]


def test_a_mistake_under_an_old_name_is_told_where_it_stands(write, old_names):
    path = write("name: x\ntraining:\n  minibatch: many\n")
    assert error_of(path) == "x.yaml:3: training.batch: expected a whole number; received 'many' (text)"
    path = write("name: x\n")
    assert error_of(path, ["training.minibatch=0"]) == (
        "--set training.minibatch=0: training.batch: expected a number greater than or equal to 1; received 0"
    )


def test_old_names_of_source_options(write, loading_test, caplog):
    text = "name: x\ndata:\n  source: loading_test\n  options:\n    path_column: file\n"
    with caplog.at_level(logging.WARNING, "medgan_tf"):
        assert load_experiment(write(text)).data.options["column"] == "file"
    assert "x.yaml:5: data.options.path_column is now called data.options.column" in caplog.text
