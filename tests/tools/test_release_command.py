"""``medgan-tf release`` as a user types it: refused with reasons, overridden, whole, and free of identifiers."""

import base64
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import result_files
from click.testing import CliRunner
from finished_run import finished_run
from marked_machine import marked_machine

import medgan_tf
from medgan_tf.console.group import main
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.release.verification import verify_release

pytestmark = pytest.mark.usefixtures("blank_figures")
RUN = Path("runs/small/dcgan-seed1000")
AUDIT = RUN / "evaluation" / "privacy.json"


@pytest.fixture(scope="module")
def base(tmp_path_factory, chest_phantom):
    """A finished run; to be read, not changed."""
    folder = tmp_path_factory.mktemp("finished")
    shutil.copytree(chest_phantom, folder / "raw")
    with marked_machine() as names:
        finished_run(folder, folder / "raw")
        (folder / "names.json").write_text(json.dumps(names))
        yield folder


@pytest.fixture
def run(base, monkeypatch):
    """The working folder, with the run's result files as they were."""
    monkeypatch.chdir(base)
    kept = {
        path: path.read_bytes() for name in ("runs", "datasets") for path in Path(name).rglob("*") if path.is_file()
    }
    yield base
    for path, content in kept.items():
        path.write_bytes(content)
    for path in Path("runs").rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()


