"""What every test may rely on: a home folder of its own, fixed seeds, and two CPU devices where TensorFlow is used."""

import gc
import os
import random
import signal
import sys
from collections import Counter
from pathlib import Path

# Before anything imports numpy. Tests run side by side, and threads of small products wait for each other: with one,
# the tests of metrics and simulations take three quarters of the time on two cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import pytest  # noqa: E402

from medgan_tf.startup import use_onednn  # noqa: E402

# Before anything imports TensorFlow; set it to 0 to see everything.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# As the commands do.
use_onednn()

# Tests send SIGINT, also to processes they start; a run in the background of a script inherits that it is ignored.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

from medgan_tf.console.group import tools_package  # noqa: E402

# So that `medgan_tf.tools` can be imported from a checkout that is not installed.
tools_package()


def _split_cpu():
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    if len(tf.config.get_logical_device_configuration(cpu) or ()) != 2:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)


# Files that take longer than ten seconds or so, the longest first. They begin first, so that no worker is left alone
# with one at the end. The others come in the order of their number of tests.
LONG = (
    "gans/test_every_architecture.py",
    "test_version_before.py",
    "test_notebooks.py",
    "gans/private/test_step.py",
    "gans/private/test_sabotage.py",
    "console/test_text_output.py",
    "features/extractors/test_radiology.py",
    "evidence/readers/study/test_served_page.py",
    "tools/test_run_command.py",
    "gans/private/test_halves.py",
    "training/private/test_private_loop.py",
    "training/devices/test_workers.py",
    "data/test_prepare.py",
    "reporting/test_damaged_results.py",
    "training/test_growth.py",
    "test_portable.py",
    "gans/architectures/biggan/test_networks.py",
    "saved_models/test_identity.py",
    "training/test_architectures.py",
    "evidence/importance/test_occluder.py",
    "machine/test_doctor.py",
    "evidence/fidelity/test_job.py",
    "tools/test_release_command.py",
    "fuzzing/test_fuzzing.py",
    "evidence/neighbours/test_neighbours_job.py",
    "evidence/readers/study/test_page_folder.py",
    "training/test_kills.py",
    "workflow/test_killed_evidence.py",
    "test_registry.py",
    "evidence/privacy/identity/test_answer.py",
    "machine/test_operations.py",
    "workflow/test_three_strangers.py",
    "training/test_export.py",
    "gans/private/embedding/test_training.py",
    "gans/test_serialisation.py",
    "data/test_refresh.py",
    "simulations/test_fidelity.py",
    "evidence/importance/test_occlusion_job.py",
    "machine/test_loop_benchmark.py",
    "training/private/test_sabotage.py",
    "data/test_spoilers.py",
    "training/test_checkpoints.py",
    "saved_models/test_bounded_parsing.py",
    "evidence/privacy/identity/test_network.py",
    "gans/test_gan.py",
    "evidence/privacy/test_audit.py",
    "workflow/test_imported_as_a_stranger.py",
    "reporting/test_toy_room_report.py",
    "gans/test_optimisation.py",
    "training/private/test_embedding.py",
    "test_docs.py",
    "machine/test_classifier_benchmark.py",
    "machine/test_plan.py",
    "training/private/test_private_kills.py",
    "tools/test_prepare_command.py",
    "training/callbacks/test_fid.py",
    "proposal/test_propose.py",
    "saved_models/test_inspection.py",
    "evidence/utility/arms/test_inputs.py",
    "evidence/utility/test_classify.py",
    "data/folds/test_paper_folds.py",
    "evidence/privacy/rejection/test_detector.py",
    "training/test_loop.py",
    "data/test_prepare_settings.py",
    "reporting/test_write.py",
    "simulations/privacy/test_attributes.py",
    "synthesis/test_conditions.py",
    "workflow/test_run.py",
    "reporting/test_rooms.py",
    "saved_models/test_loading.py",
    "synthesis/test_generate.py",
    "workflow/test_further_sets.py",
    "tools/test_reader_study_command.py",
    "metrics/fidelity/test_swd.py",
    "tools/test_import_wrong_inputs.py",
    "classification/test_killed_training.py",
    "presentation/test_figure_style.py",
    "data/test_killed_refresh.py",
)


def pytest_addoption(parser):
    parser.addoption("--kills", action="store_true", help="kill processes 20 times instead of once or twice")


