"""The command selfcheck, with planted results in the place of processes."""

import pytest
from click.testing import CliRunner
from planted_parts import CPU
from strict_json import strict

from medgan_tf.console.group import main
from medgan_tf.machine.selfcheck import run
from medgan_tf.machine.selfcheck.record import CaseResult, PartResult, read_record

PAGE = "# Page\n\n<!-- end of selfcheck -->\n"


@pytest.fixture
def states(monkeypatch):
    """States of parts by name; the others pass."""
    planted = {}

    def measured(part, before, limit):
        state = planted.get(part.name, "passed" if part.demanded else "reported")
        values = CPU if part.name == "versions" else {}
        case = CaseResult(name="first", demanded=part.demanded, state=state, text=f"{part.name} here", values=values)
        return PartResult(name=part.name, demanded=part.demanded, state=state, cases=[case])

    monkeypatch.setattr(run, "measured_part", measured)
    monkeypatch.setattr(run, "_programs", lambda: 0.25)
    return planted


def called(folder, *words, code=0):
    result = CliRunner().invoke(main, ["selfcheck", "--out", str(folder / "check.json"), *words])
    assert result.exit_code == code, result.output
    return result


def test_table_file_and_page(states, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    result = called(tmp_path, "--write", str(page))
    assert result.stdout.startswith("### Test CPU, 2 cores\n")
    assert result.stderr.splitlines()[0] == "versions: passed, 0 s" and len(result.stderr.splitlines()) == 8
    assert [part.name for part in read_record(tmp_path / "check.json").parts] == [
        "versions", "golden", "determinism", "resume", "replicas", "classifier", "importance", "speed",
    ]  # fmt: skip
    assert result.stdout.strip() in page.read_text()


@pytest.mark.parametrize(
    ("name", "state", "code"),
    [("golden", "failed", 3), ("importance", "failed", 3), ("resume", "not measured", 4),
     ("classifier", "not measured", 0)],
)  # fmt: skip
def test_exit_codes_and_the_answer_in_json(states, tmp_path, name, state, code):
    states[name] = state
    answer = strict(called(tmp_path, "--json", code=code).stdout)
    assert {part["name"]: part["state"] for part in answer["parts"]}[name] == state
    assert answer["what"] == "selfcheck" and answer["parts"][0]["cases"][0]["values"] == CPU


def test_a_page_without_a_place_keeps_the_file(states, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Page\n")
    result = called(tmp_path, "--write", str(page), code=1)
    assert "the page has no place for a machine" in result.stderr and "Traceback" not in result.output
    assert read_record(tmp_path / "check.json").part("speed").state == "passed"


def test_a_dry_run_measures_nothing(states, tmp_path):
    answer = strict(called(tmp_path, "--minutes", "2", "--only", "golden", "--dry-run", "--json").stdout)
    assert answer["seconds"] == {"versions": 40, "golden": 80}
    assert "golden: up to 80 s" in called(tmp_path, "--minutes", "2", "--only", "golden", "--dry-run").stdout
    assert list(tmp_path.iterdir()) == []


def test_mistakes_are_told(states, tmp_path):
    assert "no part 'speeed'; the parts are versions, golden" in called(tmp_path, "--only", "speeed", code=2).stderr
    (tmp_path / "check.json").write_text("{}")
    assert "holds no self-check" in called(tmp_path, code=1).stderr
    result = CliRunner().invoke(main, ["selfcheck"])
    assert result.exit_code == 2 and "--out" in result.output
