"""Folders of known datasets and of users: what is proposed equals a list kept here, and `prepare` accepts it."""

import os
import shutil
from pathlib import Path

import foreign_folders as folders
import pytest

from medgan_tf.config.loading import load_experiment
from medgan_tf.data.prepare import prepare
from medgan_tf.data.tables.table import Source
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.files.plain_text import hidden_characters
from medgan_tf.proposal.budget import Device
from medgan_tf.proposal.output import write_proposal
from medgan_tf.proposal.propose import propose

DEVICE = Device("a device", 170.0)
MARKED = "confirm:"
FINDINGS = ["Erguss", "Verkalkung", "Herzvergrößerung"]
# What is wanted of each folder: source, the words that name path, patient and labels, and what may be a guess.
WANTED = {
    "german": ("table", {"path_column": "Bilddatei", "images": "Bilder"}, {"patient_column": "Patientennummer"},
               {"label_columns": FINDINGS, "states": {"ja": "positive", "nein": "negative", "fraglich": "uncertain"}},
               {"labels"}),
    "dicom": ("table", {"path_column": "Aufnahme", "search": True, "path_suffix": ".dcm"}, {"patient_from": "dicom"},
              {"label_column": "Befund", "label_list": True, "no_finding": "o.B."}, set()),
    "classes": ("table", {"path_column": "path"}, {"patient_pattern": r"([^/]+?)[-_ .]+\d{1,4}(?:\.[A-Za-z]+)?$"},
                {"label_column": "label", "no_finding": "NORMAL"}, {"patients"}),
}  # fmt: skip
KNOWN = {
    "nih": ("nih", "'Image Index'", "'Patient ID'", "'Finding Labels'", 30),
    "padchest": ("padchest", "'ImageID'", "'PatientID'", "'Labels'", 30),
    "vindr": ("vindr", "'image_id'", "unknown", "'class_name'", None),
    "rsna_pneumonia": ("rsna_pneumonia", "'patientId'", "unknown", "'Target'", None),
    "chexpert": ("chexpert", "'Path'", "patientNNNNN", "one column for each finding", 30),
    "rsna": ("rsna", "'ID'", "DICOM header", "'ID'", 30),
    "mimic": ("mimic_cxr", "'dicom_id'", "'subject_id'", "one column for each finding", 30),
    "siim": ("siim", "'ImageId'", "unknown", "'EncodedPixels'", None),
    "batches": ("chexpert", "'Path'", "patientNNNNN", "one column for each finding", 30),
    "medmnist": ("medmnist", "arrays of images", "unknown", "arrays of labels", None),
}
MAKERS = {
    "german": folders.write_german,
    "siim": folders.write_siim,
    "classes": folders.write_classes,
    "dicom": folders.write_dicom,
    "batches": folders.write_chexpert_batches,
    "nih": folders.write_nih,
    "padchest": folders.write_padchest,
    "vindr": folders.write_vindr,
    "rsna_pneumonia": folders.write_rsna_pneumonia,
    "chexpert": lambda folder: folders.write_chexpert_small(folder).parent,
    "rsna": folders.write_rsna,
    "mimic": folders.write_mimic,
    "medmnist": lambda folder: folders.write_medmnist(folder / "pneumoniamnist.npz").parent,
}


