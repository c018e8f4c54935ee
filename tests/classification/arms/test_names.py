"""Arms by name: what a config asks for, with which control, in which folder, under which title."""

import pytest
from pydantic import ValidationError
from tiny_classifier import tiny_experiment, tiny_settings

from medgan_tf.classification.arms.names import arm_of, config_arms
from medgan_tf.classification.condition_table import chosen_conditions
from medgan_tf.classification.conditions import REAL, SYNTHETIC, baseline_conditions
from medgan_tf.config.schema import ClassifierConfig, Experiment
from medgan_tf.synthesis.external.settings import ExternalConfig

ALL = {"fine_tuning": (1.0, 0.5, 0.01), "rare_augmentation": 500, "synthetic_multiples": (5, 0.5, 2.5)}


def test_off_by_default():
    assert config_arms(ClassifierConfig()) == []


def test_each_arm_and_its_control():
    arms = config_arms(tiny_settings(**ALL))
    assert [(arm.name, arm.control) for arm in arms] == [
        ("real_0.01", ""), ("fine_tuned_0.01", "real_0.01"), ("real_0.5", ""), ("fine_tuned_0.5", "real_0.5"),
        ("fine_tuned_1", "real"), ("rare_500", "real"), ("synthetic_0.5", "synthetic"),
        ("synthetic_2.5", "synthetic"), ("synthetic_5", "synthetic"),
    ]  # fmt: skip
    assert [(arm.real, arm.synthetic) for arm in arms] == [
        (0.01, 0), (0.01, 1), (0.5, 0), (0.5, 1), (1, 1), (1, 1), (0, 0.5), (0, 2.5), (0, 5),
    ]  # fmt: skip
    assert [arm.further_sets(False) for arm in arms[-4:]] == [["rare_500"], [], ["2", "3"], ["2", "3", "4", "5"]]
    # Of another's images there can be no more.
    others = config_arms(tiny_settings(**ALL), external=True)
    assert [arm.name for arm in others[-2:]] == ["rare_500", "synthetic_0.5"]
    assert [arm.further_sets(True) for arm in others[-2:]] == [[], []]


def test_titles():
    titles = [arm_of(name).title for name in ("fine_tuned_0.1", "real_0.01", "rare_500", "rare_most_frequent",
                                              "synthetic_5")]  # fmt: skip
    assert titles == [
        "pretrained on synthetic, fine-tuned on 10% of the real training patients",
        "1% of the real training patients",
        "real + synthetic of rare combinations, up to 500",
        "real + synthetic of rare combinations, up to the most frequent one",
        "5 x the synthetic images",
    ]
    assert (arm_of("rare_500").up_to, arm_of("rare_most_frequent").up_to) == (500, None)


def test_other_conditions_are_none():
    settings = tiny_settings(baselines=("trivial", "augmented", "halves", "permutations", "shuffled"),
                             mixtures=({"real": 1.0, "synthetic": 0.5},))  # fmt: skip
    assert [one.arm for one in (REAL, SYNTHETIC, *baseline_conditions(settings))] == [None] * 16


def test_as_conditions(tmp_path):
    experiment = tiny_experiment(tmp_path, **ALL)
    conditions = {one.name: one for one in baseline_conditions(experiment.classifier)}
    assert conditions["fine_tuned_0.5"].start == SYNTHETIC and conditions["real_0.5"].start is None
    # What has seen no synthetic image is shared by all generators.
    homes = {name: one.folder(experiment).path.parts[-3] for name, one in conditions.items()}
    assert homes["real_0.5"] == "real-seed7" and homes["fine_tuned_0.5"] == homes["rare_500"] == "cpd-seed7"
    assert not any(one.is_exported or one.came_later or one.is_main for one in conditions.values())
    names = {kind: [one.name for one in chosen_conditions(experiment.classifier, kind, True)]
             for kind in ("real", "synthetic")}  # fmt: skip
    assert names["real"] == ["real", "real_0.01", "real_0.5"]
    assert names["synthetic"] == ["synthetic", "fine_tuned_0.01", "fine_tuned_0.5", "fine_tuned_1", "rare_500",
                                  "synthetic_0.5", "synthetic_2.5", "synthetic_5"]  # fmt: skip
    own = Experiment.model_validate(experiment.model_dump(mode="json") | {
        "external": ExternalConfig(name="stranger", folder="elsewhere").model_dump(mode="json")})  # fmt: skip
    assert conditions["rare_500"].folder(own).path.parts[-3] == "stranger-seed7"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"fine_tuning": (0.1, 0.1)}, "fine_tuning must not hold a number twice. Received: 0.1, 0.1"),
        ({"synthetic_multiples": (2, 1)}, "synthetic_multiples must not hold 1: that is the synthetic set itself"),
        ({"fine_tuning": (1.5,)}, "less than or equal to 1"),
        ({"fine_tuning": (0,)}, "greater than 0"),
        ({"synthetic_multiples": (1000,)}, "less than or equal to 100"),
        ({"rare_augmentation": "most"}, "most_frequent"),
        ({"rare_augmentation": 0}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_asked_for(settings, words):
    with pytest.raises(ValidationError, match=words):
        tiny_settings(**settings)
