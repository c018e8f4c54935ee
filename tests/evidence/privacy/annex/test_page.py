"""The page of an annex: hostile texts stay texts, nothing is fetched, and the same content gives the same bytes."""

import re

from report_pages import Checked, page_of
from result_files import earlier_privacy, experiment_folder, privacy, verdict

from medgan_tf.evidence.privacy.annex.content import annex_content, sha256_of_content
from medgan_tf.evidence.privacy.annex.page import _STATEMENTS, annex_page
from medgan_tf.evidence.privacy.annex.settings import ReleaseContext

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def page(result):
    html = annex_page(annex_content(result, "a run"))
    return html, Checked(html).text


def test_every_statement_has_a_title():
    assert set(_STATEMENTS) == set(ReleaseContext.model_fields)


def test_without_statements_each_is_named_as_not_stated():
    _, text = page(privacy())
    assert text.count("not stated") == len(_STATEMENTS)
    assert "The program has not checked them" in text


def test_hostile_texts_are_shown_as_they_are():
    context = dict.fromkeys(ReleaseContext.model_fields, HOSTILE)
    rows = [
        verdict("copies", "undecided", words=HOSTILE) | {"missing": HOSTILE, "question": HOSTILE, "reason": HOSTILE}
    ]
    inputs = [{"name": "train", "what": HOSTILE, "sha256": HOSTILE, "folds": [HOSTILE], "plan_sha256": HOSTILE}]
    audited = {"subject": HOSTILE, "made": HOSTILE, "made_with": HOSTILE, "inputs": inputs}
    settings = {"level": 0.95, "context": context}
    html, text = page(privacy(rows) | {"audited": audited, "settings": settings, "notes": [HOSTILE]})
    assert "<script" not in html and "<img" not in html
    assert text.count(HOSTILE) >= len(context) + 8


def test_the_page_fetches_nothing():
    html, _ = page(privacy())
    assert "default-src 'none'" in html
    assert not re.search(r"https?:|//[a-z]|@import|url\(", html)


def test_results_as_numbers():
    rows = [
        verdict("copies", "broken", 0.2345, (0.1, 0.3), 0.01),
        verdict("identical") | {"value": 3.0, "interval": None, "limit": None, "count": 3, "of": 1200},
    ]
    html, text = page(privacy(rows))
    assert "0.234 interval 0.100 to 0.300 limit 0.01" in text
    assert "3 of 1,200" in text
    assert "each with a confidence of 95%" in text
    assert "Limit 0.01 of excess of suspected copies: a reason." in text
    assert '<span class="bad">LIMIT BROKEN</span>' in html


def test_a_reason_of_several_limits_is_named_once():
    rows = [verdict("distance patient"), verdict("density patient"), verdict("copies", limit=0.01)]
    _, text = page(privacy(rows))
    assert text.count("Limit 0.55 of membership by distance, membership by density: a reason.") == 1


def test_what_is_missing_is_not_said_twice():
    twice = verdict("distance patient", "undecided", words="not shown: it needs 300 patients more")
    _, text = page(privacy([twice, verdict("copies", "undecided")]))
    assert text.count("300 patients more") == 2 and text.count("Missing for a decision:") == 1


def test_the_page_names_the_hash_of_its_json():
    content = annex_content(privacy(), "a run")
    assert annex_page(content).count(sha256_of_content(content)) == 1
    assert annex_page(content) == annex_page(content)


def test_the_report_links_to_the_annex_of_each_run(tmp_path):
    experiment_folder(tmp_path / "phantom", seeds=(1000, 1001), gaps=None, privacy=privacy())
    shown, report = page_of(tmp_path / "phantom", tmp_path / "report")
    for seed in (1000, 1001):
        names = [f"privacy-annex-cpd-seed{seed}.{kind}" for kind in ("html", "json", "sha256")]
        assert set(names[:2]) <= shown.files
        assert {tmp_path / "report" / name for name in names} <= set(report.files)
        assert all((tmp_path / "report" / name).is_file() for name in names)
    assert shown.text.count("For the data-protection officer: All 2 limits that were tested hold.") == 2
    assert "Not executed: attribute inference, exfiltration, model inversion, reconstruction" in shown.text


def test_the_report_has_an_annex_of_an_earlier_result(tmp_path):
    experiment_folder(tmp_path / "phantom", seeds=(1000,), gaps=None, privacy=earlier_privacy())
    page_of(tmp_path / "phantom", tmp_path / "report")
    text = Checked((tmp_path / "report" / "privacy-annex-cpd-seed1000.html").read_text(encoding="utf-8")).text
    assert "cpd-seed1000. Audited at a time that is not recorded with an earlier version." in text
    assert "not decided: measured by an earlier version" in text


def test_the_report_stays_whole_when_an_annex_cannot_be_made(tmp_path):
    experiment_folder(tmp_path / "phantom", seeds=(1000,), gaps=None, privacy=privacy() | {"audited": {"inputs": [3]}})
    shown, _ = page_of(tmp_path / "phantom", tmp_path / "report")
    assert "annex of the privacy audit could not be made" in shown.text
    assert "Question of copies?" in shown.text
