import pytest
from pydantic import ValidationError

from medgan_tf.config.section import without_added
from medgan_tf.data.sources.table.settings import Options

BASE = {"label_columns": ["a"]}
NAMES = {"label_column": "a"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**BASE, "path_template": "files/x.png"}, "expected columns in braces"),
        ({**BASE, "path_template": "{a}/{b"}, "expected columns in braces"),
        ({**BASE, "path_template": "{a.__class__!r:>9}{}"}, "expected columns in braces"),
        ({**BASE, "path_template": "{a}", "path_column": "b"}, "either path_column or path_template"),
        ({**BASE, "patient_pattern": "(a"}, "is no regular expression: missing"),
        ({**BASE, "patient_pattern": "a"}, "with one group, .* Received: 'a' with 0 groups"),
        ({**BASE, "patient_pattern": "(a)" + "b" * 200}, "at most 200 characters"),
        (
            {**BASE, "patient_pattern": "(a)", "patients": "none"},
            "patient_pattern and patients: none are different ways",
        ),
        (
            {**BASE, "patient_column": "x", "patient_from": "dicom"},
            "patient_column and patient_from are different ways",
        ),
        ({**BASE, "patients": "none", "frame_column": "f"}, "frames of a file are of one patient"),
        ({**BASE, "patients": "nobody"}, "'known' or 'none'"),
        ({**BASE, "label_list": True}, "go with label_column"),
        ({**BASE, "uncertain_marks": ["?"]}, "go with label_column"),
        ({**BASE, "blank_words": ["nan"]}, "go with label_column"),
        ({**BASE, "states_default": "positive"}, "give states, too"),
        ({**BASE, "reader_column": "r"}, "reader_column goes with merge"),
        ({**BASE, "merge": "some"}, "'any', 'majority' or 'all'"),
        ({**BASE, "fold_column": "f", "fold_lists": {"test": "a.txt"}}, "either fold_column or fold_lists"),
        ({**BASE, "fold_values": {"x": "test"}}, "give fold_column, too"),
        ({**BASE, "fold_column": "f", "fold_values": {True: "test"}}, "put yes, no, true and false in quotes"),
        ({**BASE, "fold_lists": {"holdout": "a.txt"}}, "'train', 'valid', 'test' or 'train_valid'"),
        ({**BASE, "where": {"a": True}}, "a: put yes, no, true and false in quotes"),
        ({**BASE, "where": {"a": {"above": 3}}}, "a mapping with in, not, min, max. Received: \"{'above': 3}\""),
        ({**BASE, "where": {"a": {"min": "3"}}}, "a: expected a number as min"),
        ({**BASE, "where": {"a": []}}, "a: expected texts or numbers"),
        ({**BASE, "where": {"a": [None]}}, "a: expected texts or numbers"),
        ({**BASE, "join": [{"csv": "b.csv", "key": []}]}, "key is empty"),
        ({**BASE, "join": [{"csv": "b.csv", "key": "x", "unmatched": "drop"}]}, "'leave_out' or 'keep'"),
        ({**BASE, "slope": 0.0}, "slope must not be 0"),
    ],
)
def test_options_that_cannot_be(options, message):
    with pytest.raises(ValidationError, match=message):
        Options(**options)


def test_conditions_and_keys_have_one_form():
    options = Options(
        **BASE,
        where={
            "View": ["PA", "AP"],
            "Age": {"min": 18, "max": 89.5},
            "Projection": {"not": ["L"]},
            "Kind": "CR",
            "n": 3,
        },
        join=[
            {"csv": "b.csv", "key": "id"},
            {"csv": "c.csv", "key": ["s", "t"]},
            {"csv": "d.csv", "key": {"s": "subject"}, "columns": ["x"]},
        ],
    )
    assert options.where == {
        "View": {"in": ["PA", "AP"]},
        "Age": {"min": 18, "max": 89.5},
        "Projection": {"not": ["L"]},
        "Kind": {"in": ["CR"]},
        "n": {"in": ["3"]},
    }
    assert [one.key for one in options.join] == [{"id": "id"}, {"s": "s", "t": "t"}, {"s": "subject"}]
    # Reader processes get the options in this form.
    assert Options.model_validate_json(options.model_dump_json()) == options


def test_datasets_that_were_made_before_an_option_existed_stay_up_to_date():
    before = "csv separator encoding images path_column image_id_column patient_column label_columns label_column"
    before += " label_separator label_names states no_finding window frame outside_root"
    assert set(without_added(Options(**BASE))) == set(before.split())
