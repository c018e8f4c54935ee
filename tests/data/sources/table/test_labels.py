import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from medgan_tf.data.sources.table.labels import label_states
from medgan_tf.data.sources.table.settings import Options
from medgan_tf.errors import DataError

P, N, U, B = 1, 0, -1, -2
CSV = Path("labels.csv")


def _states(cells, **options):
    """Findings and states, one list for each row, of a column of names."""
    rows = pd.DataFrame({"names": cells})
    findings, states = label_states(rows, Options(label_column="names", **options), CSV, ("path",))
    return findings, np.column_stack([states[name] for name in findings]).tolist()


def test_a_blank_cell_is_blank_for_every_finding():
    findings, states = _states(["a|b", "", " | ", "none", "b"], no_finding="none")
    assert findings == ("a", "b", "none")
    assert states == [[P, P, N], [B, B, B], [B, B, B], [N, N, P], [N, P, N]]


def test_lists_in_cells():
    cells = ["['cardiomegaly', 'pleural effusion']", "['normal']", "[]", "", '["cardiomegaly"]', "['', 'normal ']"]
    findings, states = _states(cells, label_list=True, no_finding="normal")
    assert findings == ("cardiomegaly", "normal", "pleural effusion")
    assert states == [[P, N, P], [N, P, N], [B, B, B], [B, B, B], [P, N, N], [N, P, N]]
    with pytest.raises(DataError, match="labels.csv: row 3, column 'names': expected a list such as .* 'normal'"):
        _states(["['a']", "normal"], label_list=True)


@pytest.mark.parametrize(
    ("cell", "separator"), [("['a', 'b']", ","), ("['a', 'b']", "|"), ("[a]", "|"), ("'a';'b'", ";"), ('"a"', "|")]
)
def test_a_list_that_is_read_as_names_is_refused_with_the_fix(cell, separator):
    with pytest.raises(DataError, match="row 3, column 'names': expected names. .*set data.options.label_list: true"):
        _states(["x", cell], label_separator=separator)


def test_names_with_brackets_can_be_meant():
    assert _states(["mass [left]"], label_names=["mass [left]"]) == (("mass [left]",), [[P]])
    assert _states(["Crohn's disease"])[0] == ("Crohn's disease",)


def test_uncertain_marks():
    cells = ["?a|b", "poss. a", "a ?|?a", "a|?a", "?", "b"]
    findings, states = _states(cells, uncertain_marks=["?", "poss."])
    assert findings == ("a", "b")
    assert states == [[U, P], [U, N], [U, N], [P, N], [B, B], [N, P]]


def test_blank_words():
    assert _states(["nan", "a", "a|nan"], blank_words=["nan"]) == (("a",), [[B], [P], [P]])
    with pytest.raises(
        DataError, match=r"row 3, .*'nan'; if that is a blank cell, set data.options.blank_words: \['nan"
    ):
        _states(["a", "nan"])


def test_spellings_that_differ_in_blanks_or_in_the_form_of_accents_are_one_finding():
    cells = ["pleural  effusion ", "pleural effusion", unicodedata.normalize("NFD", "ödem"), "ödem"]
    findings, states = _states(cells)
    assert findings == ("pleural effusion", "ödem") and states == [[P, N], [P, N], [N, P], [N, P]]


def test_spellings_that_differ_in_case_are_named_or_merged_by_the_list_of_names():
    cells = ["Effusion", "effusion", "Effusion|Mass"]
    message = r"has 'Effusion' \(2 rows\) and 'effusion' \(1 rows\); .*data.options.label_names.*data.options.rename"
    with pytest.raises(DataError, match=message):
        _states(cells)
    assert _states(cells, label_names=["Mass", "Effusion"]) == (("Mass", "Effusion"), [[N, P], [N, P], [P, P]])
    assert _states(cells, rename={"effusion": "Effusion"}) == (("Effusion", "Mass"), [[P, N], [P, N], [P, P]])
    with pytest.raises(DataError, match="row 4, column 'names': expected names among Effusion. Received: 'Mass'"):
        _states(cells, label_names=["Effusion"])


def test_several_names_become_one():
    rename = {"large effusion": "effusion", "small effusion": "effusion"}
    findings, states = _states(["large effusion|small effusion", "effusion", "mass"], rename=rename)
    assert findings == ("effusion", "mass") and states == [[P, N], [P, N], [N, P]]


def _column(cells, **options):
    rows = pd.DataFrame({"EncodedPixels": cells})
    findings, states = label_states(rows, Options(label_columns=["EncodedPixels"], **options), CSV, ("path",))
    return findings, states[findings[0]].tolist()


def test_a_default_state_and_another_name():
    options = {"states": {"-1": "negative"}, "states_default": "positive", "rename": {"EncodedPixels": "Pneumothorax"}}
    assert _column(["-1", "557374 2 1015 8", " -1 ", ""], **options) == (("Pneumothorax",), [N, P, N, B])
    assert _column(["x"], states={"": "negative"}, states_default="uncertain") == (("EncodedPixels",), [U])
    with pytest.raises(DataError, match="rename: 'Encoded' is none of label_columns"):
        _column(["-1"], rename={"Encoded": "x"})


def test_a_default_does_not_hide_a_cell_in_another_case():
    with pytest.raises(DataError, match="column 'EncodedPixels' holds 'No', data.options.states has 'no'; list both"):
        _column(["no", "No"], states={"no": "negative"}, states_default="positive")


def test_a_long_cell_is_cut_in_the_message():
    with pytest.raises(DataError, match=r"Received: 'xxx.*\.\.\. \(50,000 characters\)") as error:
        _column(["x" * 50_000])
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("name", ["path", "a|b"])
def test_names_that_are_taken(name):
    with pytest.raises(DataError, match="a finding cannot be called"):
        _states([name], label_separator=";")
