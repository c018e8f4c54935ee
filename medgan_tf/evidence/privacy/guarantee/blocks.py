"""What is guaranteed, in the privacy part of a report and before the audit."""

from collections.abc import Mapping
from typing import Any

from medgan_tf.accounting.filed import FiledGuarantee
from medgan_tf.accounting.number_words import EPSILON_DIGITS, percent, rounded_up
from medgan_tf.accounting.statement import statement, together
from medgan_tf.accounting.trade_off import ONE_PERCENT, most_found
from medgan_tf.evidence.privacy.guarantee.card import private_runs, worst
from medgan_tf.evidence.privacy.guarantee.claim import REFUTED, Claim, held_against
from medgan_tf.evidence.privacy.guarantee.words import BOUNDS, COVERS_NOT, GATE, LIMITS, PUBLIC, QUESTION
from medgan_tf.evidence.privacy.settings import KEY
from medgan_tf.evidence.report import GanResults, Results, RunResults
from medgan_tf.presentation.blocks import Cell, Section, Table, bullets, heading, paragraph
from medgan_tf.presentation.cards import BAD, Card, cards_block

INFINITE = "infinite: no guarantee"
NOT_SHOWN = "no guarantee that can be shown"
_INTRODUCTION = (
    "A guarantee of differential privacy is a property of how the generator was trained, computed from the noise that "
    "was added. It is no measurement on the images. It holds for the generator and for everything that is computed "
    "from it without the real images, such as the synthetic images."
)
_HEAD = ("run", "epsilon", "delta", "unit", "noise multiplier", "steps charged",
         "most that can be found at 1 % false alarms", "held against the audit", "lower bound of the audit",
         "its ceiling")  # fmt: skip


def add_guarantee(section: Section, results: Results, details: bool) -> None:
    """Adds what is guaranteed to a section; nothing where no training was private.

    Args:
        section: The section of the privacy room.
        results: The results.
        details: Whether each GAN is shown at length: then by the weakest guarantee of its runs.
    """
    runs = private_runs(results)
    if not runs:
        return
    section.blocks += [heading(QUESTION), paragraph(_INTRODUCTION)]
    audits = sum(KEY in run.evidence for run in runs)
    claims = {results.title_of(run): held_against(run.guarantee, run.evidence.get(KEY), audits) for run in runs}
    for title, claim in claims.items():
        if claim.state == REFUTED:
            section.blocks.append(cards_block([Card(title, BAD, "The claim is refuted", [claim.words])]))
    section.add("guarantees of all runs", _overview, results, claims)
    for gan in results.gans:
        if details:
            section.tried(f"{gan.title}: guarantee", _add_gan, section, results, gan, claims)
    section.add("private trainings on the same patients", lambda: bullets(_together(results)))
    section.blocks.append(paragraph(GATE))


def _together(results: Results) -> list[str]:
    """A sentence for each dataset on which there were several private trainings."""
    groups: dict[str, list[RunResults]] = {}
    for run in private_runs(results):
        pixels = (run.dataset or {}).get("pixels_sha256")
        groups.setdefault(str(pixels or run.folder.experiment), []).append(run)
    sentences = []
    for runs in groups.values():
        if sentence := together([run.guarantee for run in runs]):
            names = list(dict.fromkeys(run.folder.experiment for run in runs))
            sentences.append(f"{', '.join(names)}: {sentence}")
    return sentences


def _overview(results: Results, claims: Mapping[str, Claim]) -> Table:
    rows = [_row(results.title_of(run), run.guarantee, claims[results.title_of(run)]) for run in private_runs(results)]
    return Table("guarantee-runs", "What is guaranteed for each run", _HEAD, rows)


def _row(title: str, filed: FiledGuarantee, claim: Claim) -> list[Cell]:
    found = filed.guarantee
    if found is None:
        return [title, NOT_SHOWN, *[""] * (len(_HEAD) - 2)]
    noise, steps = found.charges.noise_multiplier, found.charges.steps
    epsilon = rounded_up(found.epsilon, EPSILON_DIGITS) if filed.bounded else INFINITE
    most = percent(most_found(ONE_PERCENT, found.epsilon, found.delta))
    ends = ["none", "none"] if claim.bound is None else [f"{claim.bound:.2f}", f"{claim.ceiling:.2f}"]
    return [title, epsilon, rounded_up(found.delta), found.unit, f"{noise:.4g}", f"{steps:,}", most, claim.state, *ends]


def _add_gan(section: Section, results: Results, gan: GanResults, claims: Mapping[str, Claim]) -> None:
    runs = [run for run in gan.runs if run.guarantee is not None]
    # Each run without a guarantee says why; of the others the weakest is shown.
    for run in runs:
        if run.guarantee.guarantee is None:
            title = results.title_of(run)
            section.blocks.append(paragraph(f"{title}: {statement(run.guarantee)['headline']}", "failed"))
    weakest = worst(runs)
    if weakest is None:
        return
    _add_run(section, results, weakest, claims[results.title_of(weakest)], len(runs))


def _add_run(section: Section, results: Results, run: RunResults, claim: Claim, several: int) -> None:
    title, found = results.title_of(run), statement(run.guarantee)
    section.blocks.append(heading(f"{title}: {found['headline']}"))
    if several > 1:
        section.blocks.append(paragraph(f"Of the {several} private runs this is the one with the largest epsilon."))
    if found["promise"]:
        section.blocks += [bullets(found["promise"]), _bounds(results, run, found)]
    if claim.words:
        section.blocks.append(paragraph(claim.words, "failed" if claim.state == REFUTED else ""))
    facts = Table(f"guarantee-{results.stem_of(run)}", f"{title}: terms of the guarantee", ["term", "value"],
                  found["facts"])  # fmt: skip
    section.blocks.append(facts)
    for words, key in ((PUBLIC, "declared_public"), (COVERS_NOT, "not_covered"), (LIMITS, "limits")):
        if found[key]:
            section.blocks += [paragraph(f"{words}:"), bullets(found[key])]


def _bounds(results: Results, run: RunResults, found: Mapping[str, Any]) -> Table:
    rows = [[percent(one["false_alarms"]), percent(one["found"])] for one in found["bounds"]]
    head = ["false alarms among the others", "found, at most"]
    return Table(f"guarantee-bounds-{results.stem_of(run)}", f"{results.title_of(run)}: {BOUNDS}", head, rows)


def epsilon_cell(gan: GanResults) -> Cell:
    """The largest epsilon of a GAN's runs, or why there is none; "not private" where no training was."""
    runs = [run for run in gan.runs if run.guarantee is not None]
    if not runs:
        return "not private"
    if any(run.guarantee.guarantee is None for run in runs):
        return NOT_SHOWN
    if len(runs) < len(gan.runs):
        return "not all runs are private"
    found = worst(runs).guarantee
    return found.guarantee.epsilon if found.bounded else INFINITE


def unit_cell(gan: GanResults) -> Cell:
    """The largest delta and the unit of a GAN's guarantees."""
    found = [run.guarantee.guarantee for run in gan.runs if run.guarantee is not None and run.guarantee.bounded]
    if not found:
        return ""
    units = sorted({one.unit for one in found})
    return f"delta {rounded_up(max(one.delta for one in found))}, by {' and by '.join(units)}"