@pytest.fixture(scope="module", autouse=True)
def in_this_process():
    """The pictures are ours, so no reader processes are needed; they take most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Source, "reads_in_processes", False)
        yield


@pytest.fixture(scope="module")
def proposed(tmp_path_factory, in_this_process):
    """The proposal for a kind of folder, made once, with the file that was written."""
    made = {}

    def get(kind):
        if kind not in made:
            base = tmp_path_factory.mktemp(kind)
            (base / "data").mkdir()
            path = base / f"{kind}.yaml"
            proposal = propose(MAKERS[kind](base / "data"), path, device=lambda: DEVICE)
            write_proposal(proposal, path)
            made[kind] = proposal, path
        return made[kind]

    return get


@pytest.mark.parametrize("kind", WANTED)
def test_columns_of_a_users_table(proposed, kind):
    source, path, patient, labels, guessed = WANTED[kind]
    proposal, _ = proposed(kind)
    assert (proposal.values["data"]["source"], proposal.dataset) == (source, "")
    assert {what: guess.options for what, guess in proposal.guesses.items()} == {
        "images": path, "patients": patient, "labels": labels
    }  # fmt: skip
    assert {what for what, guess in proposal.guesses.items() if guess.confirm} == guessed
    options = proposal.values["data"]["options"]
    assert {name: options[name] for name in (*path, *patient, *labels)} == path | patient | labels


@pytest.mark.parametrize("kind", KNOWN)
def test_known_datasets(proposed, kind):
    source, *words, patients = KNOWN[kind]
    proposal, _ = proposed(kind)
    assert proposal.values["data"]["source"] == source and proposal.dataset
    for word, guess in zip(words, proposal.guesses.values(), strict=True):
        assert word in guess.why
    assert proposal.fit.histogram.patients == patients
    # The defaults of the source are the published layout.
    assert proposal.values["data"].get("options", {}).keys() <= {"file"}


@pytest.mark.parametrize("kind", MAKERS)
def test_prepare_accepts_the_file(proposed, kind, tmp_path):
    proposal, path = proposed(kind)
    assert proposal.problem == ""
    overrides = [f"data.dataset_dir={tmp_path / 'dataset'}", f"data.private_dir={tmp_path / 'private'}"]
    dataset = prepare(load_experiment(path, [*overrides, "data.workers=1"]))
    assert dataset.manifest.images == proposal.fit.folds and min(proposal.fit.folds.values()) > 0
    assert dataset.manifest.unreadable.count == 0


@pytest.mark.parametrize("kind", MAKERS)
def test_every_doubt_is_in_the_file(proposed, kind):
    proposal, path = proposed(kind)
    text = path.read_text(encoding="utf-8")
    plain = " ".join(line.strip().removeprefix("# ") for line in text.splitlines())
    for guess in proposal.guesses.values():
        assert not guess.confirm or f"{MARKED} {guess.confirm}" in plain
    assert not hidden_characters(text.replace("\n", "")) and max(map(len, text.splitlines())) <= 200


def test_no_cell_of_a_patient_is_in_the_file(proposed):
    for kind in ("german", "dicom", "classes"):
        text = proposed(kind)[1].read_text(encoding="utf-8")
        assert not any(cell in text for cell in ("P00001", "aufnahme_0", "SCAN", "person1"))


def test_the_table_of_folder_names_is_private(proposed):
    _, path = proposed("classes")
    table = path.with_name("classes_images.csv")
    lines = table.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "path,label,fold" and len(lines) == 31
    assert lines[1] == "test/NORMAL/person12_bacteria_25.jpeg,NORMAL,test"
    assert os.name != "posix" or table.stat().st_mode & 0o777 == 0o600


def test_a_table_beside_the_images(tmp_path):
    folder = folders.write_german(tmp_path / "in")
    table = tmp_path / "elsewhere" / "Befunde.csv"
    table.parent.mkdir()
    (folder / "Befunde.csv").rename(table)
    found = propose(table, tmp_path / "x.yaml", images=folder / "Bilder", device=lambda: DEVICE)
    assert found.problem == "" and found.values["data"]["options"]["csv"] == str(table)
    assert found.values["data"]["root"] == str(folder / "Bilder") and found.fit.histogram.images == 60


def test_odd_names_of_folders_and_columns(tmp_path):
    folder = folders.write_german(tmp_path / "a ${HOME} #b: c", encoding="utf-8")
    table = folder / "Befunde.csv"
    text = (
        table.read_text(encoding="utf-8")
        .replace("Patientennummer", "Patient\u200b: #1")
        .replace("Erguss", "Er\u202eguss")
    )
    table.write_text(text, encoding="utf-8")
    found = propose(folder, tmp_path / "x.yaml", device=lambda: DEVICE)
    assert found.problem == "" and not hidden_characters(found.text.replace("\n", ""))
    write_proposal(found, tmp_path / "x.yaml")
    settings = load_experiment(tmp_path / "x.yaml")
    assert settings.data.root == str(folder) and settings.data.options["patient_column"] == "Patient\u200b: #1"
    assert settings.data.options["label_columns"] == FINDINGS[1:]
    assert "'Er\\u202eguss' has hidden characters in its name" in found.text


def test_several_tables(tmp_path):
    folder = folders.write_german(tmp_path / "in")
    (folder / "second.csv").write_bytes((folder / "Befunde.csv").read_bytes())
    with pytest.raises(DataError, match=r"several tables list images with labels: Befunde.csv, second.csv; name one"):
        propose(folder, tmp_path / "x.yaml", device=lambda: DEVICE)
    found = propose(folder, tmp_path / "x.yaml", table="second.csv", device=lambda: DEVICE)
    assert found.values["data"]["options"]["csv"] == "second.csv"
    with pytest.raises(ConfigError, match="no such table; there are: Befunde.csv, second.csv"):
        propose(folder, tmp_path / "x.yaml", table="third.csv", device=lambda: DEVICE)


def test_too_few_patients_are_said(tmp_path):
    found = propose(folders.write_german(tmp_path / "in", patients=2), tmp_path / "x.yaml", device=lambda: DEVICE)
    assert "2 patients" in found.problem and "data:" in found.text


def test_images_that_cannot_be_read_are_said(tmp_path):
    folder = folders.write_german(tmp_path / "in")
    for path in (folder / "Bilder").iterdir():
        path.write_bytes(b"no image")
    found = propose(folder, tmp_path / "x.yaml", device=lambda: DEVICE)
    assert "none of the images that were looked at can be read" in found.problem


def test_missing_images(tmp_path):
    folder = folders.write_german(tmp_path / "in")
    for number in range(6):
        (folder / "Bilder" / f"aufnahme_{number:04d}.png").unlink()
    found = propose(folder, tmp_path / "x.yaml", device=lambda: DEVICE)
    assert found.values["data"]["max_unreadable"] == 0.12 and found.problem == "" and len(found.trial.sizes) == 12
    assert "6 of 60 rows name an image that is not there" in found.text
    folder = folders.write_nih(tmp_path / "nih")
    shutil.rmtree(folder / "images_001")
    found = propose(folder, tmp_path / "y.yaml", device=lambda: DEVICE)
    assert found.values["data"]["max_unreadable"] == 0.52 and found.problem == ""
    assert "30 of the listed images are not there" in found.text


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "has no PNG, JPEG, TIFF or DICOM images and no table"),
        (lambda folder: folders.write_png(folder / "a.png"), "no table of them"),
        (lambda folder: (folder / "x.npz").write_bytes(b"PK"), "none of MedMNIST's"),
    ],
)
def test_nothing_to_propose(tmp_path, make, message):
    folder = tmp_path / "in"
    folder.mkdir()
    make(folder)
    with pytest.raises(DataError, match=message):
        propose(folder, tmp_path / "x.yaml", device=lambda: DEVICE)
    with pytest.raises(ConfigError, match="no such folder or file"):
        propose(Path(tmp_path / "absent"), tmp_path / "x.yaml")


def test_a_machine_without_the_published_weights(tmp_path, monkeypatch):
    """`medgan-tf run` goes through without a download; with the weights the paper's classifier is kept."""
    folders.write_german(tmp_path / "lungs")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    found = propose(tmp_path / "lungs", tmp_path / "a.yaml", device=lambda: DEVICE)
    write_proposal(found, tmp_path / "a.yaml")
    settings = load_experiment(tmp_path / "a.yaml")
    assert (settings.classifier.weights, settings.classifier.batch_norm_momentum) == ("none", 0.9)
    assert settings.classifier.image_size == max(32, settings.data.resolution)
    assert settings.evaluation.fid.extractor == "classifier"
    (tmp_path / "keras" / "models").mkdir(parents=True)
    (tmp_path / "keras" / "models" / "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5").touch()
    values = propose(tmp_path / "lungs", tmp_path / "b.yaml", device=lambda: DEVICE).values
    assert "classifier" not in values and "evaluation" not in values
