"""What all cards of a release say in words: what it is, what it is for, what is known to be wrong, what was found."""

from collections.abc import Mapping
from typing import Any

from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.evidence import Evidence, Fact
from medgan_tf.release.cards.facts import GAP, PRIVACY
from medgan_tf.release.cards.markdown import interval, number

Facts = Mapping[str, Fact]
_WHAT = {"images": "synthetic medical images", "generator": "a generator of synthetic medical images",
         "both": "synthetic medical images, and the generator that made them"}  # fmt: skip
INTENDED = (
    "Research and teaching on methods: to try out programs, to train and compare classifiers, to plan a study.",
    "Whatever is learned from it is tested on real patients before anybody relies on it.",
)
OUT_OF_SCOPE = (
    "Decisions on the care of a patient.",
    "Evidence that a medical device works: it was measured on real test patients only as far as this card says.",
    "Statements on how frequent a finding is: labels were chosen or drawn, and are not those of a population.",
    "Attempts to find out who the training images were of.",
    "Mixing its images with images of patients without a mark.",
)
# The words of gap.json.
_LOSS = {
    "equivalent": "The loss is shown to be below the margin{margin}",
    "better": "The loss is shown to be below the margin{margin}",
    "worse": "The loss is shown to be above the margin{margin}",
    "one training": "It is undecided whether the loss is below the margin{margin}, because there was one training",
    "too few patients": "It is undecided whether the loss is below the margin{margin}: too few test patients",
}
_UNDECIDED_LOSS = "It is undecided whether the loss is below the margin{margin}"
_AUDIT = {
    "holds": "All limits of the privacy audit hold. That is a test of what known attacks find, and no guarantee.",
    "broken": "A limit of the privacy audit is broken: treat the release like images of the training patients.",
    "undecided": "Not all limits of the privacy audit are shown to hold. Undecided is not safe.",
}
_UNKNOWN = "What the release gives away about training patients was not measured."
_NOT_INSIDE = (
    "The training images themselves are not in the folder. Whether a synthetic one is close to one of them is a "
    "question of the privacy audit."
)
_MOST_NAMED = 12
_ABOUT = 10


def title(release: Release) -> str:
    """Name, version and kind."""
    return f"{release.name}, version {release.version}: {_WHAT[release.what]}"


def description(release: Release) -> str:
    """What it is, in two sentences."""
    side = f"{release.resolution} x {release.resolution}"
    images = f"grey images of {side} pixels, with the labels {', '.join(release.labels)}"
    words = {"images": f"Synthetic {images}", "generator": f"A generator of synthetic {images}",
             "both": f"Synthetic {images}, and the generator that made them"}  # fmt: skip
    return f"{words[release.what]}. A generative network made the images; none was taken of a patient."


def headlines(facts: Facts) -> list[str]:
    """What was measured, in three sentences: worth, likeness, and what it gives away."""
    return [_worth(facts), _likeness(facts), _given_away(facts)]


def _worth(facts: Facts) -> str:
    gap, real, synthetic = (facts[key] for key in ("auc_gap", "auc_real", "auc_synthetic"))
    if any(fact["value"] is None for fact in (gap, real, synthetic)):
        return "What the images are worth for training a classifier was not measured."
    finding = _LOSS.get(gap.get("answer"), _UNDECIDED_LOSS).format(margin=_margin(facts))
    few, enough = (facts.get(key, {}).get("value") for key in ("auc_gap_seeds", "auc_gap_enough_seeds"))
    if gap.get("answer") in ("equivalent", "better") and few is not None and enough is not None and few < enough:
        finding += f", by {number(few)} trainings where {number(enough)} are needed to rely on it"
    only_patients = ", for other patients but this training only" if gap.get("answer") == "one training" else ""
    return (
        f"A classifier that learned from synthetic images alone reaches a mean AUC of {number(synthetic['value'])} on "
        f"real test patients, one that learned from real images {number(real['value'])}; the loss is "
        f"{number(gap['value'])}{_in_brackets(gap, only_patients)}. {finding}."
    )


def _margin(facts: Facts) -> str:
    margin = facts.get("auc_gap_margin", {}).get("value")
    return f" of {number(margin)}" if margin is not None else ""


def _likeness(facts: Facts) -> str:
    fid = facts["fid"]
    # A FID depends on the number of images, so the floor stands beside the one of as many synthetic images only.
    floor, at_floor = (facts.get(key, {}).get("value") for key in ("fid_floor", "fid_at_floor"))
    if fid["value"] is None:
        return "How like the images are to real ones was not measured."
    beside = ""
    if floor is not None and at_floor is not None:
        beside = (
            f" With as many images as there are held-out real ones, synthetic images reach {number(at_floor)} and the "
            f"real ones {number(floor)}."
        )
    note = f" {fid['note']}" if "note" in fid else ""
    return f"The FID to the real images is {number(fid['value'])}{_in_brackets(fid)}, where 0 is best.{beside}{note}"


