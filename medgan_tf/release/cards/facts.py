"""What was measured of a release, each number with its result file and its place there; and what was not measured."""

import re
from collections.abc import Mapping
from typing import Any

from medgan_tf.release.cards.evidence import Evidence, Fact, ResultFile, missing

GAP, PRIVACY, NEIGHBOURS, GUARANTEE, READERS = (
    "gap.json", "privacy.json", "neighbours.json", "guarantee.json", "reader_study.json",
)  # fmt: skip
# Their value is the exact number of training images of the smallest combination, which can point to a person.
_VALUE_NOT_TOLD = ("combinations", "rare_labels")
_KINDS = {"attack": "AUC of an attack", "excess": "share beyond the control", "share": "share",
          "power": "share of planted copies", "count": "number"}  # fmt: skip
_NO_NUMBER = "no number is told for this question"
_DISTANCE = "cosine distance of features"
_AUC_RANGE = "AUC, 0.5 is guessing"

_AUC = {
    "auc_real": ("AUC on real test patients after training on real images", "/conditions/real/mean_auc"),
    "auc_synthetic": ("AUC on real test patients after training on synthetic images", "/conditions/synthetic/mean_auc"),
    "auc_gap": ("What is lost: the first AUC minus the second", "/gap/mean"),
}
_OF_GAP = {
    "auc_gap_margin": ("The largest loss that the settings accept", "/verdict/margin", "AUC"),
    "auc_gap_seeds": ("Trainings that were repeated with other seeds", "/verdict/seeds", "seeds"),
    "auc_gap_enough_seeds": ("Trainings that a good verdict needs", "/verdict/fewest_seeds", "seeds"),
    "auc_gap_sd": ("How the loss varies over trainings", "/gap/mean/over_seeds/sd", "AUC, standard deviation"),
}
# Key, title, place, unit and places of intervals, for each extractor of features.
_FIDELITY = (
    ("fid", "FID, distance to the real images", "/metrics/fid/value", "0 is best", ("/metrics/fid/interval",)),
    ("fid_floor", "FID of other real images, what can be reached", "/floor/real/fid", "0 is best",
     ("/floor/intervals/real/fid",)),
    ("fid_at_floor", "FID of synthetic images, as many as for the one before", "/floor/synthetic/fid", "0 is best",
     ("/floor/intervals/synthetic/fid",)),
    ("kid", "KID, another distance to the real images", "/metrics/kid/value", "0 is best", ("/metrics/kid/interval",)),
    ("coverage", "Coverage, share of real images with a synthetic one near", "/metrics/coverage/value", "0 to 1",
     ("/metrics/coverage/interval",)),
    ("recall", "Recall, share of real images in the range of synthetic ones", "/metrics/recall/value", "0 to 1",
     ("/metrics/recall/interval",)),
    ("closer_to_training", "Distance to training images less that to held-out ones; below 0: nearer to training images",
     "/closer_to_training/difference", "difference of distances", ("/closer_to_training/interval",)),
)  # fmt: skip
_ONLY_IF_THERE = ("fid_floor", "fid_at_floor", "kid", "coverage", "recall", "closer_to_training")


def read_facts(evidence: Evidence, settings: Mapping[str, Any]) -> dict[str, Fact]:
    """The facts by key, in the order in which a card shows them.

    Args:
        evidence: The result files of the release.
        settings: The resolved experiment.

    Returns:
        For each key an object with `name`, `value` (None: not measured, and `why`), `unit`, `interval`, `file`, and the
        JSON pointers `where`, `interval_where` and `answer_where` with the `answer` there. `card_check.NEEDED_FACTS`
        are always among them.
    """
    return {
        **_utility(evidence),
        **_fidelity(evidence, settings),
        **_privacy(evidence),
        **_neighbours(evidence),
        **_guarantee(evidence, settings),
        **_readers(evidence),
    }