def release(*words, code=0):
    result = CliRunner().invoke(main, ["release", "small.yaml", *map(str, words), "--json"], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if code in (0, 3, 4) else result.stderr


@pytest.fixture(scope="module")
def released(base, tmp_path_factory):
    """A release of everything, copied to where nothing else of the project is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(base)
        answer = release("--out", "released", "--what", "both", "--set", "release.version=2")
        assert answer["gate"]["holds"] and answer["refused"] == answer["leaks"] == []
    return shutil.move(base / "released", tmp_path_factory.mktemp("elsewhere") / "got")


def test_the_folder_is_whole_and_verified_without_the_package(released):
    assert sorted(path.name for path in released.iterdir()) == sorted(
        "MANIFEST.json README.md card.json card.md croissant.json evidence generator healthdcat.jsonld images "
        "sbom.cdx.json verify.py".split()
    )
    assert verify_release(released).problems == verify_release(released).unchecked == []
    script = [sys.executable, "-I", "-S", released / "verify.py"]
    done = subprocess.run(script, capture_output=True, text=True, cwd="/", timeout=60)
    assert (done.returncode, done.stdout) == (0, "all holds\n")
    image = next(released.glob("images/train/*.png"))
    content = image.read_bytes()
    image.write_bytes(content[:-30] + bytes([content[-30] ^ 1]) + content[-29:])
    done = subprocess.run(script, capture_output=True, text=True, cwd="/", timeout=60)
    image.write_bytes(content)
    assert done.returncode == 3 and f"{image.relative_to(released)}: its content is not that" in done.stdout


def test_what_is_in_it(base, released):
    card = json.loads((released / "card.json").read_text())
    synthetic = DatasetFolder(base / RUN / "synthetic")
    assert (card["name"], card["version"], card["what"], card["form"]) == ("small", "2", "both", "png")
    assert (card["licence"], card["contact"]) == ("CC-BY-4.0", "data@hospital.example")
    assert (
        sum(card["images"].values())
        == len(list(released.glob("images/*/*.png")))
        == sum(synthetic.manifest.images.values())
    )
    with open(released / "images/labels.csv", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == sum(card["images"].values())
    generator, own = (
        medgan_tf.load_generator(released / "generator"),
        medgan_tf.load_generator(base / RUN / "generator"),
    )
    labels = generator.label_vectors([], 3)
    np.testing.assert_array_equal(generator.sample(labels, seed=1), own.sample(labels, seed=1))
    assert generator.sha256() == own.sha256() == card["generator_sha256"]
    audit = json.loads((released / "evidence/privacy.json").read_text())
    assert audit["copies"] == {"list": []} and audit["left_out_of_release"] == ["/copies/list: 1"]
    assert "privacy.json, /copies/list: 1" in (released / "evidence/README.md").read_text()
    page = (released / "evidence/report.html").read_text()
    assert "What the data gives away" in page and "left_out" not in page


def test_no_identifier_left(base, released):
    """A search of its own, beside that of the program."""
    raw = (base / "raw" / "train.csv").read_text(encoding="utf-8")
    patients = sorted(set(re.findall(r"patient\d{5}", raw)))
    dataset = DatasetFolder(base / "datasets/small")
    folds = [dataset.read_fold(fold) for fold in ("train", "valid", "test")]
    pseudonyms = [str(one) for fold in folds for one in (*fold.image_ids, *fold.patients)]
    texts = [*patients, *pseudonyms, "study1/view", str(base), *json.loads((base / "names.json").read_text())]
    assert len(patients) == 60 and len(texts) > 200
    files = [path for path in released.rglob("*") if path.is_file()]
    contents = [path.read_bytes() for path in files]
    contents += [str(path.relative_to(released)).encode() for path in files]
    for text in texts:
        forms = [
            text.encode(),
            text.encode("utf-16-le"),
            text.encode().hex().encode(),
            base64.b64encode(text.encode())[:-4],
        ]
        assert not [form for form in forms for content in contents if form in content], text


def plant(name):
    """Writes a pseudonym of the training fold into a file of the run."""
    pseudonym = str(DatasetFolder("datasets/small").read_fold("train").patients[0])
    path = RUN / name
    values = json.loads(path.read_text())
    values["comment"] = base64.b64encode(f"seen: {pseudonym}!".encode()).decode()
    path.write_text(json.dumps(values))


def test_a_pseudonym_in_the_generator_card_is_never_released(run):
    plant("generator/assets/generator.json")
    answer = release("--out", "x", "--what", "generator", "--override", "because", code=3)
    assert answer["leaks"] == ["generator/generator.json: pseudonym of a patient (base64)"]
    assert answer["folder"] is None and not Path("x").exists() and not list(Path().glob(".*x*"))


def refused(code, what="images", **settings):
    words = [word for key, value in settings.items() for word in ("--set", f"{key.replace('__', '.')}={value}")]
    answer = release("--out", "x", "--what", what, *words, code=code)
    assert answer["folder"] is None and not Path("x").exists()
    return "\n".join(answer["refused"])


def test_planted_copies_are_refused_and_marked_when_overridden(run):
    values = json.loads(AUDIT.read_text())
    bad = result_files.privacy(
        [result_files.verdict("copies", "broken", 0.5, (0.4, 0.6), 0.01), *values["verdicts"][:1]]
    )
    AUDIT.write_text(json.dumps(bad | {name: values[name] for name in ("train", "held_out", "synthetic")}))
    assert "privacy: refuted: broken limits: copies" in refused(3)
    answer = release("--out", "x", "--what", "images", "--override", "planted, for a course")
    assert answer["gate"]["override"] == "planted, for a course" and answer["gate"]["holds"] is False
    try:
        assert verify_release(Path("x")).problems == []
        for name in ("card.md", "README.md", "card.json", "MANIFEST.json"):
            assert "planted, for a course" in Path("x", name).read_text(), name
        assert json.loads(Path("x/MANIFEST.json").read_text())["gate"]["rows"][0]["answer"] == "refuted"
        assert not Path("x/generator").exists()
    finally:
        shutil.rmtree("x")


def test_reasons_of_the_gate(run):
    assert refused(3, generate__minimum_patients=40).startswith("patients: refuted: ")
    assert "the gap over 3 seeds is shown" not in refused(4, release__gate__utility="shown")
    AUDIT.unlink()
    assert refused(4).startswith("privacy: not measured: there is no privacy audit")


def test_evidence_about_other_things_is_refused(run):
    card = RUN / "generator/assets/generator.json"
    values = json.loads(card.read_text())
    values["combinations"][0]["train"] += 2
    card.write_text(json.dumps(values))
    text = refused(3)
    assert "images up to date: refuted: another generator made them than the one that is there" in text
    assert "fid-classifier up to date: refuted: it is about other synthetic images (synthetic)" in text
    (RUN / "classifier/predictions.csv").write_text("others")
    assert "gap up to date: refuted: it was computed from other predictions of the synthetic classifier" in refused(3)


def test_records_and_hashes_that_results_keep(run):
    result_files.write(RUN / "stages/generate.json", {"key": "x", "inputs": {"seed": 5}})
    result_files.write(RUN / "stages/fid.json", {"key": "x", "inputs": {"generator": "another"}})
    values = json.loads(AUDIT.read_text())
    inputs = [{"name": "generator", "what": "generator", "sha256": "0" * 64}, {"name": "plan", "sha256": "0" * 64}]
    AUDIT.write_text(json.dumps(values | {"audited": {"inputs": inputs}}))
    origin, images = {"name": "x", "fold": "train", "sha256": "0" * 64}, []
    for number, truth in enumerate(("real", "synthetic")):
        images.append({"image": "abcdefghijk" + "ab"[number], "truth": truth, "combination": "", "origin": "x"})
    about = {"study": "x", "set_sha256": "0" * 64, "nonce": "0" * 32, "seed": 1, "real": origin, "synthetic": origin}
    result_files.write(RUN / "reader_study/key.json", about | {"format_version": 1, "images": images})
    result_files.write(RUN / "evaluation/reader_study.json", {"key_sha256": "1" * 64})
    result_files.write(RUN / "evaluation/odd.json", {"what": "nobody knows"})
    text = refused(3)
    assert re.search("images up to date: refuted: inputs changed: .*seed", text)
    assert re.search("fid-classifier up to date: refuted: inputs changed: .*generator", text)
    assert "privacy up to date: refuted: generator: other ones than those that it was made from" in text
    assert (
        "reader_study up to date: refuted: it was scored with another key than the one that is there; readers" in text
    )
    assert "odd up to date: undecided: nothing says what it was made from" in text


def test_a_changed_plan_is_refused(run):
    assert CliRunner().invoke(main, ["preregister", "small.yaml", "--json"]).exit_code == 0
    text = refused(3, classifier__margin=0.2)
    assert "gap up to date: refuted: it was held against the margin 0.05" in text
    # The made results have other labels than the dataset.
    assert re.search("plan: refuted: the plan was written .* What was measured differs from it: labels ", text)
    plan = Path("runs/small/plan.json")
    values = json.loads(plan.read_text())
    values["plans"][0]["made"] = "2026-01-01T00:00:00+00:00"
    plan.write_text(json.dumps(values))
    assert "plan: refuted: the plan cannot be read: it was changed after it was written" in refused(3)


def test_a_changed_image_is_refused(run):
    shard = next((RUN / "synthetic").glob("train-*"))
    content = bytearray(shard.read_bytes())
    content[100] ^= 1
    shard.write_bytes(content)
    assert "is not the file the manifest describes" in refused(3)


def test_wrong_uses(run):
    assert "x is there already" in (os.mkdir("x"), release("--out", "x", "--what", "both", code=1))[1]
    os.rmdir("x")
    assert "--override: expected the reason" in release("--out", "x", "--what", "both", "--override", " ", code=2)
    answer = release("--out", "x", "--what", "both", "--dry-run")
    assert answer["folder"] is None and answer["gate"]["holds"] and not Path("x").exists()
    assert {row["name"]: row["answer"] for row in answer["gate"]["rows"]} == {
        "privacy": "shown",
        "utility": "undecided",
        "labels": "shown",
        "model inversion": "not measured",
        "patients": "shown",
        "plan": "not measured",
        **{f"{name} up to date": "shown" for name in ("images", "generator", "fid-classifier", "privacy", "gap")},
    }


def test_dicom(run):
    release("--out", "x", "--what", "images", "--format", "dicom", "--name", "pacs")
    try:
        card = json.loads(Path("x/card.json").read_text())
        assert (card["name"], card["form"]) == ("pacs", "dicom")
        assert len(list(Path("x/images").rglob("*.dcm"))) == sum(card["images"].values())
    finally:
        shutil.rmtree("x")
