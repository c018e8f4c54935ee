"""predictions.csv: exact round trip and refusals."""

import numpy as np
import pytest

from medgan_tf.classification.predictions import Predictions, read_predictions, write_predictions
from medgan_tf.errors import DataError

PREDICTIONS = Predictions(
    ("Square", "Disc"),
    np.array(["a1", "b2"]),
    np.array(["p1", ""]),
    np.array([[1.0, 0.0], [0.0, 1.0]]),
    np.float32([[0.1, 1 / 3], [1e-8, 0.99999994]]).astype(np.float64),
)


def test_round_trip_keeps_every_float32(tmp_path):
    write_predictions(tmp_path / "predictions.csv", PREDICTIONS)
    read = read_predictions(tmp_path / "predictions.csv")
    assert read.label_names == PREDICTIONS.label_names
    for name in ("image_ids", "patients", "truth"):
        np.testing.assert_array_equal(getattr(read, name), getattr(PREDICTIONS, name))
    np.testing.assert_array_equal(read.scores.astype(np.float32), PREDICTIONS.scores.astype(np.float32))
    first = (tmp_path / "predictions.csv").read_text().splitlines()[:2]
    assert first == ["image_id,patient,label,score,truth", "a1,p1,Square,0.100000001,1"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected the columns"),
        ("image,score\n", "expected the columns"),
        ("image_id,patient,label,score,truth\n", "damaged"),
        ("image_id,patient,label,score,truth\na,p,X,zero,1\n", "damaged"),
        ("image_id,patient,label,score,truth\na,p,X,nan,1\n", "finite"),
        ("image_id,patient,label,score,truth\na,p,X,0.1,2\n", "truths of 0 and 1"),
        ("image_id,patient,label,score,truth\na,p,X,0.1,1\na,p,Y,0.1,1\nb,p,X,0.2,0\n", "one row for each label"),
    ],
)
def test_other_tables_are_refused(tmp_path, text, message):
    (tmp_path / "predictions.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        read_predictions(tmp_path / "predictions.csv")


def test_missing_file_names_the_command(tmp_path):
    with pytest.raises(DataError, match="medgan-tf classify"):
        read_predictions(tmp_path / "predictions.csv")
