"""Result files lose what identifies, and nothing else; and they say what they lost."""

from result_files import gap, occlusion, privacy, verdict

from medgan_tf.release.contents.scrubbed import LEFT_OUT, MASK, scrubbed
from medgan_tf.release.leaks import Needles

PATIENT, IMAGE = "3f9ac01b7d52e4", "77aa0123456789"
NEEDLES = Needles([(PATIENT, "patient"), (IMAGE, "image")])


def clean(values):
    return scrubbed(values, lambda text: NEEDLES.masked(text, MASK))


def test_rows_about_patients_and_images_are_left_out():
    values = privacy()
    found = clean(values)
    assert found.pop(LEFT_OUT) == ["/copies/list: 1"]
    assert found["copies"] == {"list": []}
    assert found == values | {"copies": {"list": []}}
    assert clean(occlusion())["images"] == [] and clean(gap()) == gap()


def test_a_sentence_keeps_its_other_words():
    words = f"5 of 9 are real images: image 1 is of patient {PATIENT}, and 4 more"
    values = {"verdicts": [verdict("identical", words=words)]}
    found = clean(values)
    assert found["verdicts"][0]["words"] == "5 of 9 are real images: image 1 is of patient (left out), and 4 more"
    assert len(found["verdicts"]) == 1 and LEFT_OUT not in found


def test_values_and_keys():
    values = {
        "of": {PATIENT: 3, "others": 4},
        "worst": IMAGE,
        "list": ["a", PATIENT, {"who": PATIENT, "score": 1}, {"score": 2}],
        "image_ids": [IMAGE],
        "image_id": "not known to be one",
    }
    assert clean(values) == {
        "of": {"others": 4},
        "list": ["a", {"score": 2}],
        LEFT_OUT: ["/image_id: 1", "/image_ids: 1", "/list: 2", "/of/*: 1", "/worst: 1"],
    }


def test_folders():
    values = {
        "settings": {"weights": "/srv/anna/weights.h5", "extractor": "classifier", "limit": 0.5},
        "notes": [
            "see /data/hospital/run1/log.txt and D:\\data\\anna\\x",
            "https://a.example/b/c",
            "1/2 and/or 3 / 4 / 5",
        ],
    }
    assert clean(values) == {
        "settings": {"extractor": "classifier", "limit": 0.5},
        "notes": ["see (left out) and (left out)", "https://a.example/b/c", "1/2 and/or 3 / 4 / 5"],
        LEFT_OUT: ["/settings/weights: 1"],
    }


def test_readers_are_numbered():
    values = {
        "readers": [{"reader": "Dr. Berg", "right": 4}, {"reader": "anna", "right": 5}],
        "pairs": {"anna": {"kappa": 0.5}},
        "notes": ["left out: anna and Dr. Berg; annals"],
        "computed_from": [{"file": "answers-anna.json", "sha256": "ab"}],
    }
    assert clean(values) == {
        "readers": [{"reader": "reader 1", "right": 4}, {"reader": "reader 2", "right": 5}],
        "pairs": {"reader 2": {"kappa": 0.5}},
        "notes": ["left out: reader 2 and reader 1; annals"],
        "computed_from": [],
        LEFT_OUT: ["/computed_from: 1"],
    }
