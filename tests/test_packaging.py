"""What an installed package brings beside its code, and how it asks to be cited."""

import configparser
import re
import subprocess
from pathlib import Path

import pytest

import medgan_tf
from medgan_tf.files.yaml_text import read_yaml_record

ROOT = Path(__file__).resolve().parent.parent
CONFIG = configparser.ConfigParser()
CONFIG.read(ROOT / "setup.cfg")
METADATA = CONFIG["metadata"]


def test_every_file_of_the_package_is_installed():
    listed = subprocess.run(["git", "ls-files", "medgan_tf"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    data = {ROOT / name for name in listed.stdout.splitlines() if not name.endswith(".py")}
    found = set()
    for package, patterns in CONFIG["options.package_data"].items():
        folder = ROOT / package.replace(".", "/")
        found |= {path for pattern in patterns.split(", ") for path in folder.glob(pattern)}
    assert data <= found
    assert {ROOT / "medgan_tf/py.typed", ROOT / "medgan_tf/evidence/readers/study/page/index.html"} <= data


def test_type_checkers_may_use_the_annotations():
    assert (ROOT / "medgan_tf" / "py.typed").read_bytes() == b""
    assert "Typing :: Typed" in METADATA["classifiers"].split("\n")


# --- how to cite it ---------------------------------------------------------------------------------------------------

# Citation File Format 1.2.0: the fields that must be there, and those of the software that say what is cited.
REQUIRED = {"cff-version": "1.2.0", "type": "software", "title": METADATA["name"], "license": METADATA["license"]}
PERSON, ENTITY, REFERENCE = {"family-names", "given-names"}, {"name"}, {"type", "title", "authors"}
ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def faults(citation):
    """What is wrong with the values of a CITATION.cff; empty if nothing is."""
    found = [f"{key}: {citation.get(key)!r}" for key, value in REQUIRED.items() if citation.get(key) != value]
    if not (isinstance(citation.get("message"), str) and citation["message"]):
        found.append("no message")
    if citation.get("version") != medgan_tf.__version__:
        found.append(f"version {citation.get('version')!r}, the package has {medgan_tf.__version__!r}")
    if "date-released" in citation and not ISO_DATE.fullmatch(str(citation["date-released"])):
        found.append("date-released is no ISO date")
    references = citation.get("references", [])
    found += [f"reference lacks {REFERENCE - set(one)}" for one in references if not set(one) >= REFERENCE]
    for authors in (citation.get("authors"), *(one.get("authors") for one in references)):
        if not authors or any(set(one) not in (PERSON, ENTITY) for one in authors):
            found.append(f"authors: {authors!r:.80}")
    return found


@pytest.fixture
def citation():
    return read_yaml_record(ROOT / "CITATION.cff")


def test_the_citation_is_complete_and_of_this_version(citation):
    assert faults(citation) == []
    assert citation["abstract"] == METADATA["description"]
    assert citation["keywords"] == METADATA["keywords"].split(", ")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", "0.0.9"),
        ("authors", []),
        ("authors", [{"family-names": "only"}]),
        ("message", ""),
        ("cff-version", "1.1.0"),
        ("license", "MIT"),
        ("date-released", "yesterday"),
        ("references", [{"type": "article", "authors": [{"name": "one"}]}]),
    ],
)
def test_a_wrong_citation_is_seen(citation, key, value):
    assert len(faults(citation | {key: value})) == 1


def test_the_paper_is_the_one_that_the_readme_names(citation):
    addresses = [line.split(" = ")[1] for line in METADATA["project_urls"].strip().split("\n")]
    assert addresses == [one["url"] for one in citation["references"]]
    assert f"[DuMont Schütte et al. {citation['references'][0]['year']}]({addresses[0]})" in (
        ROOT / "README.md"
    ).read_text(encoding="utf-8")
