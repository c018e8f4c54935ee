"""The dataset that the training tests share."""

import pytest
from shapes_dataset import write_shapes


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    return write_shapes(tmp_path_factory.mktemp("shapes") / "dataset")
