"""An annex says of every kind of attack whether it was executed, and passes over no question without an answer."""

import pytest
from private_runs import canary_figures, guarantee
from result_files import earlier_privacy, privacy, verdict

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.evidence.privacy.annex.attack_classes import CIRCUMSTANCES, CLASSES, ROWS
from medgan_tf.evidence.privacy.annex.content import OLDER, annex_content, canonical, headline
from medgan_tf.evidence.privacy.annex.page import annex_page
from medgan_tf.evidence.privacy.annex.settings import ReleaseContext
from medgan_tf.evidence.privacy.questions import QUESTIONS
from medgan_tf.files.result_files import plain, write_json


def annex(*verdicts, **values):
    return annex_content(privacy(list(verdicts)) | values, "a run")


def attack(content, key):
    [one] = [one for one in content["attacks"] if one["key"] == key]
    return one


def test_every_question_of_the_audit_has_its_place():
    """Whoever adds a question says here which attack it belongs to."""
    assert set(QUESTIONS) - set(ROWS) - set(CIRCUMSTANCES) == set()
    assert {one.belongs_to for one in ROWS.values()} <= set(CLASSES)


def test_the_six_kinds_of_the_opinion_come_first():
    titles = [one["title"] for one in annex(verdict("copies"))["attacks"]]
    assert titles[:6] == [
        "Membership inference", "Attribute inference", "Regurgitation of training data", "Exfiltration",
        "Model inversion", "Reconstruction",
    ]  # fmt: skip


def test_a_row_has_its_result_access_null_and_power():
    content = annex(verdict("copies", "undecided", 0.02, (0.0, 0.05), 0.01, "3 of 100 suspected"))
    [row] = attack(content, "regurgitation")["rows"]
    assert (row["value"], row["interval"], row["limit"], row["found"]) == (
        0.02,
        (0.0, 0.05),
        0.01,
        "3 of 100 suspected",
    )
    assert (row["answer"], row["missing"]) == ("undecided", "300 patients more")
    assert (row["access"], row["null"]) == (ROWS["copies"].access, ROWS["copies"].null) and row["power"]
    assert attack(content, "regurgitation")["answer"] == "undecided"


@pytest.mark.parametrize(
    ("states", "answer"),
    [
        (("holds", "holds"), "holds"),
        (("holds", "undecided"), "undecided"),
        (("undecided", "broken"), "LIMIT BROKEN"),
        (("holds", "not run"), "holds (1 of 2 rows not run)"),
        (("broken", "not run"), "LIMIT BROKEN (1 of 2 rows not run)"),
    ],
)
def test_the_worst_row_is_the_answer_of_an_attack(states, answer):
    rows = [verdict(name, state) for name, state in zip(("distance image", "density image"), states, strict=True)]
    found = attack(annex(*rows), "membership")
    assert (found["answer"], found["executed"]) == (answer, True)


def test_an_attack_without_a_row_is_not_executed_and_says_why():
    content = annex(verdict("copies"), verdict("distance image", "not run", words="only 12 held-out patients"))
    assert not attack(content, "inversion")["executed"] and attack(content, "inversion")["answer"] == "not executed"
    assert attack(content, "inversion")["reason"] == CLASSES["inversion"].not_executed
    assert attack(content, "exfiltration")["scope"] == "out of scope"
    # Rows that could not run give their own reason, and stay visible.
    assert not attack(content, "membership")["executed"]
    assert attack(content, "membership")["reason"] == "only 12 held-out patients"
    assert len(attack(content, "membership")["rows"]) == 1


def test_a_remark_is_no_execution():
    """Labels that are not released, or canaries that were not set apart."""
    rows = [verdict("canaries", "noted", words="no canaries"), verdict("labels", "noted", words="without labels")]
    content = annex(*rows, verdict("copies"))
    assert [attack(content, key)["reason"] for key in ("membership", "attributes")] == ["no canaries", "without labels"]
    assert not attack(content, "membership")["executed"] and content["headline"]["words"].startswith("The limit")


def test_the_end_of_a_name_tells_rows_of_one_question_apart():
    content = annex(verdict("distance patient"), verdict("distance patient, features of radiology"), verdict("copies"))
    questions = [row["question"] for row in attack(content, "membership")["rows"]]
    assert [one.rpartition("? ")[2] for one in questions] == ["(patient)", "(patient, features of radiology)"]


def test_a_row_of_no_attack_is_shown_too():
    content = annex(verdict("copies"), verdict("combinations", "caution"), verdict("something new"))
    assert [row["name"] for row in content["circumstances"]] == ["combinations"]
    assert [row["name"] for row in content["others"]] == ["something new"]
    names = [row["name"] for one in content["attacks"] for row in one["rows"]]
    assert names == ["copies"]


