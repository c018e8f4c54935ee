"""The folder for the readers and the key: complete, reproducible, and blind."""

import hashlib
import json
import re
import stat

import numpy as np
import pytest
from pydantic import ValidationError
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from study_parts import SECRET, make_study, pool

from medgan_tf.data.images import read_grey
from medgan_tf.data.pseudonyms import Pseudonyms
from medgan_tf.data.records.image_coding import encode_image
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.evidence.readers.settings import ReaderStudyConfig
from medgan_tf.evidence.readers.study.create import create_study
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.evidence.readers.study.page_folder import read_settings


def test_images_in_the_folder_are_those_of_the_pools(tmp_path):
    study = make_study(tmp_path, repeats=4, repeat_distance=3)
    pools = {"real": pool("real", 20), "synthetic": pool("synthetic", 20)}
    for image in study.key.images:
        row = pools[image.truth].origins.index(image.origin)
        np.testing.assert_array_equal(
            read_grey(str(study.page / "images" / f"{image.image}.png")), pools[image.truth].images[row]
        )
        assert pools[image.truth].combinations[row] == image.combination
    first = [image for image in study.key.images if image.repeat_of is None]
    assert [sum(image.truth == kind for image in first) for kind in ("real", "synthetic")] == [10, 10]
    again = [image for image in study.key.images if image.repeat_of]
    assert [sum(image.truth == kind for image in again) for kind in ("real", "synthetic")] == [2, 2]


def test_key_and_page_carry_each_others_hashes(tmp_path):
    study = make_study(tmp_path)
    settings = read_settings(study.page)
    key = KeyFile(study.key_file)
    digest = hashlib.sha256(study.key_file.read_bytes()).hexdigest()
    assert settings["key_sha256"] == key.sha256 == study.key_sha256 == digest
    assert settings["set_sha256"] == key.key.set_sha256
    assert stat.S_IMODE(study.key_file.stat().st_mode) == 0o600


def test_page_does_not_know_the_key(tmp_path):
    study = make_study(tmp_path, readers=3)
    settings = read_settings(study.page)
    assert set(settings) == {
        "format_version",
        "study",
        "key_sha256",
        "set_sha256",
        "title",
        "instructions",
        "confidence",
        "smooth",
        "images",
        "orders",
    }
    assert settings["images"] == sorted(settings["images"])
    text = (study.page / "study.js").read_text()
    assert not any(image.origin in text for image in study.key.images) and study.key.nonce not in text
    assert not list(study.page.rglob("key*"))


def test_same_seed_and_secret_give_the_same_study(tmp_path):
    def made(name, **options):
        (tmp_path / name).mkdir()
        study = make_study(tmp_path / name, **options)
        return study.key_file.read_bytes(), (study.page / "study.js").read_bytes()

    assert made("a") == made("b")
    key, page = made("c", readers=4)
    # More readers later: the same images, names and key, so answers that are there stay valid.
    assert key == made("d")[0] and page != made("e")[1]
    assert made("f", seed=6)[0] != key


def test_secret_decides_names_and_orders(tmp_path):
    """Who knows the seed and the code but not the secret cannot recompute which name is which."""
    (tmp_path / "a").mkdir()
    make_study(tmp_path / "a")
    other = create_study(
        ReaderStudyConfig(images=20),
        pool("real", 20),
        pool("synthetic", 20),
        tmp_path / "b",
        tmp_path / "b.json",
        name="shapes",
        seed=5,
        secret=Pseudonyms(bytes(32)),
    )
    names = {image.image for image in other.key.images}
    assert not names & {image.image for image in KeyFile(tmp_path / "a" / "key.json").key.images}


def test_orders_of_readers(tmp_path):
    study = make_study(tmp_path, readers=3, repeats=5, repeat_distance=6)
    orders = read_settings(study.page)["orders"]
    assert list(orders) == ["R01", "R02", "R03"]
    assert len({tuple(order) for order in orders.values()}) == 3
    for order in orders.values():
        assert sorted(order) == sorted(study.key.truth)
        assert all(order.index(second) - order.index(first) >= 6 for second, first in study.key.repeats.items())


