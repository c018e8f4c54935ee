"""What must hold before anything is released: one row for each question, and one answer of three, or none.

A row has the answer `shown`, `refuted` or `undecided`, or `not measured`. A row may be asked for less than `shown`: a
gap that is undecided does not stop a release that says so. Every row stands on the card with its own answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medgan_tf.evidence.privacy.earlier import as_current, has_verdicts, is_earlier
from medgan_tf.evidence.privacy.gate import BROKEN_EXIT_CODE, UNDECIDED_EXIT_CODE
from medgan_tf.evidence.privacy.verdicts import BROKEN, HOLDS, NOT_RUN
from medgan_tf.evidence.privacy.verdicts import UNDECIDED as OPEN_LIMIT
from medgan_tf.evidence.utility.gap_view import gap_view
from medgan_tf.evidence.utility.verdict import ABOVE, FEWEST_SEEDS
from medgan_tf.release.contents.scrubbed import without_folders
from medgan_tf.reporting.study_plan import AS_PLANNED, CHANGED, DAMAGED, SO_FAR, Check

SHOWN, REFUTED, UNDECIDED, NOT_MEASURED = "shown", "refuted", "undecided", "not measured"
ANSWERS = (SHOWN, REFUTED, UNDECIDED, NOT_MEASURED)
PRIVACY, UTILITY = "privacy", "utility"
_MOST_NAMED = 4


@dataclass(frozen=True)
class Row:
    """One question of the gate.

    Attributes:
        name: Short, for programs.
        answer: One of `ANSWERS`.
        text: The finding on one line; for an answer that stops a release, with what to do.
        file: The result file in the folder of the release that it comes from; "" where it comes from none.
        accepted: Answers that do not stop a release.
    """

    name: str
    answer: str
    text: str
    file: str = ""
    accepted: Sequence[str] = (SHOWN,)

    @property
    def stops(self) -> bool:
        """Whether it stops a release."""
        return self.answer not in self.accepted

    def line(self) -> str:
        """The row on one line."""
        return f"{self.name}: {self.answer}: {self.text}"


@dataclass(frozen=True)
class Gate:
    """All rows.

    Attributes:
        rows: The rows.
        override: The reason for which it is released although a row stops it; None where none was given.
    """

    rows: Sequence[Row]
    override: str | None = None

    @property
    def stopping(self) -> list[Row]:
        """The rows that stop the release, those that do not hold first."""
        return sorted((row for row in self.rows if row.stops), key=lambda row: row.answer != REFUTED)

    @property
    def holds(self) -> bool:
        """Whether no row stops the release."""
        return not self.stopping

    @property
    def exit_code(self) -> int:
        """0: nothing stops it. 3: something does not hold. 4: all that was answered holds, and something is open."""
        if self.holds:
            return 0
        refuted = any(row.answer == REFUTED for row in self.stopping)
        return BROKEN_EXIT_CODE if refuted else UNDECIDED_EXIT_CODE

    @property
    def opens(self) -> bool:
        """Whether there may be a release: nothing stops it, or somebody has said why it is made anyway."""
        return self.holds or self.override is not None

    def as_json(self) -> dict[str, Any]:
        """The gate as JSON values, for everybody: no folder of a machine is in it. `override` is None where it was not
        needed."""
        rows = [
            {"name": row.name, "answer": row.answer, "text": without_folders(row.text), "file": row.file}
            for row in self.rows
        ]
        return {"holds": self.holds, "rows": rows, "override": None if self.holds else self.override}

    def lines(self) -> list[str]:
        """The rows that stop it, a line each."""
        return [row.line() for row in self.stopping]


def privacy_row(result: Mapping[str, Any] | None, file: str = "") -> Row:
    """The verdict of the privacy audit.

    Args:
        result: The content of `privacy.json`; None where there is none.
        file: Its place in the folder of the release.
    """
    if result is None:
        return Row(PRIVACY, NOT_MEASURED, "there is no privacy audit; `medgan-tf run EXPERIMENT.yaml --with privacy`")
    result = dict(result)
    if not has_verdicts(result):
        return Row(PRIVACY, REFUTED, "privacy.json is damaged; make the audit again", file)
    by_status = {
        status: [one["name"] for one in as_current(result)["verdicts"] if one["status"] == status]
        for status in (HOLDS, BROKEN, OPEN_LIMIT, NOT_RUN)
    }
    if not is_earlier(result) and (problem := _contradiction(result["gate"], by_status)):
        return Row(PRIVACY, REFUTED, f"{problem}: the file was changed; make the audit again", file)
    if by_status[BROKEN]:
        return Row(PRIVACY, REFUTED, f"broken limits: {_named(by_status[BROKEN])}", file)
    if by_status[OPEN_LIMIT]:
        return Row(
            PRIVACY, UNDECIDED, f"limits neither shown to hold nor broken: {_named(by_status[OPEN_LIMIT])}", file
        )
    if by_status[NOT_RUN]:
        return Row(PRIVACY, UNDECIDED, f"questions without an answer: {_named(by_status[NOT_RUN])}", file)
    if is_earlier(result) or not by_status[HOLDS]:
        return Row(PRIVACY, UNDECIDED, "no limit was judged", file)
    return Row(PRIVACY, SHOWN, f"all {len(by_status[HOLDS])} limits that were tested hold", file)


def _contradiction(gate: Mapping[str, Any], by_status: Mapping[str, list[str]]) -> str:
    """What the gate of an audit says otherwise than its verdicts; "" where they agree."""
    for status, names in by_status.items():
        if gate.get(status.replace(" ", "_")) != names:
            return f"its gate and its verdicts name other limits as {status}"
    answer = BROKEN if by_status[BROKEN] else OPEN_LIMIT if by_status[OPEN_LIMIT] or not by_status[HOLDS] else HOLDS
    return "" if gate["answer"] == answer else f"its gate says {gate['answer']}, its verdicts {answer}"


def utility_row(gap: Mapping[str, Any] | None, seed: int, needed: str, file: str = "") -> Row:
    """What is shown about the gap.

    Args:
        gap: The content of `gap.json`; None where there is none.
        seed: The seed whose images or generator are released.
        needed: `release.gate.utility`.
        file: Its place in the folder of the release.
    """
    accepted = {"shown": (SHOWN,), "undecided": (SHOWN, UNDECIDED), "any": ANSWERS}[needed]
    if gap is None:
        text = "the gap was not measured; `medgan-tf run EXPERIMENT.yaml`"
        return Row(UTILITY, NOT_MEASURED, text, accepted=accepted)
    try:
        view, own = gap_view(dict(gap)), gap_view(dict(gap), seed)
    except (AttributeError, KeyError, TypeError, ValueError):
        return Row(UTILITY, REFUTED, "gap.json is damaged; `medgan-tf gap EXPERIMENT.yaml`", file, accepted)
    if own is None:
        return Row(UTILITY, NOT_MEASURED, f"the gap was measured without seed {seed}", file, accepted)
    seeds, margin = len(view.seeds), f"the margin {view.margin:g}"
    gap_words = f"the gap over {seeds} seed{'' if seeds == 1 else 's'} is"
    if view.against == ABOVE:
        return Row(UTILITY, REFUTED, f"{gap_words} shown to be above {margin}", file, accepted)
    if view.is_good:
        return Row(UTILITY, SHOWN, f"{gap_words} shown to be below {margin}", file, accepted)
    why = f"; fewer than {FEWEST_SEEDS} seeds show no gap below it" if seeds < FEWEST_SEEDS else ""
    return Row(UTILITY, UNDECIDED, f"{gap_words} not shown to be above {margin}{why}", file, accepted)


def labels_row(synthesis: Any) -> Row:
    """Whether the labels of released images repeat those of patients.

    Args:
        synthesis: The manifest's `synthesis`, see `data.records.synthesis.Synthesis`.
    """
    if synthesis.covers_labels is False:
        return Row("labels", REFUTED, "the guarantee of the training does not cover the labels; generate.labels: drawn")
    if synthesis.labels == "drawn":
        return Row("labels", SHOWN, "drawn at random from rounded or noisy counts")
    if synthesis.labels is None and synthesis.external is not None:
        return Row("labels", SHOWN, "they are not those of the real images, row by row")
    text = "they are those of the real images, row by row, and tell how many patients had which findings"
    return Row("labels", REFUTED, f"{text}; generate.labels: drawn")


def inversion_row() -> Row:
    """What nobody asks of a generator before it is given away; see `evidence.privacy.annex.attack_classes`."""
    text = "whether images of patients can be computed back from the generator's weights; the audit has no such attack"
    return Row("model inversion", NOT_MEASURED, text, accepted=(SHOWN, NOT_MEASURED))


def patients_row(rare: int, minimum: int, private: bool) -> Row:
    """Whether every label combination has patients enough.

    Args:
        rare: Number of combinations of fewer training patients than `minimum` that the settings do not name. Which they
            are is not for a card, which everybody reads.
        minimum: `generate.minimum_patients`.
        private: Whether the counts are noisy ones of a private training, under which nothing is rare.
    """
    if private:
        return Row("patients", SHOWN, "label combinations are covered by the guarantee of the training")
    if rare:
        plural = "combinations have" if rare > 1 else "combination has"
        text = f"{rare} label {plural} fewer than {minimum} training patients"
        return Row("patients", REFUTED, f"{text}; raise data.min_count, or name them in generate.rare_combinations")
    return Row("patients", SHOWN, f"every label combination that is not named has {minimum} training patients or more")


def plan_row(check: Check) -> Row:
    """Whether what was measured is what was planned. Without a plan from before the results there is nothing to ask."""
    accepted, text = (SHOWN, NOT_MEASURED), check.words.rstrip(".")
    if check.state in (AS_PLANNED, SO_FAR):
        return Row("plan", SHOWN, text, accepted=accepted)
    if check.state in (CHANGED, DAMAGED) or "differs" in check.words:
        return Row("plan", REFUTED, text, accepted=accepted)
    return Row("plan", NOT_MEASURED, text, accepted=accepted)


def current_row(name: str, problems: Iterable[str], known: bool = True, file: str = "") -> Row:
    """Whether something speaks of the images, the generator and the dataset that are there now.

    Args:
        name: What: `images`, `generator`, or the name of evidence.
        problems: Differences, by hash; empty where there are none.
        known: Whether any hash could be compared.
        file: The result file's place in the folder of the release.
    """
    name, problems = f"{name} up to date", list(problems)
    if problems:
        return Row(name, REFUTED, "; ".join(problems), file)
    if not known:
        return Row(name, UNDECIDED, "nothing says what it was made from; make it again with `medgan-tf run`", file)
    return Row(name, SHOWN, "made from what is there now, by hash", file)


def _named(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
