"""Reader studies of several generators side by side. Each study has its own images, so they are not ranked."""

from typing import Any

from medgan_tf.evidence.comparison import Comparison
from medgan_tf.evidence.readers.section_card import is_older, study_words
from medgan_tf.evidence.readers.settings import KEY
from medgan_tf.evidence.report import GanResults, Results
from medgan_tf.presentation.blocks import Cell, Interval

_HEAD = ("studies", "readers", "mean score of readers", "interval of the score", "finding of the readers")
_BRIEF = ("mean score of readers", "interval of the score", "finding of the readers")
_NOT_MEASURED = "not measured"
_NOT_RANKED = (
    "Reader studies are not ranked: each has images of its own, and often other readers. A score of 0.5 is guessing"
)


def compared(results: Results) -> Comparison:
    """The score of each generator's readers against guessing, and the finding."""
    studied = any(KEY in run.evidence for run in results.runs)
    return Comparison(_HEAD, list(map(_cells, results.gans)), _BRIEF, remarks=[_NOT_RANKED] if studied else [])


def _cells(gan: GanResults) -> list[Cell]:
    studies = {run.name: run.evidence[KEY] for run in gan.runs if KEY in run.evidence}
    if not studies:
        return [0, "", _NOT_MEASURED, "", _NOT_MEASURED]
    if len(studies) > 1:
        words = "; ".join(f"{name}: {study_words(study)[1]}" for name, study in studies.items())
        return [len(studies), "", "several studies", "", words]
    [study] = studies.values()
    return [1, len(study["readers"]), *_score(study), study_words(study)[1]]


def _score(study: dict[str, Any]) -> list[Cell]:
    """The mean score and its interval; the interval only where it is one for readers and images like these."""
    beyond = None if is_older(study) else study["readers_and_images"]
    if beyond is not None:
        return [beyond["mean"], Interval.of(beyond["interval"])]
    return [study["tests"].get("mean"), "for these images only"]
