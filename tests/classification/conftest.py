"""DenseNet-121 replaced by a small network, and one dataset for all tests of the classifier."""

import pytest
from tiny_classifier import tiny_backbone, write_drawings

from medgan_tf.classification import network


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setattr(network, "build_backbone", tiny_backbone)


@pytest.fixture(scope="session")
def drawings(tmp_path_factory):
    return write_drawings(tmp_path_factory.mktemp("drawings") / "dataset")
