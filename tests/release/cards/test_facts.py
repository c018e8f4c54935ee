"""Numbers of a card are those of the result files; what is absent or odd is not measured, with the reason."""

import pytest
import result_files
from small_release import SETTINGS, results

from medgan_tf.release.card_check import NEEDED_FACTS, pointed
from medgan_tf.release.cards.evidence import UNDEFINED, read_evidence
from medgan_tf.release.cards.facts import measured, not_measured, read_facts


def facts(folder, settings=None, **files):
    """The facts of result files that are given by name, with two underscores for a minus sign."""
    for name, values in files.items():
        result_files.write(folder / "evidence" / f"{name.replace('__', '-')}.json", values)
    return read_facts(read_evidence(folder), settings or SETTINGS)


def test_every_number_lies_where_the_fact_says(tmp_path):
    files = {name.removesuffix(".json").replace("-", "__"): values for name, values in results().items()}
    found = facts(tmp_path, **files)
    assert set(NEEDED_FACTS) < set(found)
    assert found["auc_real"]["value"] == pytest.approx(0.9) and found["auc_synthetic"]["value"] == pytest.approx(0.87)
    assert found["auc_gap"] | {"value": None, "interval": None} == {
        "name": "What is lost: the first AUC minus the second",
        "unit": "AUC, 0 is no loss",
        "value": None,
        "interval": None,
        "file": "evidence/gap.json",
        "where": "/gap/mean/over_seeds/mean",
        "interval_where": "/gap/mean/interval",
        "answer": "equivalent",
        "answer_where": "/verdict/finding",
    }
    assert found["auc_gap"]["value"] == pytest.approx(0.03) and found["auc_gap"]["interval"] == pytest.approx(
        [0.02, 0.04]
    )
    assert [found[f"auc_gap_{name}"]["value"] for name in ("margin", "seeds", "enough_seeds")] == [0.05, 3, 5]
    assert [found[name]["value"] for name in ("fid", "fid_floor", "kid", "coverage", "recall")] == [
        3.5, 0.5, 0.002, 0.5, 0.25,
    ]  # fmt: skip
    assert found["kid"]["interval"] == [0.001, 0.003] and found["fid"]["interval"] is None
    assert found["privacy"]["value"] == "holds" and found["privacy_distance_image"]["answer"] == "holds"
    assert found["privacy_distance_image"]["unit"] == "AUC of an attack, limit 0.55"
    assert found["nearest_train"]["value"] == 0.04 and found["nearest_held_out"]["value"] == 0.05
    written = {f"evidence/{name}": values for name, values in results().items()}
    for fact in measured(found).values():
        if fact["value"] is not None:
            assert pointed(written[fact["file"]], fact["where"]) == fact["value"]


def test_what_nobody_measured_says_so(tmp_path):
    (tmp_path / "evidence").mkdir()
    found = facts(tmp_path)
    assert set(not_measured(found)) == set(found) == {*NEEDED_FACTS, "readers"}
    assert found["auc_gap"]["why"] == "not measured: there is no result file evidence/gap.json"
    assert found["epsilon"]["why"] == "not measured: the training was not private, so nothing is guaranteed"
    private = facts(tmp_path, {"privacy": {"dp": {"target_epsilon": 8}}})
    assert private["epsilon"]["why"] == "not measured: there is no result file evidence/guarantee.json"


def test_of_one_training_the_interval_is_over_patients(tmp_path):
    found = facts(tmp_path, gap=result_files.gap(seeds=[1000], gaps=[0.02]))
    assert (
        found["auc_gap"]["interval_where"] == "/gap/mean/each_seed/0" and found["auc_gap"]["answer"] == "one training"
    )
    assert found["auc_gap"]["interval"] == pytest.approx([0.01, 0.03])
    assert "auc_gap_sd" not in found


def test_a_private_training(tmp_path):
    guarantee = {"epsilon": 4.5, "delta": 1e-5, "unit": "patient"}
    audit = result_files.privacy() | {"guarantee": {"guarantee": guarantee | {"epsilon": "inf"}}}
    found = facts(tmp_path, privacy=audit)["epsilon"]
    assert (found["value"], found["file"], found["where"]) == (
        "inf", "evidence/privacy.json", "/guarantee/guarantee/epsilon",
    )  # fmt: skip
    found = facts(tmp_path, guarantee={"guarantee": guarantee})
    assert (found["epsilon"]["value"], found["delta"]["value"]) == (4.5, 1e-5)
    assert (
        found["epsilon"]["unit"].startswith("for each patient")
        and found["epsilon"]["file"] == "evidence/guarantee.json"
    )


def test_the_extractor_of_the_experiment_comes_first(tmp_path):
    other = result_files.fidelity() | {"extractor": {"comparable": False}}
    other["metrics"] = {"fid": {"value": 60.5, "interval": [40, 80]}}
    found = facts(tmp_path, fid__a__random=other, fid__classifier=result_files.fidelity())
    assert found["fid"]["file"] == "evidence/fid-classifier.json" and "note" not in found["fid"]
    assert found["fid_a_random"]["value"] == 60.5 and found["fid_a_random"]["interval"] == [40, 80]
    assert "smoke runs" in found["fid_a_random"]["note"]


def test_numbers_of_the_smallest_combination_are_not_told(tmp_path):
    rows = [result_files.verdict("combinations", "caution", words="smallest: Fracture with 3")]
    rows[0]["value"] = 3
    found = facts(tmp_path, privacy=result_files.privacy(rows))["privacy_combinations"]
    assert found["value"] is None and found["answer"] == "caution" and "3" not in str({**found, "name": ""})


ODD = [{}, {"verdict": 3, "gap": [], "conditions": None}, {"gap": {"mean": {"over_seeds": {"mean": True}}}},
       {"gap": {"mean": {"over_seeds": {"mean": "1"}}}}]  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_result_files_give_no_number(tmp_path, odd):
    found = facts(tmp_path, gap=odd, privacy={"verdicts": [3, {"name": []}]}, fid__classifier={"metrics": []},
                  neighbours={"nearest_distance": 5}, reader_study={"tests": None})  # fmt: skip
    assert measured(found) == {}
    assert {found[name]["why"] for name in ("auc_gap", "privacy", "fid", "nearest_train", "readers")} == {UNDEFINED}
