"""A guarantee in words: sentences and numbers from given guarantees."""

import pytest
from private_runs import guarantee

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.accounting.guarantee import Charges, Guarantee
from medgan_tf.accounting.statement import statement, together


def filed(found, **values):
    return FiledGuarantee(found, draws=1216, clip=1.0, **values)


def test_the_promise_has_the_numbers():
    found = statement(filed(guarantee(1.0)))
    assert found["guaranteed"] and found["headline"] == "Guaranteed for each patient: epsilon 1 at delta 1e-05."
    factor, test, coin = found["promise"]
    assert factor == (
        "For any one patient: whether or not the patient was among those trained on, the probability of any outcome of "
        "the training changes by at most a factor of 2.72 (e^epsilon), apart from a probability of 1 in 100,000 "
        "(delta)."
    )
    # e * 0.01 + 1e-5 = 0.02719..., and e / (1 + e) = 0.73106.
    assert "finds at most 2.72 % of the patients who were; 1 % is guessing." in test
    assert "in more than 73.2 % of the cases" in coin
    assert [one["found"] for one in found["bounds"]] == pytest.approx([0.00272828, 0.02719282, 0.27183818])


def test_a_large_epsilon_says_what_is_left():
    promise = statement(filed(guarantee(12.0)))["promise"]
    # 1 - e^-12 (0.99 - 1e-5) = 0.99999392; the factor is e^12 = 162,755.
    assert "a factor of 163,000 (e^epsilon)" in promise[0]
    assert promise[-1].startswith("With an epsilon above 10 the numbers leave little: 99.99940 % of the patients")
    assert not any("above 10" in one for one in statement(filed(guarantee(10.0)))["promise"])


def test_no_noise_is_no_guarantee_in_plain_words():
    found = statement(filed(guarantee(float("inf"))))
    assert not found["guaranteed"] and found["promise"] == found["bounds"] == found["not_covered"] == []
    assert found["headline"].startswith("Nothing is guaranteed: this training added no noise")
    # Noise above 0 may be too little for any bound.
    little = Guarantee(**{**vars(guarantee()), "epsilon": float("inf"), "epsilon_rdp": float("inf")})
    assert "the noise of this training is so small" in statement(filed(little))["headline"]
    facts = dict(found["facts"])
    assert facts["epsilon"].startswith("infinite") and facts["noise in a step of the discriminator"] == "none"


def test_a_problem_stands_in_place_of_a_guarantee():
    found = statement(FiledGuarantee(None, "guarantee.json cannot be read"))
    assert found["headline"] == "Nothing is guaranteed: guarantee.json cannot be read."
    assert not found["guaranteed"] and not any(found[key] for key in ("promise", "bounds", "facts", "limits"))


def test_the_terms():
    charges = Charges(0.02, 1.1, 1200, (24.0, 30.0), 1e-6)
    facts = dict(statement(filed(guarantee(charges=charges), forks=1))["facts"])
    assert facts["epsilon"] == "3 (by privacy loss distributions, PLD)"
    assert facts["epsilon by Rényi differential privacy, looser"] == "3.3"
    assert facts["delta"] == "1e-05, of which 1e-06 for label combinations that are left out"
    assert facts["unit of protection"] == "all images of a patient"
    assert facts["neighbouring datasets"] == "add or remove one unit"
    assert facts["number of units trained on, public"] == "8,000"
    assert facts["noise in a step of the discriminator"] == "1.1 times the largest gradient"
    assert facts["probability that a unit takes part in a step (Poisson sampling)"] == "0.02"
    assert facts["steps of the discriminator that are charged"] == "1,200"
    assert "24, 30" in facts.values()
    assert facts["draws of the noise"] == "1,216 draws, all charged; drawn again once after an interruption"
    tried = facts["private trainings tried on these patients"]
    # The settings of one run know nothing of the others.
    assert tried == "1 by the settings; every further seed, and every training that was begun anew, is one more"
    assert not any("public images" in one for one in facts)


def test_one_release_in_place_of_steps():
    """A mean embedding: no steps, one release with noise."""
    found = statement(filed(guarantee(charges=Charges(1.0, 0.0, 0, (24.0, 1.5)))))
    facts = dict(found["facts"])
    assert found["guaranteed"] and facts["steps of the discriminator that are charged"] == "0"
    assert facts["noise in a step of the discriminator"].startswith("there are no such steps") and "24, 1.5" in (
        facts.values()
    )


def test_trainings_tried_and_a_public_start():
    facts = dict(statement(filed(guarantee(), tried_runs=4, starts_public=True, start_origin="a public set"))["facts"])
    assert (
        "4 times epsilon and delta, which is epsilon 12 at delta 4e-05 (naive composition)"
        in (facts["private trainings tried on these patients"])
    )
    assert facts["start of the networks: a training on public images"] == "a public set"
    facts = dict(statement(filed(guarantee(), starts_public=True))["facts"])
    assert facts["start of the networks: a training on public images"].startswith("nobody states which")


def test_a_guarantee_for_images_is_none_for_patients():
    found = statement(filed(guarantee(0.5, unit="image")))
    assert found["headline"].startswith("Guaranteed for each image")
    assert "k times as large: 1 for 2 images, 2.5 for 5" in found["promise"][-1]


def test_labels_that_are_not_covered_are_named():
    assert not any("labels of the synthetic images of this run" in one for one in statement(filed(guarantee()))[
        "not_covered"])  # fmt: skip
    covered = statement(filed(guarantee(), covers_labels=False))["not_covered"]
    assert any(one.startswith("the labels of the synthetic images of this run") for one in covered)
    assert any("this report, the audit and its annex" in one for one in covered)


def test_several_trainings_add_up():
    assert together([filed(guarantee(3.0))]) == ""
    assert together([filed(guarantee(3.0)), filed(guarantee(2.5))]).endswith(
        "they count together: epsilon 5.5 at delta 2e-05 (naive composition)."
    )
    # Two that the settings count and that are not here are taken as the worst one.
    words = together([filed(guarantee(3.0), tried_runs=4), filed(guarantee(2.5))])
    assert words.startswith("4 private trainings were made on the same patients (4 by the settings, 2 in this report)")
    assert words.endswith("epsilon 11.5 at delta 4e-05 (naive composition).")
    words = together([filed(guarantee(3.0)), filed(guarantee(float("inf"))), FiledGuarantee(None, "damaged")])
    assert words.endswith("and then nothing is promised: 2 of them have no guarantee.")
