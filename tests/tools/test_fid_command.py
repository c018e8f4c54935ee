"""`medgan-tf fid` as a user meets it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import warm_python
from click.testing import CliRunner
from strict_json import strict_files

from medgan_tf.console.group import main

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("fid")
    for seed, name in enumerate(("real", "synthetic")):
        (root / name).mkdir()
        random = np.random.default_rng(seed)
        for number in range(12):
            coarse = random.integers(0, 256, (8, 8), dtype=np.uint8)
            cv2.imwrite(str(root / name / f"{number}.png"), cv2.resize(coarse, (32, 32)))
    return root


def fid(*arguments):
    return CliRunner().invoke(main, ["fid", *map(str, arguments)])


def test_two_folders_as_json(folders, tmp_path):
    chosen = ("--extractor", "random", "--metrics", "fid,kid", "--json", "--out", tmp_path / "out")
    answer = fid("--real", folders / "real", "--synthetic", folders / "synthetic", *chosen)
    assert answer.exit_code == 0, answer.output
    result = json.loads(answer.stdout)
    assert result["results"][0]["metrics"]["fid"]["value"] > 0
    assert strict_files(tmp_path) == ["out/fid-random.json"]
    assert "fid: " in answer.stderr


def test_the_seed_of_folders(folders):
    """By default 1000; another seed draws other halves of the real images."""
    arguments = ("--real", folders / "real", "--synthetic", folders / "synthetic", "--extractor", "random", "--json")
    results = [
        json.loads(fid(*arguments, "--metrics", "kid", *seed).stdout)["results"][0]
        for seed in ((), ("--seed", 1000), ("--seed", 5))
    ]
    assert [result["seed"] for result in results] == [1000, 1000, 5]
    first, again, other = (result["floor"]["real"]["kid"] for result in results)
    assert first == again != other


def test_two_folders_as_text(folders):
    answer = fid(
        "--real", folders / "real", "--synthetic", folders / "synthetic", "--extractor", "random", "--metrics", "kid"
    )
    assert answer.exit_code == 0
    assert "KID x 1000" in answer.stdout and "look at" not in answer.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give an experiment, or --real and --synthetic"),
        (("--real", "a"), "--real and --synthetic go together"),
        (("--real", "a", "--synthetic", "b", "--set", "seed=1"), "--set needs an experiment"),
        (("a.yaml", "--seed", "1"), "--seed is for folders; an experiment has its own: --set seed=N"),
    ],
)
def test_usage(arguments, message):
    answer = fid(*arguments)
    assert answer.exit_code == 2
    assert message in answer.output


def test_offline_without_weights_is_one_line_and_exit_code_1(folders, tmp_path):
    """In a process of its own, as for a user: the file, the address, the option and the way without."""
    command = ["-m", "medgan_tf.console.group", "fid", "--metrics", "fid"]
    command += ["--real", str(folders / "real"), "--synthetic", str(folders / "synthetic")]
    environment = {"KERAS_HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    answer = warm_python.run(command, env=environment, cwd=tmp_path, timeout=300)
    assert answer.returncode == 1
    errors = [line for line in answer.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1 and "Traceback" not in answer.stderr
    for part in (
        "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        "https://storage.googleapis.com/",
        "--weights FILE",
        "'classifier' and 'random' need no download",
    ):
        assert part in errors[0]


@pytest.mark.parametrize("arguments, code, words", [
    (("--extractor", "unknown"), 2, "unknown feature extractor 'unknown'; known: "),
    (("--extractor", "random", "--extractor", "unknown"), 2, "unknown feature extractor 'unknown'"),
    (("--extractor", "random", "--metrics", "fud"), 2, "expected metrics among"),
    (("--extractor", "random", "--synthetic", "missing"), 1, "no such folder: missing"),
    (("--extractor", "random", "--seed", 2**32), 2, "4294967296 is not in the range 0<=x<=4294967295"),
])  # fmt: skip
def test_wrong_names_are_said_before_an_image_is_read(folders, monkeypatch, capsys, arguments, code, words):
    def read(*_):
        raise AssertionError("an image was read")

    monkeypatch.setattr("medgan_tf.evidence.image_sets.fold_set", read)
    monkeypatch.setattr("medgan_tf.evidence.image_sets._files_set", read)
    with pytest.raises(SystemExit) as left:
        main(["fid", "--real", str(folders / "real"), "--synthetic", str(folders / "synthetic"), *map(str, arguments)])
    lines = capsys.readouterr().err.splitlines()
    assert left.value.code == code and words in lines[-1] and not any("Traceback" in line for line in lines)


@pytest.mark.parametrize("name", ["privacy", "neighbours"])
def test_wrong_names_of_other_commands(folders, monkeypatch, capsys, name):
    monkeypatch.setattr("medgan_tf.evidence.release_sets.folder_set", None)
    sets = ["--train", str(folders / "real"), "--held-out", str(folders / "synthetic"), "--synthetic"]
    for synthetic, extractor, words in (
        ("missing", "random", "Error: no such folder: missing"),
        (str(folders / "synthetic"), "unknown", "Error: unknown feature extractor 'unknown'"),
    ):
        with pytest.raises(SystemExit):
            main([name, *sets, synthetic, "--extractor", extractor])
        assert words in capsys.readouterr().err
