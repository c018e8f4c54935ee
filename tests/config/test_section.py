"""What a change of a field brings about is said on the field, and nowhere else."""

from pathlib import Path

import numpy as np
import pytest

from medgan_tf.classification.settings import ClassifierConfig, Mixture
from medgan_tf.config.loading import load_experiment
from medgan_tf.config.schema import DataConfig, Experiment, TrainingConfig
from medgan_tf.config.section import (
    LARGEST_SEED,
    Changes,
    Section,
    added,
    afterwards,
    changed_by,
    deciding,
    deciding_values,
    incidental,
    redefined,
    resumable,
    without_added,
)
from medgan_tf.data.sources.rsna.settings import Options
from medgan_tf.errors import ConfigError

QUICKSTART = Path(__file__).parents[2] / "experiments" / "quickstart.yaml"


class Inner(Section):
    depth: int = 1
    speed: int = incidental(2)


class Outer(Section):
    """A section with a field of each kind."""

    width: int = 3
    extent: int = resumable(4)
    report: int = afterwards(5)
    folder: str = incidental("x")
    inner: Inner | None = Inner()
    whole: Inner = incidental(Inner())
    later: float = added(0.5)
    names: tuple[str, ...] = added(())


def test_only_what_decides_is_kept():
    assert deciding(Outer()) == {"width": 3, "extent": 4, "report": 5, "inner": {"depth": 1}}
    assert deciding(Outer(inner=None)) == {"width": 3, "extent": 4, "report": 5, "inner": None}
    assert deciding(Outer(), Changes.EXTENT, Changes.AFTERWARDS) == {"width": 3, "inner": {"depth": 1}}


def test_a_field_that_came_later_counts_once_it_is_used():
    assert "later" not in deciding(Outer(later=0.5)) and "names" not in deciding(Outer(names=()))
    assert deciding(Outer(later=0.25))["later"] == 0.25 and deciding(Outer(names=("a",)))["names"] == ["a"]


def test_all_values_but_for_fields_that_came_later():
    values = Outer(later=0.25).model_dump(mode="json", exclude={"names"})
    assert without_added(Outer(later=0.25)) == values
    assert without_added(Outer()) == {name: value for name, value in values.items() if name != "later"}


def test_a_default_that_was_another_one_is_written_as_it_was():
    class Limits(Section):
        inner: Inner = redefined(Inner(depth=2), first={"depth": 1, "speed": 2})
        width: int = 3

    class Whole(Section):
        limits: Limits = Limits()

    assert without_added(Whole()) == {"limits": {"inner": {"depth": 1, "speed": 2}, "width": 3}}
    own = Whole(limits=Limits(inner=Inner(depth=5)))
    assert without_added(own)["limits"]["inner"] == {"depth": 5, "speed": 2}
    assert deciding(Whole())["limits"]["inner"] == {"depth": 2}


def test_values_that_were_written_down():
    written = {"width": 1, "folder": "y", "gone": 7, "inner": {"speed": 9, "old": 8}}
    assert deciding_values(written, Outer) == {"width": 1, "gone": 7, "inner": {"old": 8}}


def free(model, *changes):
    return {name for name, field in model.model_fields.items() if changed_by(field) in changes}


def test_what_changes_no_result_of_a_training():
    assert free(TrainingConfig, Changes.NOTHING) == {
        "output",
        "strategy",
        "communication",
        "devices",
        "steps_per_call",
        "profile_steps",
        "watchdog",
        "sample_ticks",
        "checkpoint_ticks",
        "keep_checkpoints",
        "sample_rows",
        "sample_columns",
        "tensorboard",
        "tracking",
        "tracking_uri",
    }
    # A longer training has other weights, and is the one thing that a finished run may be continued for.
    assert free(TrainingConfig, Changes.EXTENT) == {"total_images"}


def test_what_changes_no_dataset():
    limits = {"max_unreadable", "seconds_per_file", "reader_memory"}
    assert (
        free(DataConfig, Changes.NOTHING) == {"root", "dataset_dir", "private_dir", "workers", "look_for_text"} | limits
    )
    assert free(DataConfig, Changes.EXTENT) == {"encoding"}
    assert free(Options, Changes.NOTHING) == {"header_cache", "header_workers", "outside_root"}


def test_what_trains_no_classifier_again():
    assert free(ClassifierConfig, Changes.AFTERWARDS) == {
        "baselines",
        "permutations",
        "mixtures",
        "bootstrap_draws",
        "margin",
        "fine_tuning",
        "rare_augmentation",
        "synthetic_multiples",
    }
    one = ClassifierConfig()
    other = ClassifierConfig(baselines=["halves"], mixtures=[Mixture(real=0.1, synthetic=1.0)], margin=0.1)
    assert deciding(one, Changes.AFTERWARDS) == deciding(other, Changes.AFTERWARDS)
    assert deciding(one) != deciding(other)


def test_measurements_do_not_depend_on_how_many_images_are_taken_at_a_time():
    evaluation = Experiment(name="x").evaluation
    for name in type(evaluation).model_fields:
        settings = getattr(evaluation, name)
        other = settings.model_copy(update={"batch": 7, "download": True})
        assert deciding(settings) == deciding(other), name
        assert deciding(settings) != settings.model_dump(mode="json"), name


@pytest.mark.parametrize("key", ["seed", "generate.seed", "data.split_seed", "reader_study.seed", "data.options.seed"])
def test_seeds_have_a_range_that_every_library_takes(key):
    largest = LARGEST_SEED - (key == "data.split_seed")
    overrides = [f"{key}={largest}"]
    load_experiment(QUICKSTART, overrides)
    for wrong in (largest + 1, -1, 10**400):
        with pytest.raises(ConfigError, match=f"{key}: expected a number (less|greater) than or equal to") as caught:
            load_experiment(QUICKSTART, [f"{key}={wrong}"])
        assert "\n" not in str(caught.value)


def test_the_largest_seed_is_that_of_numpy():
    np.random.RandomState(LARGEST_SEED)
    with pytest.raises(ValueError):
        np.random.RandomState(LARGEST_SEED + 1)
    # Keys of random numbers: shifted by 31 bits in an int64, by 32 bits in a uint64.
    assert LARGEST_SEED << 31 < 2**63 and LARGEST_SEED << 32 < 2**64