def _given_away(facts: Facts) -> str:
    epsilon, audit = facts["epsilon"], _AUDIT.get(facts["privacy"]["value"], _UNKNOWN)
    if isinstance(epsilon["value"], int | float):
        return f"{audit} Differential privacy is guaranteed with an epsilon of {number(epsilon['value'])}."
    return f"{audit} There is no guarantee of differential privacy."


def _in_brackets(fact: Fact, more: str = "") -> str:
    return f" (interval {interval(fact['interval'])}{more})" if fact["interval"] else ""


def failures(release: Release, facts: Facts, evidence: Evidence) -> list[str]:
    """What is known to be wrong or weak, and what nobody knows."""
    found = [*_few_images(release, evidence), *_privacy_failures(facts)]
    if facts["auc_gap"].get("answer") == "worse":
        found.append("Classifiers that learn from these images alone are worse than the settings accept.")
    if "note" in facts["fid"]:
        found.append(f"FID: {facts['fid']['note']}")
    nearer = facts.get("closer_to_training")
    if nearer and nearer["interval"] and nearer["interval"][1] < 0:
        found.append("The synthetic images are nearer to the training images than held-out real images are.")
    if GAP in evidence.files and evidence.files[GAP].at("/original_code"):
        found.append("AUCs were measured as the paper's published code does it, which departs from its text.")
    return [
        *found,
        "Labels are what the network was asked for. Whether the images show them, nobody has read.",
        "Whether anatomy and physics are right in each image was not measured.",
    ]


def _few_images(release: Release, evidence: Evidence) -> list[str]:
    """The released combinations of which there were few training images, without their numbers."""
    file = evidence.files.get(PRIVACY)
    rows = file.at("/combinations") if file else None
    told = {"|".join(entry["labels"]) or "(none)" for entry in release.combinations}
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    few = [str(row.get("labels")) for row in rows if row.get("guidance") == "memorises"]
    named = sorted(name for name in few if name in told or (name in ("", "none") and "(none)" in told))
    if not few:
        return []
    limit = file.at("/settings/few_images")
    words = f"fewer than {number(limit)} training images" if limit else "few training images"
    more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    listed = ", ".join(named[:_MOST_NAMED]) + more
    which = f": {listed}" if named else ""
    return [f"{len(few)} of {len(rows)} label combinations had {words}, where the paper saw memorisation{which}."]


def _privacy_failures(facts: Facts) -> list[str]:
    words = {"broken": "The limit is broken", "undecided": "It is undecided whether the limit holds",
             "caution": "Caution", "not run": "The question has no answer"}  # fmt: skip
    return [f"{words[fact['answer']]}: {fact['name']}" for key, fact in facts.items()
            if key.startswith("privacy_") and fact.get("answer") in words]  # fmt: skip


def training_data(release: Release, facts: Facts, evidence: Evidence) -> list[str]:
    """The training data, without a count that could point to a person."""
    data = release.experiment_settings.get("data")
    data = data if isinstance(data, dict) else {}
    found = [f"Source: {data['source']}."] if isinstance(data.get("source"), str) else []
    if data.get("source") == "phantom":
        found.append("This source is computed: its images show phantoms, and no patients.")
    found += _about_images(release, evidence)
    if isinstance(facts["epsilon"]["value"], int | float):
        found.append("The training was differentially private, so numbers of images of each combination are not told.")
    return [*found, f"Labels: {', '.join(release.labels)}.", _NOT_INSIDE]


def _about_images(release: Release, evidence: Evidence) -> list[str]:
    file = evidence.files.get(PRIVACY)
    images, patients = (file.at(f"/train/{name}") if file else None for name in ("images", "patients"))
    if not _is_count(images):
        return []
    generate = release.experiment_settings.get("generate")
    step = generate.get("minimum_patients") if isinstance(generate, dict) else _ABOUT
    step = step if _is_count(step) and step else _ABOUT
    people = f" of about {number(_rounded(patients, step))} patients" if _is_count(patients) else ""
    about = f"About {number(_rounded(images, step))} training images{people}"
    return [f"{about}, rounded to multiples of {step}; result files may hold exact numbers."]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _rounded(count: int, step: int) -> int:
    """The nearest multiple of `step`, and at least one step."""
    return max(step, (2 * count + step) // (2 * step) * step)
