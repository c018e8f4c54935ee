"""Counting a dataset before it is made, on a table small enough to count by hand."""

import pytest
from chexpert_folder import bytes_below

from medgan_tf.config.schema import DataConfig, Experiment, OriginalCodeConfig, Subset
from medgan_tf.data.counts import count_dataset
from medgan_tf.errors import DataError


@pytest.fixture
def experiment(tmp_path, monkeypatch):
    """20 patients with one image of A each, 20 with one of A and one of A|B, and one with a single image of B."""
    lines = ["path,patient,A,B"]
    for number in range(40):
        lines.append(f"a{number}.png,p{number},1,")
        if number >= 20:
            lines.append(f"b{number}.png,p{number},1,-1")
    lines += ["c.png,p40,0,1", "d.png,p41,0,0", "d.png,p41,0,0"]
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "labels.csv").write_text("\n".join(lines) + "\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Experiment(name="small", data=_data(raw))


def _data(raw, **values):
    subset = Subset(combinations=1, train_per_combination=35, valid_per_combination=2, oversample=True)
    options = {"label_columns": ["A", "B"]}
    return DataConfig(
        source="table", root=str(raw), options=options, **{"min_count": 1, "subset": subset, "resolution": 16, **values}
    )


RULES = [
    ("uncertain -> positive (20 labels of 20 images)", 62, 62, 42, 42),
    ("blank -> negative (40 labels of 40 images)", 62, 62, 42, 42),
    ("images without a positive label dropped", 62, 61, 42, 41),
    ("combinations with more than 1 images", 61, 60, 41, 40),
    ("patients split into train, valid and test", 60, 60, 40, 40),
    ("the 1 most frequent combinations", 60, 40, 40, 40),
    ("train: 35 images of each combination, 3 of them repeats", 40, 43, 40, 40),
    ("valid: 2 images of each combination", 43, 41, 40, 38),
    ("labels that never occur removed: B", 41, 41, 38, 38),
]


def test_everything_is_counted_and_nothing_is_written(tmp_path, experiment):
    before = bytes_below(tmp_path)
    values = count_dataset(experiment).as_json()
    assert bytes_below(tmp_path) == before and sorted(path.name for path in tmp_path.iterdir()) == ["raw"]
    assert values["table"] == {"rows in labels.csv": 63, "repeated rows dropped": 1}
    policy = {"uncertain": "positive", "blank": "negative", "without_positive": "drop"}
    assert values["policy"] == policy | {"constant": "keep", "duplicates": "warn"}
    assert [tuple(rule.values()) for rule in values["rules"]] == RULES
    assert values["labels"] == ["A"] and values["original_code"] == []
    # Of 40 patients 32, 4 and 4; the strata are those with and without an image of A|B.
    assert values["combinations"] == [
        {
            "name": "A",
            "there": {"train": 32, "valid": 4, "test": 4},
            "asked": {"train": 35, "valid": 2, "test": None},
            "used": {"train": 35, "valid": 2, "test": 4},
        },
        {
            "name": "A|B",
            "there": {"train": 16, "valid": 2, "test": 2},
            "asked": {"train": 0, "valid": 0, "test": 0},
            "used": {"train": 0, "valid": 0, "test": 0},
        },
    ]
    assert values["images"] == {"train": 35, "valid": 2, "test": 4}
    assert values["repeats"] == {"train": 3, "valid": 0, "test": 0}
    assert values["patients"] == {"train": 32, "valid": 2, "test": 4}


def test_the_text_says_the_same(experiment):
    lines = [" ".join(line.split()) for line in count_dataset(experiment).as_text().splitlines()]
    assert lines[0] == "small: counted only. No picture was looked at, and nothing was written."
    assert (
        "label policy: uncertain positive, blank negative, without_positive drop, constant keep, duplicates warn"
        in lines
    )
    assert "images without a positive label dropped 62 61 42 41" in lines
    assert lines[-4:] == [
        "A 32 35 35 4 2 2 4 all 4",
        "1 more, left out by the subset 16 0 0 2 0 0 2 0 0",
        "all images 48 all 35 6 all 2 6 all 4",
        "patients 32 2 4",
    ]


def test_switches_of_the_published_code_count_too(tmp_path, experiment):
    switched = experiment.model_copy(update={"original_code": OriginalCodeConfig(random_patient_split=True)})
    values = count_dataset(switched).as_json()
    assert values["original_code"] == ["random_patient_split"]
    assert values["rules"][4]["rule"].endswith("without strata (as in the published code)")


def test_what_cannot_be_served_is_said(tmp_path, experiment):
    data = _data(tmp_path / "raw", subset=Subset(valid_per_combination=18, test_per_combination=3))
    with pytest.raises(DataError, match="combination A|B has at most 17 valid images, 18 asked: 1 too few"):
        count_dataset(experiment.model_copy(update={"data": data}))
