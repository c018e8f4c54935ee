"""What was planned before there were results, and whether it is what was measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from medgan_tf.config.renamed import as_today
from medgan_tf.config.schema import DataConfig, OriginalCodeConfig
from medgan_tf.errors import DataError
from medgan_tf.evidence.report import Results
from medgan_tf.files.yaml_text import dump_yaml
from medgan_tf.presentation.blocks import Html, Section, Table, bullets, fold, heading, paragraph
from medgan_tf.reporting.provenance import without_places
from medgan_tf.reporting.rooms import Room
from medgan_tf.workflow.study_plan import Plan, differing, flat, read_plans, shown, without_folders

AS_PLANNED, SO_FAR, CHANGED, LATE, NONE, DAMAGED = (
    "as planned", "as planned so far", "changed", "written after results", "no plan", "cannot be read",
)  # fmt: skip
PLANNED = "What was planned"
_MOST_NAMED = 4
_NO_PROOF = (
    "The day of a plan is what the clock of the machine said that wrote it. Only a time stamp from outside, such as a "
    "registration of its SHA-256, proves that the plan came before the results."
)
_NO_PLAN = "no plan was written. Nothing shows that the margin and the limits were chosen before the results."
_SEEDS = "seeds"


@dataclass(frozen=True)
class Check:
    """The plan of an experiment, held against its results.

    Attributes:
        experiment: Its name.
        state: One of the words of this module.
        words: A sentence about it, without the name.
        plans: All plans, the newest last.
        held: The plan that the results are held against: the newest one that was written before any result, or else
            the newest one.
    """

    experiment: str
    state: str
    words: str
    plans: tuple[Plan, ...] = ()
    held: Plan | None = None


def plan_checks(results: Results, rooms: Sequence[Room]) -> list[Check]:
    """The plan of each experiment, in the order of the report."""
    return [_check(results, rooms, name) for name in dict.fromkeys(gan.experiment for gan in results.gans)]


def answer_blocks(checks: Sequence[Check]) -> list[Html]:
    """The end of the answer: whether it is what was planned."""
    if len(checks) == 1:
        lines = [f"{checks[0].words[:1].upper()}{checks[0].words[1:]}"]
    elif len(checks) <= _MOST_NAMED:
        lines = [f"{check.experiment}: {check.words}" for check in checks]
    else:
        count = {
            state: sum(check.state == state for check in checks) for state in dict.fromkeys(c.state for c in checks)
        }
        lines = [f"{number} of {len(checks)} experiments: {state}." for state, number in count.items()]
    return [heading("Was this planned?"), bullets(lines), paragraph(_NO_PROOF, "small")]


def plan_section(checks: Sequence[Check]) -> Section:
    """The plans with their hashes, and their content."""
    section = Section(PLANNED)
    if not any(check.plans for check in checks):
        section.blocks.append(paragraph("No plan was written. `medgan-tf preregister EXPERIMENT.yaml` writes one."))
        return section
    rows = [
        [
            check.experiment,
            plan.made,
            _listed(plan.results) or "none",
            "yes" if plan is check.held else "no",
            plan.sha256,
        ]
        for check in checks
        for plan in check.plans
    ]
    head = ["experiment", "written (UTC)", "results there by then", "held against the results", "SHA-256"]
    section.blocks += [Table("plans", "Plans of the experiments", head, rows), paragraph(_NO_PROOF, "small")]
    for check in checks:
        if check.held is not None:
            text = f"<pre>{escape(dump_yaml(without_places(check.held.content)))}</pre>"
            section.blocks.append(fold(f"The plan of {check.experiment}, {check.held.day}", Html(text)))
    return section


def _check(results: Results, rooms: Sequence[Room], experiment: str) -> Check:
    if experiment not in results.plans:
        return Check(experiment, NONE, _NO_PLAN)
    try:
        plans = read_plans(results.plans[experiment] or {})
    except DataError as error:
        return Check(experiment, DAMAGED, f"{error}. It counts as no plan.")
    before = [plan for plan in plans if not plan.results]
    held = (before or list(plans))[-1]
    found = measured(results, rooms, experiment)
    changes, lacking = _changes(held, found), _lacking(held, found) if results.kind != "run" else []
    later = [plan for plan in plans if plan.results]
    if not before:
        words = f"the plan was written on {held.day}, after these results were there: {_listed(held.results)}."
        return Check(experiment, LATE, " ".join([words, *_sentences(changes)]), plans, held)
    if changes:
        words = f"changed after the plan of {held.day}: {'; '.join(changes)}."
        return Check(experiment, CHANGED, " ".join([words, *map(_again, later)]), plans, held)
    words = f"as planned on {held.day}, before there were results"
    if earlier := [plan for plan in before[:-1] if differing(plan.content, held.content)]:
        words += f"; a plan of {earlier[0].day} was changed before that"
    state = SO_FAR if lacking else AS_PLANNED
    words += f", but not complete (missing seeds: {', '.join(lacking)})." if lacking else "."
    if held.content[_SEEDS] is None:
        words += " It does not say which seeds would be measured."
    return Check(experiment, state, " ".join([words, *map(_again, later)]), plans, held)


def _again(plan: Plan) -> str:
    return f"A further plan was written on {plan.day}, after these results were there: {_listed(plan.results)}."


def _sentences(changes: Sequence[str]) -> list[str]:
    return [f"What was measured differs from it: {'; '.join(changes)}."] if changes else []


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def measured(results: Results, rooms: Sequence[Room], experiment: str) -> dict[str, list[Any]]:
    """What the results of an experiment were measured with: by dotted key, the different values of its runs.

    Settings that a result does not keep, and results of an earlier version, are not known and not compared.
    """
    found: dict[str, list[Any]] = {}
    for gan in (one for one in results.gans if one.experiment == experiment):
        for run in gan.runs:
            if not run.evidence:
                continue
            values = _of_config(run.config or {}) | {"labels": (run.dataset or {}).get("label_names")}
            for room in rooms:
                if room.key in run.evidence:
                    values |= room.measured(run.evidence[room.key])
            for key, value in values.items():
                if value is not None and value not in found.setdefault(key, []):
                    found[key].append(value)
    return found


def _of_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """The dataset's settings with which a run was trained."""
    sections = {"data": DataConfig, "original_code": OriginalCodeConfig}
    known = {
        name: as_today(config[name], model) for name, model in sections.items() if isinstance(config.get(name), dict)
    }
    known.get("data", {}).pop("options", None)
    return flat(without_folders(known))


