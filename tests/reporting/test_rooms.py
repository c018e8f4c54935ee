"""A room that fails, or lacks most of what a room may offer, costs its own part and nothing else."""

import shutil
from types import SimpleNamespace

import pytest
from result_files import run_folder

from medgan_tf.evidence.report import GridColumns, Results
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.presentation.blocks import Missing, Section, Table, paragraph
from medgan_tf.presentation.cards import Card
from medgan_tf.presentation.failures import Failed
from medgan_tf.reporting.answer import answer_section
from medgan_tf.reporting.results import read_results
from medgan_tf.reporting.rooms import Room
from medgan_tf.reporting.write import report_sections


def fails(*_):
    raise ZeroDivisionError("none of our errors")


@pytest.fixture
def run(tmp_path):
    return run_folder(tmp_path / "phantom" / "cpd-seed1", 1)


@pytest.fixture
def sound():
    return Room("sound", SimpleNamespace(
        TITLE="Sound",
        read=lambda run, reader: {"number": 7},
        sections=lambda results, details: [Section("Sound", [paragraph("seven")])],
        card=lambda results: Card("Sound?", "good", "Yes"),
        hashes=lambda result: [("sound", "ab")],
        TERMS={"Sound": "Seven."},
    ))  # fmt: skip


@pytest.fixture
def broken():
    parts = dict.fromkeys(("sections", "card", "grid_columns", "grid_sections", "pictures", "hashes"), fails)
    return Room("broken", SimpleNamespace(TITLE="Broken", read=lambda run, reader: {}, **parts))


def by_title(results, *rooms, **options):
    return {section.title: section for section in report_sections(results, rooms, **options)}


def test_a_broken_room_leaves_the_others_alone(run, sound, broken, caplog):
    results = read_results(run, [broken, sound])
    assert results.runs[0].evidence == {"broken": {}, "sound": {"number": 7}}
    found = by_title(results, broken, sound, with_images=True)
    assert found["Sound"].blocks == [paragraph("seven")]
    assert found["Broken"].blocks == [Failed("Broken", "ZeroDivisionError: none of our errors")]
    assert found["Broken"].missing == [Missing("result files", "broken", "the command that wrote the result file")]
    answer = found["The answer"].blocks[0].text
    assert "Could not be made" in answer and answer.index("Broken") < answer.index("Sound?")
    hashes = [block for block in found["Where the numbers come from"].blocks if getattr(block, "name", "") == "hashes"]
    assert hashes[0].rows == [["cpd-seed1", "Broken", "cannot be read"], ["cpd-seed1", "sound", "ab"]]
    assert "Broken could not be made (ZeroDivisionError: none of our errors)." in caplog.text
    parts = ["answer", "pictures", "hashes of what it was made from"]
    assert [one.what for one in broken.failures] == [f"Broken: {part}" for part in parts]


def test_a_room_that_cannot_read_its_file_is_a_damaged_file(run, sound):
    results = read_results(run, [Room("broken", SimpleNamespace(TITLE="Broken", read=fails)), sound])
    assert results.runs[0].evidence == {"sound": {"number": 7}}
    problem = "cpd-seed1: Broken cannot be read (ZeroDivisionError: none of our errors); make it again"
    assert results.problems == (problem,)


def test_a_block_that_cannot_be_drawn_is_found_in_time(run):
    ragged = Table("t", "Fewer cells than titles", ["a", "b"], [["only one"]])
    room = Room("ragged", SimpleNamespace(
        TITLE="Ragged", read=lambda *_: {}, sections=lambda *_: [Section("Ragged", [ragged, paragraph("seven")])]
    ))  # fmt: skip
    [section] = room.sections(read_results(run, [room]), True)
    assert section.blocks[0].what == "Fewer cells than titles" and section.blocks[0].reason.startswith("IndexError")
    assert section.blocks[1:] == [paragraph("seven")]


