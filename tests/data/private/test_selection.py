"""What chose the images by exact counts: each setting is refused, with a way out, or told among what is public."""

import pytest

from medgan_tf.config.schema import Experiment
from medgan_tf.data.private.selection import REJECTED, RULES, public_knowledge, refuse_uncovered
from medgan_tf.errors import ConfigError

CHOOSES = {
    "data.min_count": {"data": {"min_count": 1}},
    "data.subset.combinations": {"data": {"min_count": 0, "subset": {"kind": "classes", "combinations": 4}}},
    "data.subset.train_per_combination": {
        "data": {"min_count": 0, "subset": {"train_per_combination": 100, "oversample": True}}
    },
    "data.no_finding_images": {"data": {"min_count": 0, "no_finding_images": 100}},
    "gan.conditions": {"data": {"min_count": 0}, "gan": {"conditions": ["sex"]}},
}
# They look at an image, or at other folds, alone.
HARMLESS = {
    "min_count": 0,
    "findings": ["Edema"],
    "policy": {"constant": "drop", "uncertain": "drop", "blank": "drop", "duplicates": "warn"},
    "subset": {"kind": "all", "valid_images": 100, "test_images": 100, "valid_per_combination": 4},
    "canaries": 20,
    "reference_patients": 10,
}


def experiment(public=False, dp=None, **sections):
    privacy = {"dp": {"noise_multiplier": 1.0, "public_selection": public, **(dp or {})}}
    return Experiment(name="x", privacy=privacy, **sections)


def test_every_rule_has_a_case():
    assert set(CHOOSES) == {rule.key for rule in RULES}


@pytest.mark.parametrize("key", CHOOSES)
def test_refused_unless_declared_public(key):
    with pytest.raises(ConfigError) as caught:
        refuse_uncovered(experiment(**CHOOSES[key]))
    text = str(caught.value)
    assert text.startswith(f"{key} ") and "privacy.dp.public_selection=true" in text and "\n" not in text
    rule = next(one for one in RULES if one.key == key)
    assert f"set it to {rule.instead}, or" in text
    declared = experiment(public=True, **CHOOSES[key])
    refuse_uncovered(declared)
    told = " ".join(public_knowledge(declared, 800))
    assert key in told
    assert key not in " ".join(public_knowledge(experiment(data={"min_count": 0}), 800))


def test_without_privacy_nothing_is_refused():
    for sections in CHOOSES.values():
        refuse_uncovered(Experiment(name="x", generate={"reject": ["copies"]}, **sections))


def test_several_are_named_at_once():
    with pytest.raises(
        ConfigError, match=r"^data.min_count .*; the same holds for data.no_finding_images, gan.conditions$"
    ):
        refuse_uncovered(experiment(data={"no_finding_images": 5}, gan={"conditions": ["sex"]}))


def test_folds_that_are_given_are_not_chosen():
    """The source `published` applies no minimum count; its default of 256 does nothing."""
    given = experiment(data={"source": "published"})
    refuse_uncovered(given)
    assert not any("min_count" in one for one in public_knowledge(given, 800))


def test_settings_that_choose_by_an_image_alone_are_harmless():
    harmless = experiment(data=HARMLESS)
    refuse_uncovered(harmless)
    told = public_knowledge(harmless, 800)
    assert [one for one in told if "data." in one] == [
        "Which patients were set apart for the privacy audit (data.canaries)."
    ]


def test_what_is_public_in_sentences():
    """All of a plain private training: number, fold, findings, settings. Further ones come with their settings."""
    plain = public_knowledge(experiment(data={"min_count": 0}), 8000)
    assert plain[0] == "The number of patients in the training fold: 8,000." and len(plain) == 4
    assert "split" in plain[1] and "findings" in plain[2] and "1 was tried" in plain[3]
    assert all(one[0].isupper() and one.endswith(".") for one in plain)
    data = {"min_count": 0, "policy": {"duplicates": "one_patient"}}
    listed = public_knowledge(
        experiment(dp={"combinations": ["Edema", "(none)"], "unit": "image", "tried_runs": 3}, data=data), 20_000
    )
    assert listed[0] == "The number of images in the training fold: 20,000."
    assert "These label combinations: Edema, (none)." in listed
    assert any("share a picture" in one for one in listed) and "3 were tried" in listed[-1]


def test_rejection_is_refused_with_its_reason():
    with pytest.raises(ConfigError, match="generate.reject compares generated images with real ones") as caught:
        refuse_uncovered(experiment(data={"min_count": 0}, generate={"reject": ["copies"]}))
    assert str(caught.value) == REJECTED and "generate.reject=[]" in REJECTED


def test_a_generator_from_elsewhere_has_no_guarantee():
    external = {"name": "other", "folder": "pictures"}
    with pytest.raises(ConfigError, match="take out the section privacy.dp, or external"):
        refuse_uncovered(experiment(data={"min_count": 0}, external=external))
