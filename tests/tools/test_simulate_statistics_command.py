"""``medgan-tf simulate-statistics`` as a user types it."""

import json

from click.testing import CliRunner

from medgan_tf.console.group import main


def call(*arguments, code=0):
    result = CliRunner().invoke(main, ["simulate-statistics", *map(str, arguments)], prog_name="medgan-tf")
    assert result.exit_code == code, result.output
    return result


def test_rates_as_json_and_in_a_page(tmp_path):
    page = tmp_path / "page.md"
    start = "<!-- simulation exact_tests: written by `medgan-tf simulate-statistics`, do not edit -->"
    page.write_text(f"Before.\n\n{start}\n<!-- end of exact_tests -->\nAfter.\n", encoding="utf-8")
    found = json.loads(call("--only", "exact_tests", "--draws", 50, "--write", page, "--json").stdout)
    rows = found["exact_tests"]
    assert len(rows) == 12 and {row["draws"] for row in rows} == {50}
    # Three pairs have eight signs, so no p is below 0.05.
    assert (rows[0]["setting"], rows[0]["count"]) == ("Wilcoxon, 3 pairs", 0)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("Before.\n") and text.endswith("<!-- end of exact_tests -->\nAfter.\n")
    assert f"| {rows[3]['setting']} | no difference | error rate | {rows[3]['rate']:.1%} |" in text
    # The same seed gives the same rates, another one others.
    again = json.loads(call("--only", "exact_tests", "--draws", 50, "--json").stdout)
    other = json.loads(call("--only", "exact_tests", "--draws", 50, "--seed", 2, "--json").stdout)
    assert again == found and other != found


def test_an_unknown_simulation_is_one_line():
    assert "unknown simulation 'aucs'; known: auc, gap, " in call("--only", "aucs", code=2).output
