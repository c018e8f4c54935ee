"""What can go wrong is said in the user's words; what is not understood stays as it is."""

import errno
from types import SimpleNamespace

import pytest
import tensorflow as tf

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import DataError, RunError
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.training.failures import check_dataset, explained_failures
from medgan_tf.training.settings import CommunicationConfig

EXPERIMENT = Experiment(name="run", data={"resolution": 16, "dataset_dir": "d"}, training={"batch": 64})
ALONE, SECOND_OF_TWO = SimpleNamespace(count=1, number=0), SimpleNamespace(count=2, number=1)


def raised(error, workers=ALONE, experiment=EXPERIMENT):
    with pytest.raises(Exception) as caught, explained_failures(experiment, RunFolder("there"), workers):
        raise error
    return caught.value


def test_full_disk_names_the_file_or_the_folder():
    full = OSError(errno.ENOSPC, "No space left on device", "there/samples/1.png")
    found = raised(full)
    assert isinstance(found, RunError) and found.__cause__ is full
    assert str(found) == (
        "cannot write there/samples/1.png: No space left on device; the last checkpoint is kept, the same command "
        "resumes"
    )
    assert str(raised(OSError("gone"))).startswith("cannot write there: gone; ")
    found = raised(tf.errors.ResourceExhaustedError(None, None, "x.data: No space left on device"))
    assert str(found) == "cannot write there: No space left on device; the last checkpoint is kept"


def test_little_memory_names_the_settings_that_help():
    found = raised(tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"))
    assert isinstance(found, RunError)
    assert str(found).startswith("the device ran out of memory with training.batch=64; lower it, raise training.acc")


def test_a_lost_worker_is_named_only_where_there_are_several():
    lost = tf.errors.UnavailableError(None, None, "Connection reset by peer\nmore")
    assert str(raised(lost, SECOND_OF_TWO)) == (
        "worker 1 of 2 lost the others (Connection reset by peer); the last checkpoint is kept. Start all workers "
        "again to resume"
    )
    assert raised(lost) is lost
    within = "Graph execution error:\n\nDetected at node x\nCollective ops is aborted by: worker 0 is gone\nmore"
    found = str(raised(tf.errors.UnavailableError(None, None, within), SECOND_OF_TWO))
    assert found.startswith("worker 1 of 2 lost the others (Collective ops is aborted by: worker 0 is gone); the last")


def test_other_errors_pass_unchanged():
    error = RunError("diverged")
    assert raised(error) is error


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resolution": 32}, "here holds 32x32 images. Received: data.resolution=16; prepare another dataset_dir"),
        ({"label_names": ()}, "here has no labels, and a conditional GAN needs at least one"),
        ({"manifest": SimpleNamespace(images={"train": 0})}, "here has no training images"),
    ],
)
def test_datasets_that_cannot_be_trained_on(changes, message):
    images = SimpleNamespace(images={"train": 5})
    dataset = {"path": "here", "resolution": 16, "label_names": ("a",), "manifest": images}
    check_dataset(EXPERIMENT, SimpleNamespace(**dataset))
    with pytest.raises(DataError, match=message):
        check_dataset(EXPERIMENT, SimpleNamespace(**{**dataset, **changes}))


def test_a_worker_that_is_silent_too_long_is_told_from_one_that_is_lost():
    late = tf.errors.DeadlineExceededError(None, None, "Collective has timed out during execution.")
    assert "worker 1 of 2 lost the others (Collective has timed out" in str(raised(late, SECOND_OF_TWO))
    training = EXPERIMENT.training.model_copy(update={"communication": CommunicationConfig(timeout_seconds=90)})
    limited = EXPERIMENT.model_copy(update={"training": training})
    assert str(raised(late, SECOND_OF_TWO, limited)).startswith(
        "worker 1 of 2 heard nothing from another one for 90 s (training.communication.timeout_seconds); the last "
    )
