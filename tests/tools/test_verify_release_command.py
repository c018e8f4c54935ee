"""`medgan-tf verify`: its answers and exit codes, and that it works where TensorFlow cannot be imported."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner
from small_release import rewrite, small_release
from strict_json import strict

from medgan_tf.console.group import main

BLOCKED = """
import sys
class Refusing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("tensorflow", "keras"):
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, Refusing())
from medgan_tf.console.group import main
main(sys.argv[1:])
"""


@pytest.fixture
def folder(tmp_path):
    return small_release(tmp_path / "folder")


def test_it_needs_no_tensorflow(folder):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, "verify", folder], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "all holds\n", "")


def test_what_does_not_hold(folder):
    rewrite(folder, "evidence/gap.json", lambda values: values["gap"]["mean"]["over_seeds"].update(mean=0.5))
    result = CliRunner().invoke(main, ["verify", str(folder), "--json"])
    values = strict(result.stdout)
    assert result.exit_code == 3 and values["answer"] == "something does not hold" and values["unchecked"] == []
    assert any("the fact auc_gap disagrees with evidence/gap.json" in text for text in values["problems"])
    result = CliRunner().invoke(main, ["verify", str(folder)])
    assert result.exit_code == 3 and result.stdout.startswith("BROKEN       ")
    assert result.stdout.endswith("\nsomething does not hold\n")


def test_what_cannot_be_checked(folder):
    (folder / "MANIFEST.sig").write_bytes(bytes(64))
    result = CliRunner().invoke(main, ["verify", str(folder)])
    assert result.exit_code == 4
    assert (
        result.stdout == "NOT CHECKED  MANIFEST.sig: a signature; --public-key checks it\nall that was checked holds\n"
    )


def test_a_folder_or_key_that_is_none(folder, tmp_path):
    result = CliRunner().invoke(main, ["verify", str(tmp_path / "none")])
    assert result.exit_code == 1 and "no such folder" in result.output
    (tmp_path / "key.pub").write_text("no key")
    result = CliRunner().invoke(main, ["verify", str(folder), "--public-key", str(tmp_path / "key.pub")])
    assert result.exit_code == 2 and "is no public key in PEM" in result.output


def test_a_thousand_problems_are_not_all_shown(folder):
    values = json.loads((folder / "MANIFEST.json").read_text())
    values["files"] += [{"path": f"gone/{n}", "bytes": 0, "sha256": "0" * 64} for n in range(150)]
    (folder / "MANIFEST.json").write_text(json.dumps(values))
    result = CliRunner().invoke(main, ["verify", str(folder)])
    assert "BROKEN       and 50 more" in result.stdout
