"""What is guaranteed, as a card at the top of a report; there is none where no training was private."""

from collections.abc import Sequence

from medgan_tf.accounting.number_words import in_words
from medgan_tf.accounting.statement import ONE_PERCENT, promise, statement, together
from medgan_tf.accounting.trade_off import most_found
from medgan_tf.evidence.privacy.guarantee.claim import REFUTED, held_against
from medgan_tf.evidence.privacy.guarantee.words import QUESTION
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.report import Results, RunResults
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE, Card

MOST_FOUND = 0.1
"""A card is green only where no test can find more than this share of the members at 1 % false alarms."""
_MOST_NAMED = 4
_COVERS = (
    "It does not cover this report, pictures of real images, or classifiers trained on real images. "
    "The section on privacy lists what else it does not cover."
)


def private_runs(results: Results) -> list[RunResults]:
    """The runs whose training was private, whether or not there is a guarantee."""
    return [run for run in results.runs if run.guarantee is not None]


def worst(runs: Sequence[RunResults]) -> RunResults | None:
    """The run with the largest epsilon; None where none has a guarantee."""
    found = [run for run in runs if run.guarantee.guarantee is not None]
    return max(found, key=lambda run: run.guarantee.guarantee.epsilon) if found else None


def guarantee_card(results: Results) -> Card | None:
    """The card of the weakest guarantee of the runs; None where no training was private."""
    runs = private_runs(results)
    if not runs:
        return None
    filed = [run.guarantee for run in runs]
    without = [run for run in runs if not run.guarantee.bounded]
    audits = sum(KEY in run.evidence for run in runs)
    claims = {results.title_of(run): held_against(run.guarantee, run.evidence.get(KEY), audits) for run in runs}
    last = _not_private(results)
    refuted = [f"{title}: {claim.words}" for title, claim in claims.items() if claim.state == REFUTED]
    if refuted:
        return Card(QUESTION, BAD, "The claim is refuted", [*refuted[:_MOST_NAMED], *last])
    if without:
        return _without(results, runs, without, last)
    weakest = worst(runs)
    found, several = weakest.guarantee.guarantee, len(runs) > 1
    state = GOOD if most_found(ONE_PERCENT, found.epsilon, found.delta) <= MOST_FOUND and not last else UNSURE
    first = f"The largest epsilon of {len(runs)} runs is that of {results.title_of(weakest)}." if several else ""
    # The guess of a coin is left to the section.
    main, _, *further = [promise(found)[:2], *promise(found)[2:]]
    lines = [first, *main, *further, claims[results.title_of(weakest)].words, together(filed), _COVERS, *last]
    return Card(QUESTION, state, f"{in_words(found).capitalize()}, for each {found.unit}", lines)


def _without(results: Results, runs: Sequence[RunResults], without: Sequence[RunResults], last: Sequence[str]) -> Card:
    """The card where not every private run has a guarantee with a finite epsilon: then nothing is promised."""
    lines = [f"{results.title_of(run)}: {statement(run.guarantee)['headline']}" for run in without[:_MOST_NAMED]]
    if len(without) > _MOST_NAMED:
        lines.append(f"And {len(without) - _MOST_NAMED} more.")
    rest = [run for run in runs if run.guarantee.bounded]
    if rest:
        found = worst(rest).guarantee.guarantee
        lines.append(f"The others have at most {in_words(found)}, for each {found.unit}.")
    word = "No guarantee" if len(runs) == 1 else f"No guarantee for {len(without)} of {len(runs)} runs"
    return Card(QUESTION, UNSURE, word, [*lines, *last])


def _not_private(results: Results) -> list[str]:
    """A sentence on runs that were trained without differential privacy."""
    names = [results.title_of(run) for run in results.runs if run.guarantee is None]
    if not names:
        return []
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [f"Trained without differential privacy, so nothing is promised: {', '.join(names[:_MOST_NAMED])}{more}."]