@pytest.mark.parametrize(
    ("states", "state", "words"),
    [
        (("holds", "holds"), "holds", "All 2 limits that were tested hold."),
        (("holds", "broken"), "broken", "1 of 2 limits is broken."),
        (("broken", "broken"), "broken", "2 of 2 limits are broken."),
        (("holds", "undecided"), "undecided", "Undecided: 1 of 2 limits is neither shown to hold nor broken."),
        # A question without an answer is no pass.
        (("holds", "not run"), "undecided", "The limit that was tested holds; 1 question was not answered."),
        (("broken", "not run"), "broken", "1 of 1 limit is broken; 1 question was not answered."),
        (("not run", "not run"), "not run", "No limit was tested; 2 questions were not answered."),
    ],
)
def test_the_headline(states, state, words):
    rows = [{"name": name, "status": one} for name, one in zip(("copies", "density image"), states, strict=True)]
    assert headline([*rows, {"name": "combinations", "status": "caution"}]) == {"state": state, "words": words}


def test_an_audit_of_an_earlier_version_decides_nothing():
    earlier = earlier_privacy([verdict("distance image"), verdict("copies"), verdict("combinations", "noted")])
    content = annex_content(earlier, "a run")
    assert attack(content, "membership")["answer"] == attack(content, "regurgitation")["answer"] == OLDER
    assert content["headline"]["state"] == "undecided" and "An earlier version" in content["headline"]["words"]
    assert (content["audited"], content["subject"], content["level"]) == (None, "a run", None)
    # What is known of the inputs is shown; of the result a report has no bytes.
    assert [one["name"] for one in content["inputs"]] == ["train", "held_out", "synthetic"]
    assert content["result_sha256"] is None
    broken = annex_content(earlier_privacy([verdict("copies", "broken")]), "a run")
    assert attack(broken, "regurgitation")["answer"] == "LIMIT BROKEN" and broken["headline"]["state"] == "broken"


def test_statements_of_the_controller():
    assert annex(verdict("copies"))["context"] == dict.fromkeys(ReleaseContext.model_fields, "")
    settings = {"level": 0.95, "context": {"dpo": "Dr. Example", "unknown": "x"}}
    stated = annex(verdict("copies"), settings=settings)["context"]
    assert stated["dpo"] == "Dr. Example" and set(stated) == set(ReleaseContext.model_fields)


def test_the_canonical_bytes_are_those_of_the_file(tmp_path):
    content = annex(verdict("copies"))
    write_json(tmp_path / "annex.json", content)
    assert (tmp_path / "annex.json").read_bytes() == canonical(content)


# --- the guarantee of a private training ------------------------------------------------------------------------------


def private(found, **values):
    """The annex of an audit that was made under a guarantee."""
    filed = FiledGuarantee(found, draws=1200, clip=1.0)
    return annex(verdict("copies"), guarantee=plain(filed.as_json()), **values)


def test_an_annex_has_the_guarantee_and_what_it_does_not_cover():
    part = private(guarantee(1.0), **canary_figures(right=51))["guarantee"]
    assert part["headline"] == "Guaranteed for each patient: epsilon 1 at delta 1e-05."
    assert part["claim"]["state"] == "not contradicted" and "the ceiling" in part["claim"]["words"]
    assert any("this report, the audit and its annex" in one for one in part["not_covered"])
    assert dict(part["facts"])["number of units trained on, public"] == "8,000"
    # Without a private training nothing is said, and the annex stays as it was.
    assert "guarantee" not in annex(verdict("copies"))


def test_a_guarantee_makes_no_headline_better():
    limits = [verdict("copies", "broken")]
    filed = FiledGuarantee(guarantee(0.1))
    with_it = annex(*limits, guarantee=plain(filed.as_json()))
    assert with_it["headline"] == annex(*limits)["headline"] == {"state": "broken", "words": "1 of 1 limit is broken."}


@pytest.mark.parametrize("recorded", [{}, {"guarantee": {"epsilon": 1}}, [1], "all", {"guarantee": None, "more": 1}])
def test_a_damaged_record_guarantees_nothing(recorded):
    part = annex(verdict("copies"), guarantee=recorded)["guarantee"]
    assert not part["guaranteed"] and part["headline"].startswith("Nothing is guaranteed: what the audit has recorded")
    page = annex_page(annex(verdict("copies"), guarantee=recorded))
    assert "Nothing is guaranteed" in page and "Guaranteed for" not in page


def test_the_page_of_a_refuted_claim_says_so_in_red():
    page = annex_page(private(guarantee(0.1), **canary_figures(right=95)))
    assert '<article class="card bad"><h3>What is guaranteed?</h3><p class="verdict">The claim is refuted</p>' in page


def test_a_promise_makes_nothing_green():
    page = annex_page(private(guarantee(0.1), **canary_figures(right=51)))
    assert '<article class="card absent"><h3>What is guaranteed?</h3>' in page
    assert "<h2>Guarantee of the training</h2>" in page and "nobody guesses the coin" in page
    assert "Guarantee of the training" not in annex_page(annex(verdict("copies")))