def _changes(plan: Plan, found: Mapping[str, list[Any]]) -> list[str]:
    """What was measured otherwise than planned, a text each."""
    changes = []
    for key, planned in plan.flat.items():
        if key == _SEEDS or key not in found or (key == "labels" and planned is None):
            continue
        # Several were measured side by side, such as extractors: the planned one must be among them.
        others = [value for value in found[key] if not _is_same(planned, value)]
        changes += [f"{key} {shown(planned)} -> {shown(_plainly(value))}" for value in others]
    if plan.content[_SEEDS] is not None:
        added = sorted({seed for seeds in found.get(_SEEDS, []) for seed in seeds} - set(plan.content[_SEEDS]))
        changes += [f"seeds {', '.join(map(str, added))} were not planned"] if added else []
    return changes


def _is_same(planned: Any, value: Any) -> bool:
    if isinstance(value, frozenset):
        return planned in value
    # 1 and 1.0 are one number, but 1 and true are not.
    return planned == value and isinstance(planned, bool) == isinstance(value, bool)


def _plainly(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, frozenset) else value


def _lacking(plan: Plan, found: Mapping[str, list[Any]]) -> list[str]:
    """Planned seeds that are not measured for each GAN."""
    planned = plan.content[_SEEDS] or []
    return [str(seed) for seed in planned if not all(seed in seeds for seeds in found.get(_SEEDS, [[]]))]
