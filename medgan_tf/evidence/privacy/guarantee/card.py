"""What is guaranteed, as a card at the top of a report; there is none where no training was private."""

from collections.abc import Sequence

from medgan_tf.accounting.number_words import in_words
from medgan_tf.accounting.statement import promise, statement, together
from medgan_tf.evidence.privacy.guarantee.claim import REFUTED, held_against
from medgan_tf.evidence.privacy.guarantee.words import QUESTION
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.report import Results, RunResults
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE, Card

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
    names = {id(run): run.name if len(results.gans) == 1 else results.title_of(run) for run in results.runs}
    audits = sum(KEY in run.evidence for run in runs)
    claims = {id(run): held_against(run.guarantee, run.evidence.get(KEY), audits) for run in runs}
    last = _listed(
        "Trained without differential privacy, so nothing is promised", [names[id(run)] for run in results.runs
                                                                         if run.guarantee is None]
    )  # fmt: skip
    if refuted := [run for run in runs if claims[id(run)].state == REFUTED]:
        lines = _by_sentence([(names[id(run)], claims[id(run)].words) for run in refuted])
        return Card(QUESTION, BAD, "The claim is refuted", [*lines, *last])
    if without := [run for run in runs if not run.guarantee.bounded]:
        pairs = [(names[id(run)], statement(run.guarantee)["headline"]) for run in without]
        word = "No guarantee" if len(runs) == 1 else f"No guarantee for {len(without)} of {len(runs)} runs"
        return Card(QUESTION, UNSURE, word, [*_by_sentence(pairs), *_others(runs), *last])
    weakest = worst(runs)
    found = weakest.guarantee.guarantee
    state = GOOD if weakest.guarantee.strong and not last else UNSURE
    first = f"The largest epsilon of {len(runs)} runs is that of {names[id(weakest)]}." if len(runs) > 1 else ""
    # The guess of a coin is left to the section.
    sentences = promise(found)
    lines = [first, *sentences[:2], *sentences[3:], claims[id(weakest)].words]
    lines += [together([run.guarantee for run in runs]), _COVERS, *last]
    return Card(QUESTION, state, f"{in_words(found).capitalize()}, for each {found.unit}", lines)


def _others(runs: Sequence[RunResults]) -> list[str]:
    """A sentence on the runs that have a guarantee, where others have none."""
    rest = worst([run for run in runs if run.guarantee.bounded])
    if rest is None:
        return []
    found = rest.guarantee.guarantee
    return [f"The others have at most {in_words(found)}, for each {found.unit}."]


def _by_sentence(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Each sentence once, with the names of the runs that it is about."""
    names: dict[str, list[str]] = {}
    for name, sentence in pairs:
        names.setdefault(sentence, []).append(name)
    return [f"{_few(found)}: {sentence}" for sentence, found in names.items()][:_MOST_NAMED]


def _listed(words: str, names: Sequence[str]) -> list[str]:
    return [f"{words}: {_few(names)}."] if names else []


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{', '.join(names[:_MOST_NAMED])}{more}"
