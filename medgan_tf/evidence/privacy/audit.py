"""The privacy audit: one verdict for each question, each with n, limits and words.

Every part of the audit is a function `answer(inputs) -> Answer` in a folder of its own. A new part is one import here
and one entry of `PARTS`, and its questions in `questions.QUESTIONS`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.evidence.privacy import gate
from medgan_tf.evidence.privacy.answers import Answer
from medgan_tf.evidence.privacy.attributes.answer import answer as attributes
from medgan_tf.evidence.privacy.canaries.answer import answer as canaries
from medgan_tf.evidence.privacy.combinations import combination_rows, combinations_remark
from medgan_tf.evidence.privacy.copies.answer import answer as copies
from medgan_tf.evidence.privacy.figures import verdict_figure
from medgan_tf.evidence.privacy.foreign import with_doubt
from medgan_tf.evidence.privacy.identity.answer import answer as identity
from medgan_tf.evidence.privacy.inputs import Model, PrivacyInputs
from medgan_tf.evidence.privacy.membership.answer import answer as membership
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.privacy.verdicts import BROKEN, NOT_RUN, UNDECIDED, Verdict, compared, judge
from medgan_tf.evidence.release_sets import ReleaseSets
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.features.comparable import incomparable
from medgan_tf.files.result_files import write_json
from medgan_tf.presentation.figure_style import save_figure
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.presentation.steps import Steps

RESULT = "privacy.json"
FORMAT_VERSION = 2

Part = Callable[[PrivacyInputs], Answer]

PARTS: tuple[Part, ...] = (
    membership,
    canaries,
    copies,
    attributes,
    identity,
)
"""The parts of the audit, in the order in which their rows are shown. A part that does not apply to the inputs, e.g.
because it needs an experiment (`inputs.model.experiment`), returns an empty `Answer` or a row that says why."""


@dataclass(frozen=True)
class Audit:
    """A finished audit.

    Attributes:
        verdicts: One for each question.
        result: The content of `privacy.json`.
        pictures: Functions that draw a picture at a path, by file name; False where there is nothing to show.
    """

    verdicts: list[Verdict]
    result: dict[str, Any]
    pictures: dict[str, Callable[[Path], bool]]

    def named(self, status: str) -> list[str]:
        """Names of the rows with this answer, one of `verdicts.STATES`."""
        return [verdict.name for verdict in self.verdicts if verdict.status == status]

    @property
    def broken(self) -> list[str]:
        """Names of the rows whose limit is broken."""
        return self.named(BROKEN)

    @property
    def undecided(self) -> list[str]:
        """Names of the rows whose limit neither holds nor is broken."""
        return self.named(UNDECIDED)

    @property
    def not_run(self) -> list[str]:
        """Names of the questions without an answer."""
        return self.named(NOT_RUN)

    def exit_code(self, gated: bool, partial: bool = False) -> int:
        """The exit code, see `gate.exit_code`."""
        return gate.exit_code(self.result["gate"], gated, partial)


def audit(
    sets: ReleaseSets,
    settings: PrivacyConfig,
    store: FeatureStore,
    model: Model | None = None,
    progress: Progress | None = None,
    *,
    seed: int,
) -> Audit:
    """Answers every question of the audit.

    Args:
        sets: The images to be released, those that the generator was trained on, and those of held-out patients.
        settings: Section `evaluation.privacy`.
        store: Computes the features.
        model: The experiment and its discriminator; None for folders of images.
        progress: Shows how far the work is.
        seed: Seed of all random choices.

    Raises:
        DataError: A set is too small for any attack.
    """
    inputs = PrivacyInputs.of(sets, settings, seed, store, Steps(progress or Silent()), model)
    return audited(inputs, sets.notes)


def audited(inputs: PrivacyInputs, notes: tuple[str, ...] = ()) -> Audit:
    """Answers every question of the audit for inputs that are at hand.

    Args:
        inputs: Sets, features and settings.
        notes: Sentences about the inputs that a reader has to know.
    """
    started, settings = time.monotonic(), inputs.settings
    answers = [part(inputs) for part in PARTS]
    combinations = combination_rows(inputs, [one.combinations for one in answers])
    rows = [row for one in answers for row in one.rows] + [combinations_remark(combinations, settings)]
    rows = with_doubt(rows, inputs.model.foreign.doubt if inputs.model.foreign else "")
    verdicts, count = judge(rows, settings.level), compared(rows, settings.level)
    decided = gate.gate(verdicts, settings.level, count)
    extractor = inputs.store.extractor.describe()
    result: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "what": "privacy",
        "gate": decided,
        "verdicts": [verdict.describe() for verdict in verdicts],
    }
    for one in answers:
        if shared := result.keys() & one.figures.keys():
            raise ValueError(f"two parts of the audit write {', '.join(sorted(shared))}")
        result |= one.figures
    result |= {
        "combinations": combinations,
        "train": inputs.train.describe_patients(),
        "held_out": inputs.held_out.describe_patients(),
        "synthetic": inputs.released.describe_patients(),
        "synthetic_used": len(inputs.synthetic),
        "extractor": extractor,
        "seed": inputs.seed,
        "settings": settings.model_dump(mode="json"),
        "notes": [
            *notes,
            *incomparable(extractor),
            *(note for one in answers for note in one.notes),
            *_about_guarantee(inputs.model),
            decided["error"],
            "an audit in which all limits hold is no mathematical guarantee; it says that these attacks, at this "
            "power, stayed within these limits",
        ],
        "seconds": round(time.monotonic() - started, 1),
    }
    pictures = {name: draw for one in answers for name, draw in one.pictures.items()}
    return Audit(verdicts, result, pictures)


def _about_guarantee(model: Model) -> list[str]:
    if model.guarantee is None or not model.guarantee.bounded:
        return []
    return [
        "the training has a guarantee of differential privacy: it loosens no limit of this audit (only rare label "
        "combinations are not asked about, where it is strong and covers the labels), and no audit can confirm it"
    ]


def save_audit(folder: Path, found: Audit) -> list[Path]:
    """Writes `privacy.json`, `privacy.png` and the pictures of the parts; returns the paths of those that there are."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / RESULT, folder / "privacy.png"]
    write_json(paths[0], found.result)
    save_figure(verdict_figure([verdict.describe() for verdict in found.verdicts]), paths[1])
    for name, draw in found.pictures.items():
        path = folder / name
        path.unlink(missing_ok=True)
        if draw(path):
            paths.append(path)
    return paths