def features(study, files):
    """What can be seen of each image without looking at it: size, date, header, trailer, name, place in the order."""
    order = read_settings(study.page)["orders"]["*"]
    rows, truth = [], []
    for image in study.key.images:
        data, path = files(image), study.page / "images" / f"{image.image}.png"
        head = np.frombuffer(data[:52], np.uint8)
        tail = np.frombuffer(data[-12:], np.uint8)
        letters = np.frombuffer(image.image.encode(), np.uint8)
        facts = [len(data), path.stat().st_mtime, order.index(image.image), path.stat().st_ino]
        rows.append(np.concatenate([facts, head[:45], tail, letters]))
        truth.append(image.truth == "synthetic")
    return np.array(rows, float), np.array(truth)


def guessed(rows, truth):
    forest = RandomForestClassifier(60, min_samples_leaf=3, random_state=0)
    return roc_auc_score(truth, cross_val_predict(forest, rows, truth, cv=10, method="predict_proba")[:, 1])


def test_files_do_not_tell_real_from_synthetic(tmp_path):
    """A forest on names, sizes, dates, headers and order guesses: 95 % of areas by chance with 200 and 200 images lie
    within 0.5 +- 0.057. Real images are noise here and synthetic ones smooth, so traces of compression would show."""
    study = make_study(tmp_path, images=400)
    rows, truth = features(study, lambda image: (study.page / "images" / f"{image.image}.png").read_bytes())
    assert abs(guessed(rows, truth) - 0.5) < 0.057
    sizes = {path.stat().st_size for path in (study.page / "images").iterdir()}
    assert len(sizes) == 1
    assert {path.stat().st_mtime for path in study.page.rglob("*")} == {946_684_800}


def test_compressed_files_would_tell(tmp_path):
    """The same forest on the files as datasets hold them: it is able to find what is hidden above."""
    study = make_study(tmp_path, images=100)
    pools = {"real": pool("real", 100), "synthetic": pool("synthetic", 100)}

    def compressed(image):
        images = pools[image.truth]
        return encode_image(images.images[images.origins.index(image.origin)], "png")

    assert guessed(*features(study, compressed)) > 0.99


def test_truth_is_no_function_of_the_order(tmp_path):
    """Runs of the same kind along the order: as many as in a random order (mean 201, standard deviation 10)."""
    study = make_study(tmp_path, images=400)
    truth = [study.key.truth[image] for image in read_settings(study.page)["orders"]["*"]]
    assert abs(1 + sum(a != b for a, b in zip(truth, truth[1:], strict=False)) - 201) < 30


def test_older_studies_are_not_overwritten_by_accident(tmp_path):
    study = make_study(tmp_path)
    with pytest.raises(DataError, match="already exists, and answers to it can be scored only with its key"):
        make_study(tmp_path)
    arguments = (ReaderStudyConfig(images=10), pool("real", 20), pool("synthetic", 20), study.page, study.key_file)
    replaced = create_study(*arguments, name="shapes", seed=1, secret=SECRET, replace=True)
    assert len(replaced.key.images) == len(list((study.page / "images").iterdir())) == 10
    (study.page / "letter.txt").write_text("mine")
    with pytest.raises(DataError, match="letter.txt does not belong to the page of a study"):
        create_study(*arguments, name="shapes", seed=2, secret=SECRET, replace=True)
    assert (study.page / "index.html").is_file() and KeyFile(study.key_file).sha256 == replaced.key_sha256


