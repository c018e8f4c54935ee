"""The answer to whether radiologists can tell, as a card at the top of a report."""

from typing import Any

from medgan_tf.evidence.readers.settings import KEY
from medgan_tf.evidence.report import Results
from medgan_tf.metrics.readers_and_cases import ABOVE, BELOW, FEW_IMAGES, FEW_READERS, OPEN
from medgan_tf.presentation.cards import BAD, GOOD, UNSURE, Card

_QUESTION = "Can radiologists tell?"
OLDER = (
    "Scored by an earlier version, whose tests take the images as fixed: they speak for these images only. "
    "`medgan-tf reader-study score` scores the answers again."
)


def is_older(result: dict[str, Any]) -> bool:
    """Whether a result was made before there were tests for images like these."""
    return "readers_and_images" not in result


def card(results: Results) -> Card | None:
    """The card of the reader study; None where there is none, because a study is made by hand."""
    studies = {results.title_of(run): run.evidence[KEY] for run in results.runs if KEY in run.evidence}
    if not studies:
        return None
    answers = {title: study_words(study) for title, study in studies.items()}
    if len(studies) == 1:
        [study], [(state, word)] = studies.values(), answers.values()
        lines = [OLDER] if is_older(study) else study["findings"][:3]
        return Card(_QUESTION, state, word, lines)
    states = [state for state, _ in answers.values()]
    state = BAD if BAD in states else UNSURE if UNSURE in states else GOOD
    lines = [f"{title}: {word}." for title, (_, word) in answers.items()]
    lines.append("Each study is judged by itself, with an error of its own: of many studies some are judged wrongly.")
    return Card(_QUESTION, state, f"{len(studies)} reader studies", lines)


def study_words(result: dict[str, Any]) -> tuple[str, str]:
    """State and headline of one study. Only tests that count images as a sample can be good or bad."""
    if is_older(result):
        return UNSURE, "Not decided: scored by an earlier version"
    beyond, tests = result["readers_and_images"], result["tests"]
    margin = f"{tests['margin']:g}"
    if beyond is None:
        return UNSURE, f"Known for these images only: {_here(tests, margin)}"
    finding, equivalent = beyond["finding"], beyond["equivalent"]
    if finding == ABOVE:
        if equivalent:
            return UNSURE, f"They can, but by no more than the margin of {margin}"
        return BAD, "They can: better than chance"
    if equivalent:
        return GOOD, f"Equivalent to guessing, within a margin of {margin}"
    if finding == BELOW:
        return UNSURE, "Below chance: real and synthetic look different, the wrong way round"
    open_words = {FEW_READERS: "too few readers", FEW_IMAGES: "too few images", OPEN: "neither better nor equivalent"}
    return UNSURE, f"Not decided: {open_words.get(finding, 'answers without spread')}"


def _here(tests: dict[str, Any], margin: str) -> str:
    side = "better than chance" if tests["above"] else "below chance" if tests["below"] else ""
    within = f"equivalent to guessing within a margin of {margin}" if tests["equivalent"] else ""
    return ", and ".join(text for text in (side, within) if text) or "neither better than chance nor equivalent"
