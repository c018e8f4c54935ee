"""The privacy audit: one verdict for each question, each with n, interval and words."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medgan_tf.errors import DataError, MedganError
from medgan_tf.evidence.privacy.copies.measure_copies import (
    CopySearch,
    authenticity,
    copies,
    data_copying,
    planted_leaks,
    reidentification,
    search_copies,
)
from medgan_tf.evidence.privacy.figures import draw_audit, draw_pairs
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.discriminator_scores import Discriminator
from medgan_tf.evidence.privacy.membership.measure_membership import MODEL, RELEASED, model_attack, released_attacks
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.privacy.verdicts import (
    FAIL,
    NOT_RUN,
    Verdict,
    authenticity_verdict,
    combinations_verdict,
    copies_verdict,
    copying_verdict,
    membership_verdicts,
    not_run,
    power_verdict,
    reidentification_verdict,
)
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.features.comparable import incomparable
from medgan_tf.files.result_files import write_json
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps

RESULT = "privacy.json"
GATE_EXIT_CODE = 3


@dataclass(frozen=True)
class Audit:
    """A finished audit.

    Attributes:
        verdicts: One for each question.
        result: The content of `privacy.json`.
        inputs, search: Inputs and search for copies, for the figures; `search` is None if it could not be done.
    """

    verdicts: list[Verdict]
    result: dict[str, Any]
    inputs: PrivacyInputs
    search: CopySearch | None

    @property
    def failed(self) -> list[str]:
        """Names of the questions that broke a limit."""
        return [verdict.name for verdict in self.verdicts if verdict.status == FAIL]

    @property
    def not_run(self) -> list[str]:
        """Names of the questions without an answer."""
        return [verdict.name for verdict in self.verdicts if verdict.status == NOT_RUN]

    def exit_code(self, gate: bool, partial: bool = False) -> int:
        """3 when a limit is broken and `gate` is set, else 1 when a question has no answer and not `partial`, or 0."""
        if gate and self.failed:
            return GATE_EXIT_CODE
        return 1 if self.not_run and not partial else 0


def audit(
    sets: ReleaseSets,
    settings: PrivacyConfig,
    store: FeatureStore,
    discriminator: Discriminator | MedganError | None = None,
    progress: Progress | None = None,
    *,
    seed: int,
) -> Audit:
    """Answers every question of the audit.

    Args:
        sets: The images to be released, those that the generator was trained on, and those of held-out patients.
        settings: Section `evaluation.privacy`.
        store: Computes the features.
        discriminator: The discriminator of the checkpoint; or the reason why there is none, which becomes a row; or
            None for folders of images, which have no checkpoint.
        progress: Shows how far the work is.
        seed: Seed of all random choices.

    Raises:
        DataError: A set is too small for any attack.
    """
    started = time.monotonic()
    inputs = PrivacyInputs.of(sets, settings, seed, store, Steps(progress or Silent()))
    membership, verdicts = _membership(inputs, discriminator)
    search, figures, answers = _copies(inputs)
    verdicts += answers
    rows = combination_rows(inputs, search, membership)
    verdicts.append(combinations_verdict(rows, settings))
    result = {
        "format_version": 1,
        "what": "privacy",
        "verdicts": [verdict.describe() for verdict in verdicts],
        "membership": membership,
        **figures,
        "combinations": rows,
        "train": sets.train.describe_patients(),
        "held_out": sets.held_out.describe_patients(),
        "synthetic": sets.synthetic.describe_patients(),
        "synthetic_used": len(inputs.synthetic),
        "extractor": store.extractor.describe(),
        "seed": seed,
        "settings": settings.model_dump(mode="json"),
        "notes": [*sets.notes, *incomparable(store.extractor.describe()), *_notes(verdicts, settings)],
        "seconds": round(time.monotonic() - started, 1),
    }
    return Audit(verdicts, result, inputs, search)


def _copies(inputs: PrivacyInputs) -> tuple[CopySearch | None, dict[str, Any], list[Verdict]]:
    """The search for copies, its results by question, and the verdicts; without a search, the reason why."""
    settings = inputs.settings
    try:
        search = search_copies(inputs)
    except ValueError as error:
        names = ("authenticity", "data_copying", "copies", "power", "reidentification")
        return None, {}, [not_run(name, f"real images must be of several patients: {error}") for name in names]
    power = planted_leaks(inputs, search)
    figures = {
        "authenticity": authenticity(inputs, search),
        "data_copying": data_copying(inputs, search),
        "copies": copies(inputs, search),
        "planted": power,
        "reidentification": reidentification(inputs),
    }
    false_positives = figures["copies"]["held_out_false_positives"]
    verdicts = [
        authenticity_verdict(figures["authenticity"], settings),
        copying_verdict(figures["data_copying"], settings),
        copies_verdict(figures["copies"], power, settings),
        power_verdict(power, false_positives, settings),
        reidentification_verdict(figures["reidentification"], settings),
    ]
    return search, figures, verdicts


def _membership(
    inputs: PrivacyInputs, discriminator: Discriminator | MedganError | None
) -> tuple[dict[str, Any], list[Verdict]]:
    results, verdicts = {}, []
    try:
        results |= released_attacks(inputs)
        verdicts += [row for name in RELEASED for row in membership_verdicts(name, results[name], inputs.settings)]
    except DataError as error:
        verdicts += [not_run(name, str(error)) for name in RELEASED]
    if isinstance(discriminator, MedganError):
        verdicts.append(not_run(MODEL, str(discriminator)))
    elif discriminator is not None:
        try:
            results[MODEL] = model_attack(inputs, discriminator)
            verdicts += membership_verdicts(MODEL, results[MODEL], inputs.settings)
        except DataError as error:
            verdicts.append(not_run(MODEL, str(error)))
    return results, verdicts


def combination_rows(
    inputs: PrivacyInputs, search: CopySearch | None, membership: dict[str, Any]
) -> list[dict[str, Any]]:
    """Rows by label combination of the training set, fewest images first: counts, guidance, the audit's figures."""
    if not inputs.train.label_names:
        return []
    train, synthetic, settings = inputs.train.combinations(), inputs.synthetic.combinations(), inputs.settings
    rows = []
    for name, count in zip(*np.unique(train, return_counts=True), strict=True):
        mine = synthetic == name
        guidance = "memorises" if count < settings.few_images else "between"
        row = {
            "labels": str(name),
            "train_images": int(count),
            "guidance": "enough" if count >= settings.enough_images else guidance,
            "synthetic_images": int(mine.sum()),
        }
        if search is not None and mine.any():
            row["suspected_share"] = float(search.suspected[mine].mean())
            row["authentic_share"] = float((search.in_train.relative[mine] >= 1).mean())
        for attack, found in membership.items():
            if str(name) in found["combinations"]:
                one = found["combinations"][str(name)]
                row[f"{attack}_auc"], row[f"{attack}_interval"] = one["auc"], one["auc_interval"]
        rows.append(row)
    return sorted(rows, key=lambda row: row["train_images"])


def _notes(verdicts: list[Verdict], settings: PrivacyConfig) -> list[str]:
    judged = sum(verdict.interval is not None for verdict in verdicts)
    chance = (1 - settings.level) / 2
    return [
        f"each of the {judged} limits breaks by chance alone with a probability of up to about {chance:.1%}; look at "
        "how far an interval is from its limit",
        "a passed audit is no mathematical guarantee; it says that these attacks, at this power, showed no limit to be "
        "broken",
    ]


def save_audit(folder: Path, found: Audit) -> list[Path]:
    """Writes `privacy.json`, `privacy.png` and, where copies are suspected, `copies.png`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / RESULT, folder / "privacy.png"]
    write_json(paths[0], found.result)
    draw_audit(paths[1], found.verdicts)
    pairs = folder / "copies.png"
    pairs.unlink(missing_ok=True)
    if found.search is not None and draw_pairs(pairs, found.inputs, found.search):
        paths.append(pairs)
    return paths
