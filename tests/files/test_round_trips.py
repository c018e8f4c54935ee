"""Names, texts and numbers come back from every kind of file as they were written, whatever they look like."""

import csv
import io
import json
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgan_tf.classification.predictions import Predictions, read_predictions, write_predictions
from medgan_tf.config.document import read_document
from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.config.schema import DataConfig, Experiment
from medgan_tf.data.pseudonyms import write_private_table
from medgan_tf.data.records.manifest import Combination, Manifest
from medgan_tf.evidence.utility.table import write_gap_csv
from medgan_tf.files.csv_files import csv_rows
from medgan_tf.files.json_files import read_json
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.plain_text import name_problem
from medgan_tf.files.result_files import plain, write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.files.yaml_text import dump_yaml, parse_yaml, read_yaml_record
from medgan_tf.presentation.blocks import Table
from medgan_tf.training.record import check_same_experiment, write_text

few = settings(
    derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LOOKS_LIKE_SOMETHING_ELSE = [
    "1:30", "2020-01-01", "2020-01-31T10:00:00Z", "12:30:45", "0x1F", "0o17", "010", "0b1", "1e3", "1e-05", "1.0e+5",
    "1_000", "1__0", "1.", ".5", "-", "+1", "-1", ".inf", ".nan", "NaN", "nan", "Infinity", "null", "~", "None", "yes",
    "no", "on", "off", "y", "true", "False", " leading", "trailing ", "a  b", "a: b", "a #b", "#", "- a", "? a", "[a",
    "{a", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "'", '"', "''", "a'b", "\\", "\\n", "<<", "a:", ":a", "--- a",
    "---", "...", "=", "=1+1", "'=1", "a,b", "a;=b", "${HOME}", "$${HOME}", "$$", "<b>&amp;</b>", "$\\frac{$", "Ödem",
    "肺炎", "فتق", "🫁", "e\u0301", "\xa0", "a\u3000b", "A|B", "(none)", "x" * 200, "word " * 40 + "end",
]  # fmt: skip
visible_text = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)
names = st.one_of(st.sampled_from(LOOKS_LIKE_SOMETHING_ELSE), visible_text).filter(lambda name: not name_problem(name))
label_lists = st.lists(names, min_size=1, max_size=4, unique=True)
any_text = st.one_of(names, st.text(max_size=20), st.text("\n\r\t\x00\x1b\x85\u2028\ufeff\ud800 a:#'\"", max_size=8))
# Up to the largest integer that JSON of this project may hold.
numbers = st.one_of(st.integers(-(2**63), 2**64 - 1), st.floats(allow_nan=False, allow_infinity=False))
scalars = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from([1e-05, 1e16, -0.0, 5e-324]), any_text)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(any_text, inner, max_size=4)),
    max_leaves=8,
)
mappings = st.dictionaries(any_text, values, max_size=5)


def same(found, expected):
    """Equal, with the same kinds of numbers, and zeros of the same sign."""
    assert repr(found) == repr(expected)


@few
@given(mappings)
def test_a_record_of_settings(tmp_path, values):
    write_text(tmp_path / "config.yaml", dump_yaml(values))
    same(read_yaml_record(tmp_path / "config.yaml"), values)
    # An experiment with half of a character is refused; a record is read as it was written.
    if without_surrogates(values) == values:
        same(read_document(tmp_path / "config.yaml").values, values)
    same(LenientReader(tmp_path).yaml(tmp_path / "config.yaml"), values)


@few
@given(names)
def test_an_override_is_text_when_it_is_quoted_like_a_record(name):
    same(parse_yaml(dump_yaml({"a": name}).partition("a:")[2].strip(" \n"), "--set", numbered=False).values, name)


# Each example is a whole experiment.
@settings(few, max_examples=10)
@given(label_lists, numbers.filter(lambda number: 0 <= number < 1e300), any_text)
def test_an_experiment_and_its_run(tmp_path, labels, number, text):
    states = dict.fromkeys(labels, "positive")
    options = {"label_columns": labels, "states": states, "csv": text, "no_finding": labels[0]}
    data = DataConfig(source="table", root=text, findings=tuple(labels), options=options)
    experiment = Experiment(name="x", data=data, gan={"drift": float(number)})
    folder = RunFolder(tmp_path)
    write_text(folder.config, dump_experiment(experiment))
    again = load_experiment(folder.config)
    assert (again.data.findings, again.gan.drift, again.data.root) == (tuple(labels), float(number), text)
    assert again.data.options["states"] == states
    assert dump_experiment(again) == dump_experiment(load_experiment(folder.config))
    check_same_experiment(folder, experiment)
    check_same_experiment(folder, again)


