"""What the greys of an experiment stand for."""

import pytest

from medgan_tf.config.schema import Experiment
from medgan_tf.data.dicom.settings import Window
from medgan_tf.errors import ConfigError
from medgan_tf.synthesis.dicom.values import shown_values


def experiment(source, form="secondary_capture", **options):
    data = {"source": source, "root": "raw", "dataset_dir": "dataset", "options": options}
    return Experiment.model_validate({"name": "x", "data": data, "generate": {"dicom_form": form}})


def test_a_source_of_ct_knows_its_window_in_hu():
    assert shown_values(experiment("rsna")) == (Window(center=40, width=80), "HU")
    assert shown_values(experiment("rsna", window={"center": 75, "width": 215}))[0] == Window(center=75, width=215)


def test_other_sources_have_none_or_no_unit():
    assert shown_values(experiment("chexpert")) == (None, "US")
    with pytest.raises(ConfigError, match="ct needs values in HU"):
        shown_values(experiment("chexpert", "ct"))
