"""The cards say what is in the result files, and obey nothing that a stranger wrote into a name or a free text."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import pytest
import result_files
import yaml
from small_release import ABOUT, GATE, results, small_release

from medgan_tf.errors import DataError
from medgan_tf.release.card_check import field_problems
from medgan_tf.release.cards import sentences
from medgan_tf.release.cards.card import plain_release, release_of
from medgan_tf.release.cards.croissant import CONFORMS
from medgan_tf.release.cards.healthdcat import MANDATORY, NO_CLAIM
from medgan_tf.release.cards.markdown import inline, number, quoted
from medgan_tf.release.cards.write import card_texts, write_cards


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    """A small release; to be read, not changed."""
    return small_release(tmp_path_factory.mktemp("cards") / "folder")


def card(folder):
    return json.loads((folder / "card.json").read_text())


def test_the_card_of_the_release_gives_the_same_cards_again(released):
    values = card(released)
    assert field_problems(values) == []
    release = release_of(values)
    assert release == replace(ABOUT, generator_sha256=values["generator_sha256"])
    assert card_texts(released, release) == {
        name: (released / name).read_text()
        for name in ("README.md", "card.md", "card.json", "croissant.json", "healthdcat.jsonld")
    }


def test_the_page_begins_as_hugging_face_wants_it(released):
    _, front, page = (released / "card.md").read_text().split("---\n", 2)
    assert yaml.safe_load(front) == {
        "pretty_name": "small 1",
        "license": "cc-by-4.0",
        "tags": ["synthetic", "medical", "radiology", "gan", "medgan-tf"],
        "task_categories": ["image-classification"],
        "size_categories": ["n<1K"],
        "library_name": "medgan-tf",
    }
    assert page.startswith("\n# small, version 1: synthetic medical images, and the generator that made them\n")
    words = (
        "Synthetic grey images of 16 x 16 pixels, with the labels Edema, Fracture, and the generator that made them."
    )
    assert f"**Synthetic.** {words} A generative network made the images; none was taken of a patient." in page


def test_the_page_says_what_was_measured_and_what_not(released):
    page = (released / "card.md").read_text()
    headings = re.findall("^### (.*)$", page, re.MULTILINE)
    assert headings == [
        "Congruence",
        "Coverage",
        "Constraint",
        "Completeness",
        "Compliance",
        "Comprehension",
        "Consistency",
    ]
    assert "mean AUC of 0.87 on real test patients, one that learned from real images 0.9; the loss is 0.03" in page
    assert "The loss is shown to be below the margin of 0.05, by 3 trainings where 5 are needed to rely on it." in page
    assert "All limits of the privacy audit hold." in page and "There is no guarantee of differential privacy." in page
    assert "1 of 1 label combinations had fewer than 500 training images" in page
    assert "memorisation: Edema|Fracture" in page.replace("\\", "")
    unknown = page.partition("## What was not measured")[2].partition("##")[0]
    assert "readers told rightly" in unknown and "Epsilon" in unknown and "FID" not in unknown


def test_training_data_are_told_by_rounded_numbers(released):
    section = (released / "card.md").read_text().partition("## Training data")[2].partition("\n## ")[0]
    assert "- About 100 training images of about 60 patients, rounded to multiples of 10; result files may" in section
    assert "phantoms, and no patients" in section


def test_a_gate_that_was_overridden_stands_before_everything(tmp_path):
    gate = GATE | {"holds": False, "override": "Needed for the\ncourse <b>today</b>"}
    folder = small_release(tmp_path / "folder", gate=gate)
    for name in ("README.md", "card.md"):
        text = (folder / name).read_text()
        start = text.index("> **Overridden.** The gate of this release does NOT hold.")
        assert start < text.index("## ") and "> course &lt;b&gt;today&lt;/b&gt;" in text
    told = json.loads((folder / "croissant.json").read_text())["rai:personalSensitiveInformation"]
    assert "does not hold. Overridden: Needed" in told[1]


def test_an_override_without_a_reason_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot get a card: the gate does not hold, and no reason is given"):
        small_release(tmp_path / "folder", gate=GATE | {"holds": False})


def test_nothing_measured_is_said_in_three_sentences(tmp_path):
    folder = small_release(tmp_path / "folder", {"note.json": {}}, what="images")
    text = (folder / "README.md").read_text()
    for sentence in ("What the images are worth for training a classifier was not measured.",
                     "How like the images are to real ones was not measured.",
                     "What the release gives away about training patients was not measured."):  # fmt: skip
        assert f"- {sentence}" in text
    assert "## Load the images" in text and "## Make images with the generator" not in text


BROKEN = {
    "broken": "treat the release like images of the training patients",
    "undecided": "Undecided is not safe.",
}


@pytest.mark.parametrize("status", BROKEN)
def test_a_limit_that_does_not_hold_is_a_known_failure(tmp_path, status):
    audit = result_files.privacy([result_files.verdict("distance image", status)])
    page = (small_release(tmp_path / "folder", results() | {"privacy.json": audit}) / "card.md").read_text()
    assert BROKEN[status] in page
    assert (
        "Does the distance tell who was in the training set?"
        in page.partition("## Known failures")[2].partition("##")[0]
    )


HOSTILE = (
    "<script>alert(1)</script> =cmd|' /C calc'!A0 [x](javascript:alert) `rm` # **b** \x1b[2J\u202e & https://x.example"
)


def test_names_and_texts_of_strangers_are_shown_and_not_obeyed(tmp_path):
    folder = small_release(
        tmp_path / "folder", what="generator", images={}, combinations=({"labels": [HOSTILE], "images": 1},),
        labels=(HOSTILE,), contact=HOSTILE, licence=HOSTILE, use_terms=f"first\n{HOSTILE}\n---\n# last", name=HOSTILE,
        version="1\n---", withdraws=(HOSTILE,), gate=GATE | {"override": HOSTILE},
    )  # fmt: skip
    for name in ("README.md", "card.md"):
        text = (folder / name).read_text()
        assert "<script" not in text and "\x1b" not in text and "\u202e" not in text and "https://x" not in text
        assert not re.search(r"(?<!\\)\]\(javascript", text) and "\n# last" not in text and "\n---\n# l" not in text
        assert text.count("\n---\n") == (1 if name == "card.md" else 0)
    front = (folder / "card.md").read_text().split("---\n")[1]
    assert yaml.safe_load(front)["license"] == "other"
    for name in ("card.json", "croissant.json", "healthdcat.jsonld"):
        text = (folder / name).read_text()
        assert text.isascii() and "\x1b" not in text and json.loads(text)
        assert "\\u202e" not in text.replace("\\\\u202e", "")
    assert plain_release(plain_release(ABOUT)) == plain_release(ABOUT)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a_b*c", r"a\_b\*c"),
        ("- no list", r"\- no list"),
        ("12. no list", r"\12. no list"),
        ("=1+1", r"\=1+1"),
        ("a | b", r"a \| b"),
        ("<b>&amp;", "&lt;b&gt;&amp;amp;"),
        ("a\nb\x00", "a b"),
        ("www.example.org", "www&#8203;.example.org"),
    ],
)
def test_markdown_in_a_text_is_text(text, shown):
    assert inline(text) == shown


def test_numbers_and_quotes():
    assert number(-8e-17) == "0"
    assert [number(value) for value in (1234, 0.87654, 1e-7, "inf", True)] == [
        "1,234",
        "0.8765",
        "1e-07",
        "inf",
        "True",
    ]
    assert quoted("a\n\n# b") == ["> a", ">", "> \\# b"]


def test_croissant_describes_the_files_of_the_folder(released):
    values = json.loads((released / "croissant.json").read_text())
    assert values["conformsTo"] == list(CONFORMS) and values["version"] == "1.0.0" and values["@type"] == "sc:Dataset"
    assert values["license"] == "https://spdx.org/licenses/CC-BY-4.0.html"
    names = [one["@id"] for one in values["distribution"]]
    assert names == ["images/labels.csv", "generator/architecture.json", "generator/generator.json",
                     "generator/weights.safetensors", "image-files"]  # fmt: skip
    assert all((released / one["contentUrl"]).is_file() for one in values["distribution"][:-1])
    assert [one["name"] for one in values["recordSet"][0]["field"]] == ["path", "fold", "row", "Edema", "Fracture"]
    for name in ("dataCollection", "dataUseCases", "dataLimitations", "dataBiases", "personalSensitiveInformation"):
        assert values[f"rai:{name}"]


VALIDATED = """
import socket, sys
def refused(*_, **__):
    raise OSError("no network")
