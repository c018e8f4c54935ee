import pandas as pd
import pytest

from medgan_tf.errors import DataError
from medgan_tf.files.plain_text import hidden_characters
from medgan_tf.proposal.guesses.labels import find_labels
from medgan_tf.proposal.table_file import TextTable


def guess(taken=(), patient=(), **columns):
    frame = pd.DataFrame(columns, dtype=str)
    hidden = tuple(name for name in columns if hidden_characters(name))
    return find_labels(TextTable("t.csv", "utf-8", ",", frame, (), hidden), set(taken), patient)


def test_columns_of_numbers(tmp_path):
    found = guess(path=["a", "b", "c", "d"], Sex=["1", "0", "1", "0"], **{"Follow-up #": ["0", "1", "0", "1"]},
                  Edema=["1", "0", "", "-1"], Mass=["1.0", "", "", "0.0"], split=["train", "test", "train", "train"],
                  taken=["path"])  # fmt: skip
    assert found.options == {"label_columns": ["Edema", "Mass"]} and found.confirm == ""


def test_words_for_yes_and_no():
    found = guess(Erguss=["ja", "nein", "fraglich"], Ok=["1,0", "0,0", "0,0"], Stauung=["nein", "nein", "fraglich"])
    assert found.options["label_columns"] == ["Erguss", "Ok", "Stauung"]
    assert found.options["states"] == {
        "ja": "positive", "nein": "negative", "fraglich": "uncertain", "1,0": "positive", "0,0": "negative"
    }  # fmt: skip
    assert found.confirm.startswith("'fraglich' is taken for uncertain; 'Ok' may be something else than a finding")


def test_columns_that_may_be_no_findings_are_to_be_confirmed():
    found = guess(Erguss=["ja", "nein", "ja"], Raucher=["ja", "ja", "nein"])
    assert found.options["label_columns"] == ["Erguss", "Raucher"]
    assert "'Raucher' may be something else than a finding" in found.confirm and "Erguss" not in found.confirm


def test_no_finding_only_where_it_excludes_the_others():
    found = guess(mass=["1", "0", "0"], normal=["0", "1", "0"])
    assert found.options == {"label_columns": ["mass", "normal"], "no_finding": "normal"} and not found.confirm
    found = guess(mass=["1", "1", "0"], normal=["0", "1", "0"])
    assert "no_finding" not in found.options and "occurs together with findings" in found.confirm
    found = guess(Label=["A|normal", "A", "B", "normal"] * 6)
    assert "no_finding" not in found.options and "occurs together with findings" in found.confirm


@pytest.mark.parametrize(
    ("cells", "options"),
    [
        (["A", "A|B", "B", "Normal"], {"label_column": "Diagnose", "no_finding": "Normal"}),
        (["A", "A; B", "B", "o. B."], {"label_column": "Diagnose", "label_separator": ";", "no_finding": "o. B."}),
        (["['a b']", "['a b', \"c's\"]", "[\"c's\"]", "['normal']"],
         {"label_column": "Diagnose", "label_list": True, "no_finding": "normal"}),
        (["A|B", "C", "C", "A|B"], {"label_column": "Diagnose"}),
        (["A+B", "B", "A", "C"], {"label_column": "Diagnose", "label_separator": "+"}),
        (["0", "1", "2", "1"], {"label_column": "Diagnose"}),
    ],
)  # fmt: skip
def test_names_in_one_column(cells, options):
    found = guess(Diagnose=cells * 6, text=[f"long text {number}" for number in range(24)])
    assert found.options == options and found.confirm == ""


def test_names_that_may_be_lists_are_to_be_confirmed():
    found = guess(Diagnose=["fracture, left", "fracture, right", "rib", "spine"] * 6)
    assert found.options == {"label_column": "Diagnose", "label_separator": ","} or "hold ','" in found.confirm
    assert "some names hold ','" in guess(Diagnose=["Nodule, Mass", "Hernia", "Hernia", "Nodule, Mass"] * 6).confirm


def test_another_column_with_names_is_to_be_confirmed():
    found = guess(Material=["bone", "soft", "soft", "bone"] * 6, Hersteller=["1"] * 24)
    assert found.options == {"label_column": "Material"} and "does not say" in found.confirm


def test_names_of_patients_are_no_labels():
    names = [f"Name{chr(65 + number // 6)}" for number in range(90)]
    columns = {"id": [str(number // 6) for number in range(90)], "Vorname": names, "x": ["1", "0"] * 45}
    assert guess(**columns, taken=["id"], patient=("id",)).options == {"label_columns": ["x"]}
    assert "Vorname" not in guess(**columns, taken=["id"], patient=("id",)).confirm


def test_columns_or_names():
    labels = {"Finding Labels": ["A|B", "A", "B", "No Finding"] * 6}
    found = guess(**labels, A=["1", "1", "0", "0"] * 6, B=["1", "0", "1", "0"] * 6)
    assert found.options == {"label_columns": ["A", "B"]}
    assert "'Finding Labels' could be meant as well" in found.confirm
    assert found.instead == ("label_column: Finding Labels",)
    assert guess(**labels, checked=["1", "0"] * 12).options["label_column"] == "Finding Labels"


def test_names_with_hidden_characters_are_named():
    found = guess(**{"Ede\u202ema": ["1", "0", "1"], "Mass": ["0", "1", "1"]})
    assert found.options == {"label_columns": ["Mass"]}
    assert "'Ede\\u202ema' has hidden characters" in found.confirm


def test_run_lengths_of_masks():
    found = guess(EncodedPixels=["-1", "557374 2 1015 8", "-1", "12 1 5 6"], ImageId=list("abcd"), taken=["ImageId"])
    assert found.options == {
        "label_columns": ["EncodedPixels"],
        "states": {"-1": "negative"},
        "states_default": "positive",
        "rename": {"EncodedPixels": "Pneumothorax"},
    }
    assert "shows the finding" in found.confirm


def test_words_for_blank_cells_are_no_findings():
    found = guess(Label=["A", "B", "nan", ""] * 6)
    assert found.options == {"label_column": "Label", "blank_words": ["nan"]}


def test_no_labels():
    with pytest.raises(DataError, match="no column looks like labels"):
        guess(path=["a", "b"], note=["one", "two"], taken=["path"])