def test_in_a_grid_columns_and_sections_of_others_stay(run, sound, broken):
    other = run.parent.parent / "other"
    shutil.copytree(run.parent, other)
    results = read_results(run.parent.parent, [broken, sound])
    assert (results.kind, len(results.gans)) == ("grid", 2)
    found = by_title(results, broken, sound)
    table = found["All settings"].blocks[0]
    assert list(table.head) == ["experiment", "GAN", "Broken"]
    assert table.rows == [["other", "cpd", "could not be made"], ["phantom", "cpd", "could not be made"]]
    assert found["All settings"].blocks[1] == Failed("Broken", "ZeroDivisionError: none of our errors")
    assert found["Sound"].blocks == [paragraph("seven")]


def test_columns_that_do_not_fit_are_not_shown(run):
    room = Room("odd", SimpleNamespace(TITLE="Odd", grid_columns=lambda _: GridColumns(["a", "b"], [["one"]])))
    assert room.grid_columns(read_results(run, [])) == GridColumns(["Odd"], [["could not be made"]])


def test_a_room_needs_no_more_than_two_functions(run):
    room = Room("bare", SimpleNamespace(
        TITLE="Bare", read=lambda *_: None, sections=lambda *_: [Section("Bare", [paragraph("nothing")])]
    ))  # fmt: skip
    results = read_results(run, [room])
    assert results.runs[0].evidence == {}
    assert by_title(results, room, with_images=True)["Bare"].blocks == [paragraph("nothing")]
    assert room.read(run, LenientReader(run)) is None


@pytest.mark.parametrize("junk", [None, 7, "text", [None], [7], [Section(None)], [Section("a", [object()])], {"a": 1}])
def test_junk_in_place_of_sections_costs_the_room_alone(run, sound, junk):
    room = Room("odd", SimpleNamespace(TITLE="Odd", read=lambda *_: {}, sections=lambda *_: junk))
    found = by_title(read_results(run, [room, sound]), room, sound)
    assert found["Sound"].blocks == [paragraph("seven")]
    assert any(isinstance(block, Failed) for section in found.values() for block in section.blocks)


@pytest.mark.parametrize("name", ["", "../../x", "/x", "a/b", ".hidden", "a\0", "x" * 300])
def test_a_block_names_no_file_elsewhere(run, name):
    table = Table(name, "Elsewhere", ["a"], [["b"]])
    room = Room("odd", SimpleNamespace(TITLE="Odd", read=lambda *_: {}, sections=lambda *_: [Section("Odd", [table])]))
    [section] = room.sections(read_results(run, [room]), True)
    assert section.blocks == [Failed("Elsewhere", section.blocks[0].reason)]
    assert section.blocks[0].reason.startswith("ValueError") and "name of a file" in section.blocks[0].reason


@pytest.mark.parametrize("trouble", ["section", "block", "file"])
def test_no_good_answer_of_a_room_that_is_not_whole(run, sound, trouble):
    def sections(results, details):
        section = Section("Half")
        section.add("first", fails) if trouble != "section" else fails()
        return [section]

    def read(run, reader):
        reader.damaged(run.evaluation / "half.json")

    good = SimpleNamespace(TITLE="Half", read=lambda *_: {}, sections=lambda *_: [Section("Half")],
                           card=lambda _: Card("Half?", "good", "No limit broken"))  # fmt: skip
    if trouble == "file":
        good.read = read
    else:
        good.sections = sections
    room = Room("half", good)
    answer = by_title(read_results(run, [room, sound]), room, sound)["The answer"].blocks[0].text
    half, other = answer.split("<article")[1:]
    assert half.startswith(' class="card unsure"') and "No limit broken, as far as could be read" in half
    assert "may be worse than it looks" in half and other.startswith(' class="card good"')


def test_no_room_has_an_answer():
    assert answer_section(Results("run", "none", ()), []).blocks == []