def test_places_that_cannot_be(tmp_path):
    arguments = (ReaderStudyConfig(images=10), pool("real", 20), pool("synthetic", 20))
    with pytest.raises(ConfigError, match="the key must lie outside the folder for the readers"):
        create_study(*arguments, tmp_path / "a", tmp_path / "a" / "key.json", name="x", seed=1, secret=SECRET)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="exists and is not a reader study; choose another folder with --out"):
        create_study(*arguments, tmp_path / "other", tmp_path / "key.json", name="x", seed=1, secret=SECRET)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot write .*: Not a directory"):
        create_study(*arguments, tmp_path / "file" / "a", tmp_path / "key.json", name="x", seed=1, secret=SECRET)
    with pytest.raises(DataError, match="cannot write .*key.json: File exists"):
        create_study(*arguments, tmp_path / "b", tmp_path / "file" / "key.json", name="x", seed=1, secret=SECRET)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda text: "{", "is not a key: expected JSON as"),
        (lambda text: "[]", "is not a key: expected JSON as"),
        (
            lambda text: text.replace('"truth": "real"', '"truth": "true"', 1),
            "images.*truth: Input should be 'real'",
        ),
        (lambda text: re.sub(r'"image": "\w+"', '"image": "aaaaaaaaaaaa"', text), "an image is listed twice"),
        (lambda text: text.replace('"study"', '"name"', 1), "is not a key: study: Field required"),
    ],
)
def test_damaged_keys(tmp_path, change, message):
    study = make_study(tmp_path)
    study.key_file.write_text(change(study.key_file.read_text()))
    with pytest.raises(DataError, match=message):
        KeyFile(study.key_file)
    with pytest.raises(DataError, match="no key in .*; `medgan-tf reader-study create` writes it"):
        KeyFile(tmp_path / "none.json")


def test_damaged_folders(tmp_path):
    study = make_study(tmp_path)
    image = next((study.page / "images").iterdir())
    image.write_bytes(image.read_bytes()[:-1] + b"x")
    with pytest.raises(DataError, match="the images are not those of the study; copy the folder again"):
        read_settings(study.page)
    image.unlink()
    with pytest.raises(DataError, match="cannot be read: No such file or directory; copy the folder again"):
        read_settings(study.page)
    (study.page / "study.js").write_text("window.STUDY = {};")
    with pytest.raises(DataError, match="study.js is damaged; create the study again"):
        read_settings(study.page)
    with pytest.raises(DataError, match="no reader study in .*: expected study.js"):
        read_settings(tmp_path)


def test_settings_that_cannot_be():
    with pytest.raises(ValidationError, match="repeats must be at most images - repeat_distance = 10"):
        ReaderStudyConfig(images=20, repeats=11)
    assert ReaderStudyConfig().real_images == 50
    assert ReaderStudyConfig(images=10, real_share=0.01).real_images == 1
    assert ReaderStudyConfig(images=10, real_share=0.99).real_images == 9


def test_text_of_the_page_is_configurable_and_cannot_break_out(tmp_path):
    study = make_study(tmp_path, title="Étude </script>", instructions="Erste Zeile\n\nZweite <b>Zeile</b>")
    settings = read_settings(study.page)
    assert settings["title"] == "Étude </script>"
    assert settings["instructions"] == ["Erste Zeile", "Zweite <b>Zeile</b>"]
    # In a file of its own, so that no text can end the script; and set as text, never as HTML.
    pages = [path.read_text() for path in study.page.glob("*.js")]
    assert not any("innerHTML" in text or "insertAdjacent" in text or "document.write" in text for text in pages)
    assert json.dumps("Étude </script>") in (study.page / "study.js").read_text()


def test_page_loads_nothing_from_elsewhere(tmp_path):
    study = make_study(tmp_path)
    for path in study.page.iterdir():
        if path.is_file():
            text = path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert not re.search(r"https?://|//cdn|@import|\bimport\s*\(", text), path.name
    policy = re.search(
        r'http-equiv="Content-Security-Policy" content="([^"]*)"', (study.page / "index.html").read_text()
    )
    assert policy[1].startswith("default-src 'none'; script-src 'self' file:;")