def pytest_collection_modifyitems(items):
    """Long files first, then those with most tests."""
    folder = Path(__file__).parent
    if missing := [name for name in LONG if not (folder / name).is_file()]:
        raise pytest.UsageError(f"conftest.py: LONG names files that are not there: {', '.join(missing)}")
    files = Counter(item.path for item in items)
    places = {folder / name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: (places.get(item.path, len(LONG)), -files[item.path], str(item.path)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Half a character in a captured log line cannot be sent from a worker; the worker would end."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report


def pytest_collection_finish(session):
    """Splits the CPU before the first operation runs, but only if a test module has imported TensorFlow."""
    if "tensorflow" in sys.modules:
        _split_cpu()
    # What the imports made stays for good. To look for garbage in it again and again would take a tenth of the time in
    # which graphs are traced.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture
def two_cpus():
    """Names of two devices for `MirroredStrategy`."""
    _split_cpu()
    return ["CPU:0", "CPU:1"]


@pytest.fixture(scope="session")
def two_replicas():
    """A `MirroredStrategy` over two devices, one for all tests: a second one in the same process would use the keys of
    the first one's reductions again, which TensorFlow refuses when the shapes differ."""
    import tensorflow as tf

    _split_cpu()
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])


@pytest.fixture(autouse=True, scope="session")
def home_folder(tmp_path_factory):
    """No test reads or writes the user's own settings or secrets."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.delenv("XDG_CONFIG_HOME", raising=False)
        yield home


@pytest.fixture(autouse=True, scope="session")
def strict_answers():
    """Whatever a test asks a command for with ``--json`` must be JSON, without NaN."""
    from strict_json import check_answers

    with pytest.MonkeyPatch.context() as patch:
        check_answers(patch)
        yield


@pytest.fixture
def raw_chexpert(tmp_path):
    """An empty `RawChexpert`."""
    from raw_folders import RawChexpert

    return RawChexpert(tmp_path)


@pytest.fixture
def raw_rsna(tmp_path):
    """An empty `RawRsna`."""
    from raw_folders import RawRsna

    return RawRsna(tmp_path)


@pytest.fixture(scope="session")
def chest_phantom(tmp_path_factory):
    """A phantom of 60 chest patients with seed 0, in the CheXpert layout; to be read, not changed."""
    from shared_folders import made_once

    from medgan_tf.phantom.folder import build_phantom

    return made_once(tmp_path_factory, "chest_phantom", lambda folder: build_phantom(folder, "chest", 60, 0, workers=1))


@pytest.fixture(scope="session")
def shapes(tmp_path_factory):
    """The dataset that the training tests share."""
    from shapes_dataset import write_shapes

    return write_shapes(tmp_path_factory.mktemp("shapes") / "dataset")


@pytest.fixture(scope="session")
def drawings(tmp_path_factory):
    """One dataset for all tests of the classifier."""
    from tiny_classifier import write_drawings

    return write_drawings(tmp_path_factory.mktemp("drawings") / "dataset")


@pytest.fixture
def tiny(monkeypatch):
    """DenseNet-121 replaced by a small network."""
    from tiny_classifier import tiny_backbone

    from medgan_tf.classification import network

    monkeypatch.setattr(network, "build_backbone", tiny_backbone)


@pytest.fixture
def unexported(monkeypatch):
    """Trainings end without exporting the generator, which takes a quarter of their time; for tests that do not look at
    it."""
    from unittest.mock import create_autospec

    from medgan_tf.training import loop

    monkeypatch.setattr(loop, "export_generator", create_autospec(loop.export_generator))


@pytest.fixture(scope="module")
def kept_gans():
    """Trainings of equal settings in one module share a GAN and its graphs; see `kept_gans.py`."""
    from kept_gans import KeptGans

    with pytest.MonkeyPatch.context() as patch:
        yield KeptGans(patch)


@pytest.fixture(scope="module")
def blank_figures():
    """Figures are made but not drawn, for modules that look at numbers only; see `blank_figures.py`."""
    from blank_figures import draw_nothing

    with pytest.MonkeyPatch.context() as patch:
        draw_nothing(patch)
        yield


@pytest.fixture(autouse=True)
def fixed_seeds():
    """The same draws whether a test runs alone or among others."""
    random.seed(0)
    np.random.seed(0)
    if "keras" in sys.modules:
        sys.modules["keras"].utils.set_random_seed(0)