@few
@given(label_lists, st.dictionaries(any_text, values, max_size=3))
def test_a_manifest(tmp_path, labels, options):
    vectors = np.eye(len(labels), dtype=int).tolist()
    found = [Combination(labels=[name], vector=vector) for name, vector in zip(labels, vectors, strict=True)]
    saved = Manifest(
        kind="real", name=labels[0], label_names=labels, label_policy={labels[-1]: labels[0]}, combinations=found,
        images={"train": 0, "valid": 0, "test": 0}, image_shape=[32, 32, 1], encoding="png", shards=[],
        source_options=without_surrogates(options),
    )  # fmt: skip
    saved.save(tmp_path)
    loaded = Manifest.load(tmp_path)
    assert loaded == saved
    same(loaded.source_options, saved.source_options)


def without_surrogates(values):
    """JSON in UTF-8 has no halves of pairs; experiments that hold one are refused before."""
    return json.loads(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace"))


@few
@given(mappings, st.sampled_from([float("nan"), float("inf"), -float("inf"), np.float32(0.1), np.int64(3)]))
def test_a_result(tmp_path, values, number):
    values = without_surrogates(values)
    write_json(tmp_path / "result.json", values | {"number": number})
    expected = values | {"number": plain(number)}
    same(read_json(tmp_path / "result.json"), expected)
    same(LenientReader(tmp_path).json(tmp_path / "result.json"), expected)


@few
@given(st.lists(st.tuples(any_text, numbers), min_size=1, max_size=4), label_lists)
def test_a_table_of_the_report(rows, head):
    table = Table("name", "caption", [head[0], "number"], rows)
    found = list(csv_rows(io.StringIO(table.csv(), newline="")))
    assert found[0] == [head[0], "number"]
    assert [row[0] for row in found[1:]] == [text for text, _ in rows]
    same([type(number)(cell) for (_, number), (_, cell) in zip(rows, found[1:], strict=True)], [n for _, n in rows])
    cells = [cell for row in csv.reader(io.StringIO(table.csv(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "\t", "\r")]


class Cells(HTMLParser):
    """Texts of the cells of a table."""

    def __init__(self, html):
        super().__init__()
        self.cells = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        assert tag in ("div", "table", "caption", "thead", "tbody", "tr", "th", "td")
        if tag in ("caption", "th", "td"):
            self.cells.append("")

    def handle_data(self, data):
        self.cells[-1] += data


@few
@given(label_lists)
def test_names_on_the_page(labels):
    table = Table("name", labels[0], [labels[0], labels[-1]], [[name, name] for name in labels])
    expected = [labels[0], labels[0], labels[-1], *(name for label in labels for name in (label, label))]
    assert Cells(table.html()).cells == expected


@few
@given(
    label_lists, st.lists(st.floats(0, 1, width=32), min_size=8, max_size=8), st.lists(any_text, min_size=2, max_size=2)
)
def test_predictions(tmp_path, labels, scores, patients):
    patients = [text.encode("utf-8", "replace").decode() for text in patients]
    scores = np.array(scores, np.float64).reshape(2, 4)[:, : len(labels)]
    written = Predictions(tuple(labels), np.array(["a", "b"]), np.array(patients), (scores > 0.5) * 1.0, scores)
    write_predictions(tmp_path / "predictions.csv", written)
    found = read_predictions(tmp_path / "predictions.csv")
    assert (found.label_names, found.patients.tolist()) == (tuple(labels), written.patients.tolist())
    np.testing.assert_array_equal(found.scores.astype(np.float32), scores.astype(np.float32))
    np.testing.assert_array_equal(found.truth, written.truth)


@few
@given(label_lists, st.floats(-1, 1, width=32))
def test_the_table_of_the_gap(tmp_path, labels, value):
    entry = {"values": [value]}
    condition = {"label_aucs": [[value] * len(labels)], "mean_auc": entry}
    gap = {
        "original_code": [],
        "conditions": {"real": condition},
        "seeds": [1],
        "label_names": labels,
        "permutations": None,
    }
    write_gap_csv(tmp_path / "gap.csv", gap | {"gap": {"labels": dict.fromkeys(labels, entry), "mean": entry}})
    with open(tmp_path / "gap.csv", newline="", encoding="utf-8") as file:
        rows = list(csv_rows(file))
    assert [row[2] for row in rows[1:]] == [*labels, "mean", *labels, "mean"]
    assert {np.float32(row[3]) for row in rows[1:]} == {np.float32(value)}


@few
@given(st.lists(st.tuples(*[any_text] * 5), min_size=1, max_size=3))
def test_the_private_table(tmp_path, rows):
    rows = [tuple(text.encode("utf-8", "replace").decode() for text in row) for row in rows]
    write_private_table(tmp_path / "private.csv", rows)
    with open(tmp_path / "private.csv", newline="", encoding="utf-8") as file:
        assert [tuple(row) for row in csv_rows(file)][1:] == rows


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_yaml_has_no_numbers_that_are_not_finite(number):
    with pytest.raises(ValueError, match="expected finite numbers"):
        dump_yaml({"a": [SimpleNamespace(number=number).number]})
