"""`card.md`: model card and dataset card in one, for people and for hubs that read its first lines."""

from collections.abc import Iterable, Mapping

from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.card import SOFTWARE
from medgan_tf.release.cards.evidence import NOT_MEASURED, Evidence, Fact
from medgan_tf.release.cards.facts import measured, not_measured
from medgan_tf.release.cards.markdown import bullets, front_matter, inline, interval, number, quoted, table
from medgan_tf.release.cards.sentences import (
    INTENDED,
    OUT_OF_SCOPE,
    description,
    failures,
    headlines,
    title,
    training_data,
)

Facts = Mapping[str, Fact]
_LICENCES = {
    "apache-2.0", "mit", "bsd-3-clause", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "cc-by-nc-sa-4.0",
    "cc-by-nd-4.0", "cc-by-nc-nd-4.0",
}  # fmt: skip
"""Names of licences that Hugging Face knows, in its spelling."""
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_MOST_COMBINATIONS = 60
NOT_STATED = "not stated"
_C_FACTS = {
    "Congruence": ("auc_", "fid", "kid"),
    "Coverage": ("coverage", "recall"),
    "Compliance": ("privacy", "nearest", "closer", "epsilon", "delta"),
    "Constraint": ("readers",),
    "Consistency": ("auc_gap_seeds", "auc_gap_sd"),
}


