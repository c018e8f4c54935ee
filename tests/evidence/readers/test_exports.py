"""Answers given in Label Studio or in a table, in all the forms in which they are exported."""

import csv
import json

import pytest
from study_parts import make_study

from medgan_tf.errors import DataError
from medgan_tf.evidence.readers.answers import collect_answers, count_answers
from medgan_tf.evidence.readers.exports import import_answers, write_imported
from medgan_tf.evidence.readers.study.key import KeyFile


@pytest.fixture
def key(tmp_path):
    make_study(tmp_path, images=4)
    return KeyFile(tmp_path / "key.json")


def tasks(key, by=3, choice="Real"):
    """Label Studio's JSON: one task per image, with a choice and a rating."""
    return [
        {
            "id": 100 + number,
            "data": {"image": f"/data/upload/7/a1b2c3d4-{image}.png"},
            "annotations": [
                {
                    "completed_by": by,
                    "was_cancelled": False,
                    "lead_time": 2.5 + number,
                    "result": [
                        {"from_name": "kind", "type": "choices", "value": {"choices": [choice]}},
                        {"from_name": "sure", "type": "rating", "value": {"rating": 4}},
                    ],
                }
            ],
            "predictions": [],
        }
        for number, image in enumerate(key.key.truth)
    ]


def write(folder, values):
    path = folder / "export.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def test_label_studio_json(key, tmp_path):
    answers = import_answers(write(tmp_path, tasks(key)), key)
    assert [answer.image for answer in answers] == list(key.key.truth)
    assert {(answer.reader, answer.answer, answer.confidence) for answer in answers} == {("3", "real", 4)}
    assert [answer.seconds for answer in answers] == [2.5, 3.5, 4.5, 5.5]


def test_label_studio_json_of_two_annotators_named_by_address(key, tmp_path):
    both = tasks(key, by={"id": 3, "email": "anna@example.org"})
    for task in both:
        second = json.loads(json.dumps(task["annotations"][0])) | {"completed_by": 8}
        second["result"][0]["value"]["choices"] = ["Synthetic"]
        task["annotations"].append(second)
    answers = import_answers(write(tmp_path, both), key, {"3": "R01", "8": "R02"})
    counts = count_answers(answers, key.key)
    assert [(reader.reader, reader.true_real, reader.false_real) for reader in counts] == [("R01", 2, 2), ("R02", 0, 0)]


def test_label_studio_json_min(key, tmp_path):
    rows = [
        {"image": f"s3://bucket/{image}.png", "id": 1, "choice": "Synthetic", "rating": [{"rating": 2}], "annotator": 5}
        | {"lead_time": 3.25, "annotation_id": 9, "created_at": "2024-05-01T10:00:00Z"}
        for image in key.key.truth
    ]
    answers = import_answers(write(tmp_path, rows), key)
    assert {(a.reader, a.answer, a.confidence, a.seconds) for a in answers} == {("5", "synthetic", 2, 3.25)}


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_label_studio_csv(key, tmp_path, separator):
    path = tmp_path / "export.csv"
    with open(path, "w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, delimiter=separator)
        table.writerow(["annotation_id", "annotator", "choice", "created_at", "id", "image", "lead_time"])
        for image in key.key.truth:
            table.writerow([1, "anna@example.org", "fake", "2024", 7, f"/data/upload/1/0a1b2c3d-{image}.png", "4.5"])
    answers = import_answers(path, key, {"anna@example.org": "R01"})
    assert {(a.reader, a.answer, a.confidence, a.seconds) for a in answers} == {("R01", "synthetic", None, 4.5)}


def test_plain_table_without_reader(key, tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text("Image,Answer\n" + "".join(f"{image},R\n" for image in key.key.truth))
    answers = import_answers(path, key, {"": "R07"})
    assert {(answer.reader, answer.answer) for answer in answers} == {("R07", "real")}


def test_imported_answers_are_scored_like_those_of_the_page(key, tmp_path):
    given = import_answers(write(tmp_path, tasks(key)), key)
    files = write_imported(given, key, tmp_path / "answers")
    assert list(files) == ["3"]
    read = collect_answers([tmp_path / "answers"], key)
    assert [(a.image, a.answer, a.confidence, a.seconds) for a in read] == [
        (a.image, a.answer, a.confidence, a.seconds) for a in given
    ]
    with pytest.raises(DataError, match="3.csv is there already; remove it, or give reader 3 another code"):
        write_imported(given, key, tmp_path / "answers")


def without(key, change):
    values = tasks(key)
    change(values)
    return values


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda v: v.pop(), "reader 3 has no answer to 1 of 4 images"),
        (lambda v: v.append(v[0]), "task 100: reader 3 has a second answer to .*; the first is in .*task 100"),
        (lambda v: v[1].update(annotations=[]), "task 101: has no annotation; let the reader finish"),
        (lambda v: v[1]["annotations"][0].update(was_cancelled=True), "task 101: was skipped by its reader; expected"),
        (lambda v: v[1]["annotations"][0].update(result=[]), "task 101: reader 3 gave no answer to"),
        (lambda v: v[1]["annotations"][0].pop("result"), "task 101: is not an annotation as Label Studio exports it"),
        (lambda v: v[1].update(annotations=[7]), "task 101: is not an annotation as Label Studio exports it"),
        (lambda v: v[1].update(annotations=7), "task 101: is not a task as Label Studio exports it"),
        (lambda v: v[1].update(data=["abc"]), "task 101: is not an annotation as Label Studio exports it"),
        (lambda v: v[1]["data"].update(image="cat.png"), "task 101: expected the name of an image of the key; .*cat"),
        (
            lambda v: v[1]["annotations"][0]["result"][0]["value"].update(choices=["Unsure"]),
            "task 101: expected one of real, r, synthetic, s, fake, generated; received 'Unsure'",
        ),
        (
            lambda v: v[1]["annotations"][0]["result"][1]["value"].update(rating=9),
            "task 101: confidence: expected 1 to 5; received 9",
        ),
        (lambda v: v[1]["annotations"][0].update(lead_time="long"), "task 101: seconds: expected a number from 0"),
        (
            lambda v: v[1]["annotations"][0].update(lead_time=10**400),
            "is neither JSON nor CSV .an integer of 401 digits",
        ),
        (
            lambda v: v[1]["annotations"][0].update(completed_by="anna@example.org"),
            "received 'anna@example.org'; give it with --reader anna@example.org=R01",
        ),
        (lambda v: v[1]["annotations"][0].pop("completed_by"), "the export names no reader; give it with --reader R01"),
        (lambda v: v.clear(), "holds no answers"),
        (lambda v: v.insert(0, 7), "expected a list of tasks, as Label Studio exports them"),
    ],
)
def test_mistakes_in_exports(key, tmp_path, change, message):
    with pytest.raises(DataError, match=message) as caught:
        import_answers(write(tmp_path, without(key, change)), key)
    assert "export.json" in str(caught.value) and "\n" not in str(caught.value)


def test_files_that_are_no_exports(key, tmp_path):
    path = tmp_path / "export.json"
    path.write_text("[{")
    with pytest.raises(DataError, match="export.json: is neither JSON nor CSV"):
        import_answers(path, key)
    path.write_text('{"tasks": []}')
    with pytest.raises(DataError, match="export.json: expected a list of tasks"):
        import_answers(path, key)
