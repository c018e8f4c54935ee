"""Tests of the detector of burned-in text, on chests and heads with what is drawn into them."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from burned_in import with_marker, with_text

from medgan_tf.data.looks.text import find_text
from medgan_tf.phantom.chest_anatomy import draw_anatomy
from medgan_tf.phantom.chest_findings import draw_combination, draw_study
from medgan_tf.phantom.chest_rendering import render_frontal
from medgan_tf.phantom.chest_view import draw_view
from medgan_tf.phantom.head_series import draw_series, render_series

_SEED = 14  # the detector was made on others


def _chest(number: int) -> np.ndarray:
    rng = np.random.default_rng([_SEED, 0, number])
    person, study = draw_anatomy(rng), draw_study(rng, draw_combination(rng))
    view = replace(draw_view(rng, True, bool(rng.random() < 0.45), 200, 244), marker=None)
    return render_frontal(person, view, study.severity, rng)


def _head(number: int) -> np.ndarray:
    rng = np.random.default_rng([_SEED, 1, number])
    patient, plan, levels = draw_series(rng, 224)
    one = render_series(rng, patient, plan, levels[:1])[0].hounsfield.astype(np.float32)
    return np.clip(one / 80 * 255, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def pictures() -> list[np.ndarray]:
    """120 chests with devices and findings and 80 heads, half of them mirrored, all without text and marker."""
    drawn = [*map(_chest, range(60)), *map(_head, range(40))]
    return drawn + [np.ascontiguousarray(image[:, ::-1]) for image in drawn]


def _meets(box, boxes) -> bool:
    left, top, width, height = box
    return any(
        min(left + width, x + w) > max(left, x) and min(top + height, y + h) > max(top, y) for x, y, w, h in boxes
    )


def test_text_is_found_where_it_is_and_nowhere_else(pictures):
    drawn = [with_text(image, np.random.default_rng([_SEED, 2, n])) for n, image in enumerate(pictures)]
    found = [find_text(one.image) for one in drawn]
    at_its_place = sum(f.kind == "text" and _meets(d.box, f.boxes) for f, d in zip(found, drawn, strict=True))
    assert at_its_place >= 0.95 * 200
    assert sum(find_text(image).kind == "text" for image in pictures) <= 0.02 * 200


def test_side_markers_are_counted_apart(pictures):
    drawn = [with_marker(image, np.random.default_rng([_SEED, 3, n])) for n, image in enumerate(pictures)]
    kinds = [find_text(one.image).kind for one in drawn]
    assert kinds.count("marker") >= 0.9 * 200
    assert kinds.count("text") <= 0.02 * 200
    assert sum(find_text(image).kind == "marker" for image in pictures) <= 0.06 * 200


def test_a_large_picture_is_shrunk_and_its_boxes_are_not():
    picture = np.zeros((1500, 1800), np.uint8)
    cv2.putText(picture, "MEIER 1961", (60, 1400), cv2.FONT_HERSHEY_SIMPLEX, 2.5, 255, 5, cv2.LINE_AA)
    found = find_text(picture)
    assert found.kind == "text"
    assert found.boxes[0][0] == pytest.approx(60, abs=15)
    assert found.boxes[0][1] + found.boxes[0][3] == pytest.approx(1400, abs=15)


def test_dark_letters_on_white():
    picture = np.full((256, 256), 230, np.uint8)
    cv2.putText(picture, "MEIER", (20, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.6, 10, 1)
    assert find_text(picture).kind == "text"


@pytest.mark.parametrize("picture", [np.zeros((8, 8), np.uint8), np.zeros((300, 1), np.uint8)], ids=["small", "thin"])
def test_nothing_is_found_in_what_is_too_small(picture):
    assert find_text(picture).kind == "none"


def test_a_wire_and_a_frame_are_no_text():
    picture = np.zeros((256, 256), np.uint8)
    cv2.line(picture, (0, 20), (255, 40), 255, 2)
    cv2.rectangle(picture, (5, 5), (250, 250), 255, 1)
    assert find_text(picture).kind == "none"