def measured(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts that have a value or an answer."""
    return {key: fact for key, fact in facts.items() if fact["value"] is not None or "answer" in fact}


def not_measured(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """The facts without a value and without an answer."""
    return {key: fact for key, fact in facts.items() if key not in measured(facts)}


def _utility(evidence: Evidence) -> dict[str, Fact]:
    file = evidence.files.get(GAP)
    if file is None:
        return {key: missing(title, _no_file(GAP), _AUC_RANGE) for key, (title, _) in _AUC.items()}
    several = len(seeds) > 1 if isinstance(seeds := file.at("/seeds"), list) else False
    facts = {}
    for key, (title, where) in _AUC.items():
        # Of one training the interval is over patients only.
        intervals = [f"{where}/interval"] if several else [f"{where}/interval", f"{where}/each_seed/0"]
        answer = "/verdict/finding" if key == "auc_gap" else ""
        facts[key] = file.number(title, f"{where}/over_seeds/mean", _AUC_RANGE, intervals, answer)
    facts["auc_gap"]["unit"] = "AUC, 0 is no loss"
    further = {key: file.number(title, where, unit) for key, (title, where, unit) in _OF_GAP.items()}
    return facts | {key: fact for key, fact in further.items() if fact["value"] is not None}


def _fidelity(evidence: Evidence, settings: Mapping[str, Any]) -> dict[str, Fact]:
    wanted = str(_inner(settings, "evaluation", "fid", "extractor") or "").replace("-", "_")
    files = sorted(evidence.named("fid-"), key=lambda file: (_extractor(file) != wanted, file.name))
    if not files:
        return {"fid": missing(_FIDELITY[0][1], "there is no result file evidence/fid-EXTRACTOR.json", "0 is best")}
    facts = {}
    for number, file in enumerate(files):
        suffix = "" if number == 0 else f"_{_slug(_extractor(file))}"
        for key, title, where, unit, intervals in _FIDELITY:
            fact = file.number(f"{title} (features: {_extractor(file)})", where, unit, intervals)
            if file.at("/extractor/comparable") is False:
                fact["note"] = "These features are for smoke runs: the number can be compared with no other."
            if fact["value"] is not None or key not in _ONLY_IF_THERE:
                facts[f"{key}{suffix}"] = fact
    return facts


def _extractor(file: ResultFile) -> str:
    return file.name.rpartition("/fid-")[2].removesuffix(".json").replace("-", "_")


def _privacy(evidence: Evidence) -> dict[str, Fact]:
    title, file = "Privacy audit: do all limits hold?", evidence.files.get(PRIVACY)
    if file is None:
        return {"privacy": missing(title, _no_file(PRIVACY), "answer")}
    facts = {"privacy": file.number(title, "/gate/answer", "answer", words=True)}
    verdicts = file.at("/verdicts")
    for number, verdict in enumerate(verdicts if isinstance(verdicts, list) else []):
        if isinstance(verdict, dict) and isinstance(verdict.get("name"), str):
            facts[f"privacy_{_slug(verdict['name'])}"] = _verdict(file, verdict, f"/verdicts/{number}")
    return facts


def _verdict(file: ResultFile, verdict: Mapping[str, Any], where: str) -> Fact:
    title = f"{verdict.get('question') or verdict['name']} ({verdict['name']})"
    fact = file.number(title, f"{where}/value", _unit(verdict), [f"{where}/interval"], f"{where}/status")
    if fact["value"] is None or verdict["name"].partition(" ")[0] in _VALUE_NOT_TOLD:
        told = {"name": title, "value": None, "unit": _unit(verdict), "interval": None, "why": _NO_NUMBER}
        return told | file.answer(f"{where}/status")
    return fact


def _unit(verdict: Mapping[str, Any]) -> str:
    limit = verdict.get("limit")
    kind = _KINDS.get(str(verdict.get("kind")), "value")
    return f"{kind}, limit {limit:g}" if isinstance(limit, int | float) else kind


def _neighbours(evidence: Evidence) -> dict[str, Fact]:
    titles = {
        "nearest_train": "Distance of a synthetic image to the nearest training image, median",
        "nearest_held_out": "The same to the nearest image of held-out patients, among as many",
    }
    file = evidence.files.get(NEIGHBOURS)
    if file is None:
        return {key: missing(title, _no_file(NEIGHBOURS), _DISTANCE) for key, title in titles.items()}
    found = file.at("/nearest_distance")
    # Among more images there is a nearer one by chance, so the part of equal size is the one to compare.
    part = next((name for name in found if name.startswith("train_part")), "train") if isinstance(found, dict) else ""
    sets = {"nearest_train": part, "nearest_held_out": "held_out"}
    return {key: file.number(titles[key], f"/nearest_distance/{name}/50%", _DISTANCE) for key, name in sets.items()}


def _guarantee(evidence: Evidence, settings: Mapping[str, Any]) -> dict[str, Fact]:
    title = "Epsilon, what differential privacy guarantees to each unit; smaller is more"
    for name, where in ((GUARANTEE, "/guarantee"), (PRIVACY, "/guarantee/guarantee"), (PRIVACY, "/guarantee")):
        file = evidence.files.get(name)
        if file is not None and file.at(f"{where}/epsilon") is not None:
            unit = str(file.at(f"{where}/unit") or "unit")
            facts = {
                "epsilon": file.number(title, f"{where}/epsilon", f"for each {unit}; inf is no guarantee", words=True)
            }
            return facts | {"delta": file.number("Delta of this guarantee", f"{where}/delta", "probability")}
    private = _inner(settings, "privacy", "dp") is not None
    why = _no_file(GUARANTEE) if private else "the training was not private, so nothing is guaranteed"
    return {"epsilon": missing(title, why)}


def _readers(evidence: Evidence) -> dict[str, Fact]:
    title, unit = "Share of images that readers told rightly to be real or synthetic", "0 to 1, 0.5 is guessing"
    file = evidence.files.get(READERS)
    if file is None:
        return {"readers": missing(title, _no_file(READERS), unit)}
    return {"readers": file.number(title, "/tests/mean", unit, ["/tests/interval"])}


def _no_file(name: str) -> str:
    return f"there is no result file evidence/{name}"


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "_", name.lower()).strip("_")


def _inner(values: Any, *keys: str) -> Any:
    """A value in objects in objects; None where there is none."""
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values
