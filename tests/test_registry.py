"""Parts of another package take part like our own, by nothing but its entry points."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from toy_package import write_package

from medgan_tf import registry
from medgan_tf.config.loading import load_experiment
from medgan_tf.data.prepare import prepared_dataset
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import ConfigError, DataError
from medgan_tf.registry import SOURCES

SETTINGS = '''
    """Options of the source `stripes`: images that the source draws itself."""
    from medgan_tf.config.section import Section, incidental

    class Options(Section):
        patients: int = 20
        """Number of patients, with one image each."""
        level: int = 10
        """Grey level of the images of the first patient, 0 to 255."""
        note: str = incidental("")
        """Printed nowhere."""
'''

SOURCE = '''
    """The source `stripes`."""
    import numpy as np
    import pandas as pd
    from medgan_tf.data.tables.table import LabelState, Source, SourceTable
    from medgan_tf.registry import SOURCES

    @SOURCES.register("stripes")
    class StripesSource(Source):
        def __init__(self, root, options):
            self.root, self.options = root, options

        def read_table(self):
            numbers = range(self.options.patients)
            frame = pd.DataFrame({
                "image_id": [f"image{n}" for n in numbers],
                "path": [str(n) for n in numbers],
                "patient_id": [f"patient{n}" for n in numbers],
                "even": [LabelState.POSITIVE if n % 2 == 0 else LabelState.NEGATIVE for n in numbers],
                "odd": [LabelState.POSITIVE if n % 2 else LabelState.NEGATIVE for n in numbers],
            })
            return SourceTable(frame, ("even", "odd"), {"images drawn": len(frame)})

        def read_image(self, path):
            image = np.full((32, 32), self.options.level + int(path), np.uint8)
            image[:8] = 255
            return image
'''

EXTRACTOR = '''
    """The extractor `brightness`."""
    import tensorflow as tf
    from medgan_tf.features.extractor import Extractor, ExtractorDescription
    from medgan_tf.registry import EXTRACTORS

    @EXTRACTORS.register("brightness")
    def brightness(request):
        card = ExtractorDescription("brightness", 2, "1 channel", "none", "0" * 64, comparable=False)
        return Extractor(card, lambda images: tf.stack(
            [tf.reduce_mean(tf.cast(images, tf.float32), [1, 2, 3]),
             tf.reduce_max(tf.cast(images, tf.float32), [1, 2, 3])], axis=1))
'''

EXPERIMENT = """
name: drawn
data:
  source: stripes
  root: nowhere
  options: {patients: 24, level: 100}
  dataset_dir: dataset
  private_dir: private
  resolution: 16
  min_count: 0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder to work in, with an experiment, and the package beside it."""
    installed, work = tmp_path_factory.mktemp("installed"), tmp_path_factory.mktemp("work")
    files = {"stripes/settings.py": SETTINGS, "stripes/source.py": SOURCE, "brightness.py": EXTRACTOR}
    groups = {
        "medgan_tf.sources": {"stripes": "other_hospital.stripes"},
        "medgan_tf.extractors": {"brightness": "other_hospital.brightness"},
    }
    write_package(installed, "other_hospital", files, groups)
    (work / "x.yaml").write_text(EXPERIMENT)
    return work, {**os.environ, "PYTHONPATH": os.pathsep.join([str(installed), *filter(None, sys.path)])}


def call(folder, *arguments):
    work, environment = folder
    return subprocess.run([sys.executable, *arguments], cwd=work, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def dataset(folder):
    """What `medgan-tf prepare` makes of the experiment."""
    done = call(folder, "-m", "medgan_tf", "prepare", "x.yaml", "--json")
    assert done.returncode == 0, done.stderr
    return DatasetFolder(folder[0] / "dataset")


def test_a_source_of_another_package_is_prepared_with_its_options(dataset):
    manifest = dataset.manifest
    assert (manifest.source, manifest.source_options) == ("stripes", {"patients": 24, "level": 100})
    assert sum(manifest.images.values()) == manifest.source_counts["images drawn"] == 24
    assert dataset.label_names == ("even", "odd")
    greys = {fold: dataset.read_fold(fold).images[:, 12, 12, 0] for fold in ("train", "valid", "test")}
    assert sorted(np.concatenate(list(greys.values()))) == list(range(100, 124))
    labels = dataset.read_fold("train").labels
    np.testing.assert_array_equal(labels[:, 0], greys["train"] % 2 == 0)


def test_its_options_are_checked_and_compared(folder, dataset, monkeypatch):
    monkeypatch.syspath_prepend(folder[1]["PYTHONPATH"].split(os.pathsep)[0])
    monkeypatch.chdir(folder[0])
    same = prepared_dataset(load_experiment("x.yaml", ["data.options.note=other"]))
    assert same.manifest == dataset.manifest
    with pytest.raises(DataError, match="data.options.level was 100, now 3; replace it with --restart"):
        prepared_dataset(load_experiment("x.yaml", ["data.options.level=3"]))
    with pytest.raises(ConfigError, match="data.options.levle: unknown key; the nearest valid key is data.options.lev"):
        load_experiment("x.yaml", ["data.options.levle=3"])


def test_an_extractor_of_another_package_is_loaded(folder):
    code = """
import json, sys
import numpy as np
from medgan_tf.registry import EXTRACTORS
assert "tensorflow" not in sys.modules, "names are listed without importing"
names = EXTRACTORS.names()
from medgan_tf.features.load import load_extractor
images = np.zeros((2, 4, 4, 1), np.uint8)
images[1, 0, 0] = 32
extractor = load_extractor("brightness")
print(json.dumps([names, extractor.features(images).tolist(), extractor.describe()["name"]]))
"""
    done = call(folder, "-c", code)
    assert done.returncode == 0, done.stderr
    names, features, name = json.loads(done.stdout)
    assert names == ["brightness", "classifier", "inception", "inception_2015", "pixels", "radiology", "random"]
    assert features == [[0, 0], [2, 32]] and name == "brightness"


def test_a_name_of_our_own_cannot_be_taken(tmp_path, monkeypatch):
    files, points = {"fake/settings.py": "FAKE = True\n"}, {"medgan_tf.sources": {"rsna": "fake_parts.fake"}}
    monkeypatch.syspath_prepend(write_package(tmp_path, "fake_parts", files, points))
    assert SOURCES.settings("rsna").__name__ == "medgan_tf.data.sources.rsna.settings"
    assert SOURCES.names().count("rsna") == 1 and Path(SOURCES.settings("rsna").__file__).name == "settings.py"


def test_what_is_installed_is_looked_through_once_for_each_path(monkeypatch):
    """Every config that is read asks for names, and the metadata of all packages take a hundredth of a second."""
    asked = []
    original = registry.entry_points
    monkeypatch.setattr(registry, "entry_points", lambda **group: asked.append(group) or original(**group))
    monkeypatch.syspath_prepend("nowhere")
    assert SOURCES.names() == SOURCES.names() and "rsna" in SOURCES.names()
    assert asked == [{"group": "medgan_tf.sources"}]
