"""A guarantee is shown only where settings, guarantee.json, generator and images belong together."""

import json

import pytest
from private_runs import DP, guarantee

from medgan_tf.accounting.filed import FiledGuarantee, checked_guarantee, filed_guarantee
from medgan_tf.accounting.guarantee import Charges

CONFIG = {"privacy": {"dp": DP}}
FOUND = guarantee()


def parts(found=FOUND):
    """Settings, guarantee.json, card of the generator, and origin of the images, as they come from their files."""
    values = json.loads(json.dumps(found.as_json()))
    noise = {"draws": 1216, "forks": 2, "run": "a"}
    return CONFIG, {"guarantee": values, "noise": noise}, {"guarantee": values}, {"guarantee": values,
                                                                                   "covers_labels": True}  # fmt: skip


def test_everything_belongs_together():
    filed = filed_guarantee(*parts())
    assert filed.guarantee == FOUND and filed.problem == "" and filed.bounded
    assert (filed.draws, filed.forks, filed.clip, filed.tried_runs, filed.has_images) == (1216, 2, 1.0, 1, True)
    assert filed.covers_labels
    assert FiledGuarantee.from_json(json.loads(json.dumps(filed.as_json()))) == filed


def test_an_infinite_epsilon_is_no_bound():
    filed = filed_guarantee(*parts(guarantee(float("inf"))))
    assert filed.guarantee.epsilon == float("inf") and not filed.bounded


def test_without_images_and_with_real_labels():
    config, values, card, images = parts()
    assert filed_guarantee(config, values, card, None).bounded
    assert not filed_guarantee(config, values, card, images | {"covers_labels": False}).covers_labels


@pytest.mark.parametrize("config", [{}, None, {"privacy": {"dp": None}}, {"privacy": "none"}])
def test_a_training_that_was_not_private_has_nothing(config):
    assert filed_guarantee(config, None, {"seed": 1}, {"run": "a"}) is None
    # One that says it was not, but has a guarantee, is not believed.
    _, values, card, images = parts()
    for given in ((values, {}, {}), (None, card, {}), (None, {}, images)):
        filed = filed_guarantee(config, *given)
        assert filed.guarantee is None and "name no private training" in filed.problem
    assert "name no private training" in filed_guarantee(config, None, None, None, damaged=True).problem


def test_a_generator_from_elsewhere_has_no_guarantee_of_ours():
    _, values, card, images = parts()
    assert filed_guarantee(CONFIG | {"external": {"name": "x"}}, values, card, images) is None


OTHER = {"guarantee": guarantee(2.0).as_json()}


@pytest.mark.parametrize(
    "change, problem",
    [
        ({1: None}, "there is no guarantee.json: the training has not written it, or it was removed"),
        ({1: {}}, "guarantee.json is damaged: a value is of another kind"),
        ({1: {"guarantee": {"epsilon": 1.0}}}, "guarantee.json is damaged: 'epsilon_rdp' is missing"),
        ({2: None}, "there is no exported generator that can be read; the training has cost epsilon 3 at delta 1e-05 "
                    "so far"),
        ({2: {"seed": 1}}, "the exported generator carries no guarantee (generator.json), so it was not made by a "
                           "private training"),
        ({2: {"guarantee": {}}}, "the guarantee of the exported generator (generator.json) is damaged: "),
        ({2: OTHER}, "the exported generator carries another guarantee (epsilon 2 at delta 1e-05) than guarantee.json "
                     "(epsilon 3 at delta 1e-05)"),
        ({3: {}}, "the synthetic images were made by a generator without a guarantee; make them again"),
        ({3: {"guarantee": 3}}, "the guarantee in the manifest of the synthetic images is damaged"),
        ({3: OTHER}, "the synthetic images are of a generator with another guarantee (epsilon 2 at delta 1e-05)"),
    ],
)  # fmt: skip
def test_what_does_not_belong_together_guarantees_nothing(change, problem):
    given = [change.get(place, part) for place, part in enumerate(parts())]
    filed = filed_guarantee(*given)
    assert filed.guarantee is None and filed.problem.startswith(problem)
    assert filed_guarantee(*parts(), damaged=True).problem == "guarantee.json cannot be read"


@pytest.mark.parametrize(
    "name, value",
    [("epsilon", None), ("epsilon", -1.0), ("epsilon", "much"), ("epsilon", "nan"), ("delta", 0.0), ("delta", 1.5),
     ("unit", "hospital"), ("units", 0), ("units", 2.5), ("units", True), ("declared_public", "all"),
     ("declared_public", [1]), ("accountant", 5), ("charges", None)],
)  # fmt: skip
def test_a_changed_value_is_damage(name, value):
    with pytest.raises(ValueError):
        checked_guarantee(FOUND.as_json() | {name: value})


@pytest.mark.parametrize(
    "charges",
    [Charges(0.02, 0.0, 100), Charges(0.02, 1.0, 100, (0.0,)), Charges(1.2, 1.0, 100), Charges(0.0, 1.0, 100),
     Charges(0.02, -1.0, 100), Charges(0.02, float("nan"), 100), Charges(0.02, 1.0, -1)],
)  # fmt: skip
def test_a_finite_epsilon_needs_noise_on_everything(charges):
    with pytest.raises(ValueError):
        checked_guarantee(guarantee(3.0, charges=charges).as_json())