socket.socket.connect = socket.getaddrinfo = refused
import mlcroissant
dataset = mlcroissant.Dataset(jsonld=sys.argv[1])
issues = dataset.metadata.ctx.issues
print([*issues.errors], [*issues.warnings])
for record in dataset.records("images"):
    print(record["images/0"].decode(), record["images/3"], record["images/4"])
"""


def test_croissant_is_valid_and_loads(released):
    """By the validator of MLCommons, where it is installed: pip install mlcroissant. It gets no network."""
    if find_spec("mlcroissant") is None:
        pytest.skip("mlcroissant is not installed")
    # A process of its own, as it brings warnings with it that are errors here.
    command = [sys.executable, "-W", "ignore", "-c", VALIDATED, released / "croissant.json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "[] []\ntrain/1.png 1 0\nvalid/2.png 1 1\n"), done.stderr


def test_the_entry_of_a_catalogue_has_the_mandatory_fields_and_claims_nothing(released):
    values = json.loads((released / "healthdcat.jsonld").read_text())
    assert [name for name in MANDATORY if not values.get(name)] == []
    assert values["rdfs:comment"] == NO_CLAIM and "conformsTo" not in json.dumps(values)
    assert values["healthdcatap:numberOfRecords"] == 2
    prefixes = {name.partition(":")[0] for name in values if ":" in name}
    assert prefixes <= set(values["@context"])


def test_a_result_file_that_cannot_be_read_makes_no_card(tmp_path):
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence/gap.json").write_text("{")
    with pytest.raises(DataError, match="gap.json cannot be read: not JSON"):
        write_cards(tmp_path, replace(ABOUT, what="generator"))
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


@pytest.mark.parametrize(("at_floor", "said"), [(36.27, True), (None, False)])
def test_the_fid_of_real_images_stands_beside_that_of_as_many_synthetic_ones(at_floor, said):
    facts = {
        "fid": {"value": 27.39, "interval": None},
        "fid_floor": {"value": 24.37},
        "fid_at_floor": {"value": at_floor},
    }
    beside = (
        " With as many images as there are held-out real ones, synthetic images reach 36.27 and the real ones 24.37."
    )
    assert (
        sentences._likeness(facts) == f"The FID to the real images is 27.39, where 0 is best.{beside if said else ''}"
    )
