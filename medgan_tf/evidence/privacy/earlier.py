"""Results of the first format of `privacy.json`, in the present one.

The audit of that version knew two answers. "pass" said only that a limit was not shown to be broken, which is no answer
that a release may rest on. "fail" was judged without regard to the number of limits.
"""

from typing import Any

from medgan_tf.evidence.privacy.questions import QUESTIONS, question
from medgan_tf.evidence.privacy.verdicts import BROKEN, CAUTION, HOLDS, NOT_RUN, NOTED, STATES, UNDECIDED
from medgan_tf.presentation.blocks import is_number

_EARLIER = "measured by an earlier version"
_STATES = {"pass": UNDECIDED, "fail": BROKEN, "caution": CAUTION, "not run": NOT_RUN}


def has_verdicts(result: dict[str, Any]) -> bool:
    """Whether the content of a `privacy.json` of any format holds verdicts, each with one of the known answers."""
    verdicts = result.get("verdicts")
    if not isinstance(verdicts, list) or not verdicts:
        return False
    if is_earlier(result):
        return all(_is_verdict(one, tuple(_STATES), ()) for one in verdicts)
    return _is_gate(result.get("gate")) and all(_is_verdict(one, STATES, ("kind", "missing")) for one in verdicts)


def _is_verdict(verdict: Any, states: tuple[str, ...], further: tuple[str, ...]) -> bool:
    texts = ("name", "question", "words", *further)
    return (
        isinstance(verdict, dict)
        and verdict.get("status") in states
        and all(isinstance(verdict.get(key), str) for key in texts)
        and verdict["name"].partition(" ")[0] in QUESTIONS
    )


def _is_gate(gate: Any) -> bool:
    return (
        isinstance(gate, dict)
        and gate.get("answer") in (HOLDS, BROKEN, UNDECIDED)
        and all(is_number(gate.get(key)) for key in ("level", "compared"))
        and isinstance(gate.get("error"), str)
    )


def is_earlier(result: dict[str, Any]) -> bool:
    """Whether a `privacy.json` is of the first format."""
    return result.get("format_version", 1) == 1


def as_current(result: dict[str, Any]) -> dict[str, Any]:
    """The content of a `privacy.json` of any format with the verdicts of the present one.

    What passed is undecided, "measured by an earlier version". What failed stays broken, and says by which rule.
    """
    if not is_earlier(result):
        return result
    return {**result, "verdicts": [_converted(verdict) for verdict in result["verdicts"]]}


def _converted(verdict: dict[str, Any]) -> dict[str, Any]:
    found = {
        "kind": question(verdict["name"]).kind,
        "lower_corrected": None,
        "p_broken": None,
        "p_holds": None,
        "missing": "",
        **verdict,
    }
    if verdict["status"] == "pass" and verdict.get("limit") is None:
        return found | {"status": NOTED}
    found["status"] = _STATES[verdict["status"]]
    if verdict["status"] == "pass":
        found["missing"] = f"{_EARLIER}; make the audit again with `medgan-tf privacy`"
    if verdict["status"] == "fail":
        found["words"] = (
            f"{verdict['words']} ({_EARLIER}, and broken by its rule: its whole interval is beyond the limit)"
        )
    return found
