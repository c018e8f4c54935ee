"""The evidence that a call makes: the parts of every run, and the kinds that the user asks for."""

from collections.abc import Sequence

from medgan_tf.errors import ConfigError
from medgan_tf.evidence.question import Evidence, RunEvidence, SeedsEvidence, When
from medgan_tf.registry import EVIDENCE


def all_evidence() -> list[Evidence]:
    """Every room's evidence, in order."""
    return [EVIDENCE.get(key)() for key in EVIDENCE.names()]


def always_made() -> list[RunEvidence]:
    """The evidence that is a part of every run."""
    return [evidence for evidence in all_evidence() if evidence.when == When.EVERY_RUN]


def over_seeds() -> list[SeedsEvidence]:
    """The evidence that is made once for all seeds."""
    return [evidence for evidence in all_evidence() if evidence.when == When.OVER_SEEDS]


def names_on_request() -> list[str]:
    """The keys that `medgan-tf run --with` takes."""
    return [evidence.key for evidence in all_evidence() if evidence.when == When.ON_REQUEST]


def names_of_runs() -> list[str]:
    """The keys of all evidence about a single run, asked for or not."""
    return [evidence.key for evidence in all_evidence() if isinstance(evidence, RunEvidence)]


def chosen_evidence(keys: Sequence[str], known: Sequence[str] | None = None) -> list[RunEvidence]:
    """The evidence of these keys, in the order of the rooms.

    Args:
        keys: Keys of the questions.
        known: Keys that can be chosen; None means `names_on_request()`.

    Raises:
        ConfigError: A key is not among them.
    """
    known = names_on_request() if known is None else known
    for key in keys:
        if key not in known:
            raise ConfigError(f"no evidence {key!r}; expected some of {', '.join(known)}")
    return [evidence for evidence in all_evidence() if evidence.key in keys]