def card_page(release: Release, facts: Facts, evidence: Evidence) -> str:
    """The text of `card.md`.

    Args:
        release: The release, see `card.plain_release`.
        facts: Its facts.
        evidence: Its result files.
    """
    lines = [
        *_front(release), "", f"# {inline(title(release))}", "",
        f"**Synthetic.** {inline(description(release))} Do not use it to decide on a patient's care.", "",
        *override_lines(release.gate), *_withdrawn(release),
        "## At a glance", "", *table(["", ""], _glance(release)), "",
        "## What was measured, in three sentences", "", *bullets(map(inline, headlines(facts))), "",
        "## Intended use", "", *bullets(INTENDED), "",
        "## Out-of-scope use", "", *bullets(OUT_OF_SCOPE), "",
        "## Known failures", "", *bullets(map(inline, failures(release, facts, evidence))), "",
        "## Training data", "", *bullets(map(inline, training_data(release, facts, evidence))), "",
        *_numbers(facts), *_gate(release.gate), *_seven(release, facts), *_terms(release),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def override_lines(gate: Mapping) -> list[str]:
    """The reason why a release left although its gate does not hold, so that nobody overlooks it."""
    if not gate["override"]:
        return []
    state = "The gate of this release holds." if gate["holds"] else "The gate of this release does NOT hold."
    return [f"> **Overridden.** {state} It was released by an override. The reason that was given:", ">",
            *quoted(gate["override"]), ""]  # fmt: skip


def _front(release: Release) -> list[str]:
    licence = release.licence.lower()
    known = licence if licence in _LICENCES else "other" if licence else "unknown"
    values: list[tuple] = [("pretty_name", f"{release.name} {release.version}"), ("license", known)]
    values += [("license_name", release.licence)] if known == "other" else []
    values += [
        ("tags", ["synthetic", "medical", "radiology", "gan", "medgan-tf"]),
        ("task_categories", ["image-classification"]),
    ]
    if release.images:
        values.append(("size_categories", [_size(sum(release.images.values()))]))
    if release.what != "images":
        values.append(("library_name", "medgan-tf"))
    return front_matter(values)


def _size(count: int) -> str:
    return next((name for most, name in _SIZES if count < most), "1M<n<10M")


def _withdrawn(release: Release) -> list[str]:
    if not release.withdraws:
        return []
    versions = ", ".join(map(inline, release.withdraws))
    return [f"**Withdrawal.** This version revokes version {versions} of the same name: stop using it.", ""]


def _glance(release: Release) -> list[list[str]]:
    images = ", ".join(f"{number(count)} {inline(fold)}" for fold, count in release.images.items()) or "none"
    return [
        ["What", release.what],
        ["Images", f"{images}; form: {release.form}"],
        ["Resolution", f"{release.resolution} x {release.resolution} pixels, grey"],
        ["Labels", inline(", ".join(release.labels))],
        ["Generator", f"`{release.generator_sha256}`" if release.generator_sha256 else NOT_STATED],
        ["Created", inline(release.created)],
        ["Licence", inline(release.licence) or NOT_STATED],
        ["Contact", inline(release.contact) or NOT_STATED],
        ["Software", SOFTWARE],
    ]


def _numbers(facts: Facts) -> list[str]:
    known, unknown = measured(facts), not_measured(facts)
    rows = [fact_row(fact) for fact in known.values()]
    missing = [f"{inline(fact['name'])}: {inline(fact['why'].removeprefix(NOT_MEASURED))}" for fact in unknown.values()]
    return [
        "## Every number, and where it is from", "",
        "Nothing here was typed in: `medgan-tf verify` reads the result files and compares.", "",
        *table(["what", "value", "interval", "judged", "unit", "from"], rows), "",
        "Intervals are at 95 %, unless the result file says otherwise; those of the privacy audit are one-sided.",
        "",
        "## What was not measured", "", *bullets(missing or ["Nothing of what a card asks for."]), "",
    ]  # fmt: skip


def fact_row(fact: Fact) -> list[str]:
    """The row of a fact: what, value, interval, answer, unit, file and place."""
    value = number(fact["value"]) if fact["value"] is not None else ""
    where = fact.get("where") or fact.get("answer_where", "")
    place = f"{inline(fact['file'])} {inline(where)}"
    note = f"; {inline(fact['note'])}" if "note" in fact else ""
    return [inline(fact["name"]) + note, value, interval(fact["interval"]), inline(fact.get("answer", "")),
            inline(fact["unit"]), place]  # fmt: skip


def _gate(gate: Mapping) -> list[str]:
    rows = [[inline(row["name"]), row["answer"], inline(row["text"]), inline(row["file"])] for row in gate["rows"]]
    state = "holds" if gate["holds"] else "does not hold"
    shown = table(["condition", "answer", "in words", "from"], rows) if rows else ["No condition was asked."]
    return ["## The gate", "", f"What had to hold before anything left: the gate {state}.", "", *shown, ""]


def _seven(release: Release, facts: Facts) -> list[str]:
    """The seven criteria of the scorecard for synthetic medical data (Zamzmi et al. 2025, staff of the FDA)."""
    lines = ["## The seven criteria for synthetic medical data", "",
             "As in the scorecard of Zamzmi et al. (2025, staff of the FDA). Nobody has approved it.", ""]  # fmt: skip
    for name, words in _criteria(release).items():
        lines += [f"### {name}", "", *words, "", *_facts_of(facts, _C_FACTS.get(name, ()))]
    return lines


def _facts_of(facts: Facts, starts: tuple[str, ...]) -> list[str]:
    found = [
        f"{inline(fact['name'])}: {_short(fact)}" for key, fact in facts.items() if starts and key.startswith(starts)
    ]
    return [*bullets(found), ""] if found else []


def _short(fact: Fact) -> str:
    if fact["value"] is None:
        return inline(fact.get("answer") or fact["why"])
    answer = f", {inline(fact['answer'])}" if fact.get("answer") else ""
    ends = f" ({interval(fact['interval'])})" if fact["interval"] else ""
    return f"{number(fact['value'])}{ends}{answer}"


def _criteria(release: Release) -> dict[str, list[str]]:
    return {
        "Congruence": ["How near the images are to real ones, and what is lost when a classifier learns from them."],
        "Coverage": ["Which kinds of real images have a synthetic one near them, and which labels there are.", "",
                     *_combinations(release)],
        "Constraint": ["Whether images keep to anatomy and physics was not measured by a program. Readers may say."],
        "Completeness": ["Every image has a value of every label: `images/labels.csv`. "
                         "What a card asks for and nobody measured is listed above."],
        "Compliance": ["What the release gives away about training patients, and what is guaranteed. Whether it is "
                       "anonymous is for the controller to decide."],
        "Comprehension": ["Settings, result files and hashes are in the folder: `card.json`, `evidence/`, "
                          "`MANIFEST.json`. The same release makes the same card."],
        "Consistency": ["Whether another training gives the same: how many were made, and how their results vary."],
    }  # fmt: skip


def _combinations(release: Release) -> Iterable[str]:
    if not release.combinations:
        return []
    rows = [[inline(", ".join(one["labels"])) or "none", number(one["images"])] for one in release.combinations]
    more = len(rows) - _MOST_COMBINATIONS
    last = ["", f"And {more} more: `images/labels.csv`."] if more > 0 else []
    return [*table(["labels", "synthetic images"], rows[:_MOST_COMBINATIONS]), *last]


def _terms(release: Release) -> list[str]:
    terms = quoted(release.use_terms) if release.use_terms else [NOT_STATED.capitalize() + "."]
    return ["## Terms of use", "", *terms]
