"""A guarantee held against the audit's lower bound on epsilon: refuted or not contradicted, never confirmed."""

import pytest
from private_runs import canary_figures, guarantee
from result_files import privacy
from scipy import stats

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.evidence.privacy.guarantee.claim import NOT_CONTRADICTED, NOT_TESTED, REFUTED, held_against


def audit(filed, **figures):
    return privacy() | {"guarantee": filed.as_json()} | canary_figures(**figures)


def filed(epsilon=3.0, **values):
    return FiledGuarantee(guarantee(epsilon, **values))


def test_a_bound_below_the_promise_does_not_contradict_it():
    claim = held_against(filed(), audit(filed()))
    assert claim.state == NOT_CONTRADICTED and 0 < claim.bound < 3 and claim.ceiling == 4.0
    assert claim.words.startswith("Not contradicted: the strongest attack on 1,000 canaries shows an epsilon of at")
    assert "no attack could have shown more than 4.00, the ceiling. The promise is 3." in claim.words
    assert claim.words.endswith("That does not show that the promise is right.")


def test_a_ceiling_below_the_promise_is_said():
    claim = held_against(filed(), audit(filed(), ceiling=2.0))
    assert claim.words.endswith("This audit could not have contradicted it, whatever the attack.")


@pytest.mark.parametrize("right, refuted", [(62, False), (64, True)])
def test_a_claim_is_refuted_by_too_many_right_guesses(right, refuted):
    """Of 100 guesses under epsilon 0.02, each is right with a probability of 1 / (1 + e^-0.02) at most. Four numbers of
    guesses were tried, so the p-value is 4 times the binomial tail."""
    tiny = filed(0.02, delta=1e-12)
    p = 4 * stats.binom.sf(right - 1, 100, 1 / (1 + 2.718281828459045**-0.02))
    assert (p <= 0.05) == refuted
    result = audit(tiny, right=right, delta=1e-12, ceiling=4.0)
    claim = held_against(tiny, result)
    assert claim.state == (REFUTED if refuted else NOT_CONTRADICTED)
    if refuted:
        assert claim.words.startswith("The claim is refuted: ") and claim.bound > 0.02
        # The worst of 20 audits is worse by chance.
        assert held_against(tiny, result, audits=20).state == NOT_CONTRADICTED


def test_the_bound_is_one_for_the_delta_of_the_guarantee():
    """With a large delta the same guesses show less, whatever delta the audit was made with."""
    found = [held_against(filed(0.1, delta=delta), audit(filed(0.1, delta=delta), right=95)) for delta in (1e-9, 1e-2)]
    assert found[0].bound > found[1].bound
    assert found[0].state == REFUTED and found[1].state == NOT_CONTRADICTED


def test_what_was_not_tested():
    words = {
        "no audit": held_against(filed(), None).words,
        "another": held_against(filed(), audit(filed(2.0))).words,
        "none recorded": held_against(filed(), privacy() | canary_figures()).words,
        "no canaries": held_against(filed(), privacy() | {"guarantee": filed().as_json()}).words,
        "images": held_against(filed(unit="image"), audit(filed(unit="image"))).words,
        "infinite": held_against(filed(float("inf")), audit(filed(float("inf")))).words,
    }
    assert words["no audit"] == "Not tested: there is no audit of these images."
    assert (
        words["another"]
        == words["none recorded"]
        == ("Not tested: the audit is not one of this guarantee; make the audit again with `medgan-tf privacy`.")
    )
    assert words["no canaries"].startswith("Not tested: the audit had no canaries (data.canaries)")
    assert words["images"].startswith("Not tested: canaries are patients")
    assert words["infinite"].startswith("There is no promise to contradict; the strongest attack on 1,000 canaries")
    assert held_against(FiledGuarantee(None, "damaged"), audit(filed())).words == ""
    assert held_against(filed(float("inf")), audit(filed(float("inf")), right=100)).state == NOT_TESTED


@pytest.mark.parametrize("name, value", [("right", None), ("tried", "4"), ("confidence", None), ("guesses", 1.5),
                                         ("right", 5000), ("confidence", 2.0)])  # fmt: skip
def test_damaged_figures_test_nothing(name, value):
    result = audit(filed())
    result["canaries"]["epsilon"][name] = value
    assert held_against(filed(), result).state == NOT_TESTED
