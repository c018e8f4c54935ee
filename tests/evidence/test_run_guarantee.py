"""The guarantee of a run, read from its folder."""

import json

import pytest
import yaml
from private_runs import guarantee, make_private
from result_files import run_folder

from medgan_tf.evidence.run_guarantee import run_guarantee
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder


def read(path):
    reader = LenientReader(path.parent)
    return run_guarantee(reader, RunFolder(path)), reader.problems


def test_a_private_run(tmp_path):
    run = make_private(run_folder(tmp_path / "a" / "cpd-seed1", 1), guarantee(), tried_runs=3)
    filed, problems = read(run)
    assert filed.guarantee == guarantee() and filed.tried_runs == 3 and problems == []


def test_a_run_that_is_not_private(tmp_path):
    """Its manifest, which may be damaged, is none of our business."""
    run = run_folder(tmp_path / "a" / "cpd-seed1", 1)
    (run / "synthetic").mkdir()
    (run / "synthetic" / "manifest.json").write_text("{")
    assert read(run) == (None, [])


@pytest.mark.parametrize("content", ["{", "[]", '{"guarantee": {"epsilon": NaN}}', '{"guarantee": {}}', "\ud800"])
def test_a_damaged_file_is_named_and_guarantees_nothing(tmp_path, content):
    run = make_private(run_folder(tmp_path / "a" / "cpd-seed1", 1), guarantee())
    (run / "guarantee.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    filed, problems = read(run)
    assert filed.guarantee is None and filed.problem.startswith("guarantee.json ")
    assert problems == ["cpd-seed1/guarantee.json cannot be read; make it again"]


def test_images_with_a_manifest_that_says_nothing_are_not_covered(tmp_path):
    run = make_private(run_folder(tmp_path / "a" / "cpd-seed1", 1), guarantee())
    for content in ("{}", "{", '{"synthesis": 5}'):
        (run / "synthetic" / "manifest.json").write_text(content)
        assert "made by a generator without a guarantee" in read(run)[0].problem


def test_images_of_the_generator_of_another_seed_have_its_guarantee(tmp_path):
    make_private(run_folder(tmp_path / "a" / "cpd-seed1", 1), guarantee(2.0), images=False)
    other = make_private(run_folder(tmp_path / "a" / "cpd-seed2", 2), guarantee(2.0))
    (other / "guarantee.json").unlink()
    assert read(other)[0].problem.startswith("there is no guarantee.json")
    config = yaml.safe_load((other / "config.yaml").read_text())
    (other / "config.yaml").write_text(yaml.safe_dump(config | {"generate": {"generator_seed": 1}}))
    assert read(other)[0].guarantee == guarantee(2.0)
    # Images that say otherwise are not those of that generator.
    manifest = other / "synthetic" / "manifest.json"
    found = json.loads(manifest.read_text())
    found["synthesis"]["guarantee"] = guarantee(1.0).as_json()
    manifest.write_text(json.dumps(found))
    assert "another guarantee" in read(other)[0].problem
