"""Nothing is scored unless every reader answered every image once; each mistake is one line with file and line."""

import pytest
from study_parts import make_study, simulate

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answers import collect_answers, count_answers, read_answers


@pytest.fixture
def study(tmp_path):
    made = make_study(tmp_path, readers=3, repeats=4, repeat_distance=3)
    simulate(tmp_path, [1.0, 0.0, 0.5])
    return made


@pytest.fixture
def key(study, tmp_path):
    return simulate(tmp_path, [1.0, 0.0, 0.5])


def edit(path, change):
    lines = path.read_text().splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n")


def test_counts_leave_repeats_out(key, tmp_path):
    counts = count_answers(collect_answers([tmp_path / "answers"], key), key.key)
    assert [reader.reader for reader in counts] == ["R01", "R02", "R03"]
    first, second = counts[:2]
    assert (first.true_real, first.false_real, first.true_synthetic, first.false_synthetic) == (10, 0, 10, 0)
    assert (second.true_real, second.false_real, second.true_synthetic, second.false_synthetic) == (0, 10, 0, 10)
    assert counts[2].total == 20


def test_answers_are_read_with_all_they_say(key, tmp_path):
    answers = read_answers(tmp_path / "answers" / "R01.csv", key)
    assert [answer.position for answer in answers] == list(range(1, 25))
    assert all(1 <= answer.confidence <= 5 and answer.seconds > 0 for answer in answers)
    assert answers[4].place.endswith("R01.csv, line 6")


def test_plain_table_with_semicolons_and_several_readers(key, tmp_path):
    rows = [f"{reader};{image};real" for reader in ("A", "B") for image in key.key.truth]
    path = tmp_path / "all.csv"
    path.write_text("\ufeff" + "\r\n".join(["reader;image;answer", *rows]) + "\r\n", encoding="utf-8")
    answers = collect_answers([path], key)
    assert {answer.reader for answer in answers} == {"A", "B"}
    assert {(answer.confidence, answer.seconds, answer.position) for answer in answers} == {(None, None, None)}
    assert all((reader.true_real, reader.false_real) == (10, 10) for reader in count_answers(answers, key.key))


def replace_cell(number, value):
    def change(lines):
        cells = lines[6].split(",")
        cells[number] = value
        lines[6] = ",".join(cells)

    return change


@pytest.mark.parametrize(
    "change, message",
    [
        (replace_cell(4, "aaaaaaaaaaaa"), "R02.csv, line 7: the image 'aaaaaaaaaaaa' is not in the key"),
        (replace_cell(5, ""), "R02.csv, line 7: reader R02 gave no answer to [a-z2-7]{12}; expected real or synthetic"),
        (replace_cell(5, "Real"), "R02.csv, line 7: expected real or synthetic; received 'Real'"),
        (replace_cell(1, "0" * 64), "R02.csv, line 7: was answered for the study with the key 000000000000..., but"),
        (replace_cell(1, ""), "R02.csv, line 7: was answered for the study with the key \\(none\\)"),
        (replace_cell(6, "6"), "R02.csv, line 7: confidence: expected a whole number from 1 to 5; received '6'"),
        (replace_cell(7, "-1"), "R02.csv, line 7: seconds: expected a number from 0; received '-1'"),
        (replace_cell(7, "nan"), "R02.csv, line 7: seconds: expected a number from 0; received 'nan'"),
        (replace_cell(3, "x"), "R02.csv, line 7: position: expected a whole number from 1 to 1000000; received 'x'"),
        (replace_cell(2, "../R02"), "R02.csv, line 7: expected a reader code of letters, digits, - _ .; received"),
        (lambda lines: lines.append(lines[6]), "R02.csv, line 26: reader R02 has a second answer to .* line 7"),
        (lambda lines: lines.pop(), "R02.csv: reader R02 has no answer to 1 of 24 images .*--leave-out R02"),
        (lambda lines: lines.__delitem__(slice(3, None)), "has no answer to 22 of 24 images \\(.*, .*, .*, ...\\)"),
        (lambda lines: lines.__delitem__(slice(1, None)), "R02.csv: holds no answers; remove it or export it again"),
        (replace_cell(2, "R01"), "R02.csv: holds answers of reader R01, as does .*R01.csv; keep one of the two files"),
        (
            lambda lines: lines.__setitem__(0, lines[0].replace("answer,", "label,")),
            "lacks the column answer; expected",
        ),
        (lambda lines: lines.__setitem__(5, lines[5] + ",x"), "R02.csv, line 6: expected 10 cells; received 11"),
    ],
)
def test_each_mistake_is_one_line_and_stops_the_scoring(key, tmp_path, change, message):
    edit(tmp_path / "answers" / "R02.csv", change)
    with pytest.raises(DataError, match=message) as caught:
        collect_answers([tmp_path / "answers"], key)
    assert "\n" not in str(caught.value)


def test_two_files_of_one_reader(key, tmp_path):
    copy = tmp_path / "answers" / "R01 (1).csv"
    copy.write_text((tmp_path / "answers" / "R01.csv").read_text())
    with pytest.raises(DataError, match="R01.csv: holds answers of reader R01, as does .*R01 \\(1\\).csv; keep one"):
        collect_answers([tmp_path / "answers"], key)


def test_readers_left_out_by_name(key, tmp_path):
    edit(tmp_path / "answers" / "R02.csv", lambda lines: lines.pop())
    answers = collect_answers([tmp_path / "answers"], key, leave_out=["R02"])
    assert {answer.reader for answer in answers} == {"R01", "R03"}
    with pytest.raises(DataError, match="no answers of reader R09, who is to be left out; readers: R01, R02, R03"):
        collect_answers([tmp_path / "answers"], key, leave_out=["R09"])
    with pytest.raises(DataError, match="every reader is left out; nothing to score"):
        collect_answers([tmp_path / "answers"], key, leave_out=["R01", "R02", "R03"])


def test_key_of_another_study(key, tmp_path):
    """Keys are told apart by their hash, not by their images."""
    path = tmp_path / "key.json"
    path.write_text(path.read_text() + "\n")
    with pytest.raises(DataError, match="was answered for the study with the key"):
        collect_answers([tmp_path / "answers"], type(key)(path))


def test_no_answers(key, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: holds no CSV files; put the readers' exported files there"):
        collect_answers([tmp_path / "empty"], key)
    with pytest.raises(DataError, match="no answers in .*nowhere; put the readers' CSV files there, or name them"):
        collect_answers([tmp_path / "nowhere"], key)
