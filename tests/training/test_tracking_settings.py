"""Where MLflow may be told to write: a folder or a server, and no password in a file."""

import pytest
from pydantic import ValidationError

from medgan_tf.training.settings import TrainingConfig, is_server


@pytest.mark.parametrize(
    ("place", "server"),
    [
        (None, None),
        ("runs/mlflow", False),
        ("/data/ml flow", False),
        ("https://mlflow.example.org", True),
        ("http://10.0.0.5:5000/mlflow", True),
    ],
)
def test_places(place, server):
    settings = TrainingConfig(tracking="mlflow", tracking_uri=place)
    assert settings.tracking_uri == place
    assert place is None or is_server(place) is server


@pytest.mark.parametrize(
    "place",
    [
        "",
        " ",
        "file:/data",
        "file:///data",
        "sqlite:///x.db",
        "databricks://x",
        "https://",
        "https://x/?token=1",
        "http://[x",
    ],
)
def test_other_places_are_refused(place):
    with pytest.raises(
        ValidationError, match="expected a folder or an address such as https://mlflow.example.org; rec"
    ):
        TrainingConfig(tracking_uri=place)


@pytest.mark.parametrize("place", ["https://anna:hunter2@mlflow.example.org", "ftp://hunter2@x", "https://hunter2@x/y"])
def test_a_password_is_refused_and_not_repeated(place):
    with pytest.raises(ValidationError) as caught:
        TrainingConfig(tracking_uri=place)
    assert "MLFLOW_TRACKING_PASSWORD" in caught.value.errors()[0]["msg"]
    assert "hunter2" not in caught.value.errors()[0]["msg"]


def test_it_is_off_by_default():
    assert (TrainingConfig().tracking, TrainingConfig().tracking_uri) == ("none", None)
    with pytest.raises(ValidationError, match="'none' or 'mlflow'"):
        TrainingConfig(tracking="wandb")
