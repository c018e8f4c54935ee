"""Can somebody find out who was in the training set? The attacks as rows of the audit."""

from typing import Any

from medgan_tf.errors import MedganError
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.answers import Answer, Remark, Row, Unanswered
from medgan_tf.evidence.privacy.foreign import NO_CHECKPOINT
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.evidence.privacy.membership.attacks import (
    MODEL,
    RELEASED,
    Attacked,
    Features,
    blind_attack,
    model_attack,
    released_attacks,
)
from medgan_tf.evidence.privacy.membership.candidates import Candidates, candidates
from medgan_tf.evidence.privacy.membership.findings import measured, undecided
from medgan_tf.evidence.privacy.membership.reference_images import reference_images
from medgan_tf.evidence.set_features import FeatureStore
from medgan_tf.features.comparable import incomparable
from medgan_tf.features.extractor import ExtractorRequest
from medgan_tf.features.load import load_extractor
from medgan_tf.metrics.privacy.attack_rate import ONE_PER_MILLE, fewest_non_members

_AUDITED = "classifier"


def answer(inputs: PrivacyInputs, reference: ImageSet | None = None) -> Answer:
    """Attacks with the released images, and with the discriminator where there is a checkpoint.

    Args:
        inputs: Sets and features.
        reference: Images of a generator that was trained on none of the candidates. They are the null of the attacks
            with released images. Without them they are made where the experiment has a reference generator; else the
            null is real images of other training patients.
    """
    foreign = inputs.model.foreign
    if foreign is not None and foreign.unanswerable:
        rows = [Unanswered(name, foreign.unanswerable) for name in RELEASED]
        return Answer([*rows, _no_checkpoint()], {"membership": {}})
    chosen, found = candidates(inputs), Answer()
    if reference is None:
        try:
            reference = reference_images(inputs)
        except MedganError as error:
            found.notes.append(f"the reference generator is no null of the membership attacks: {error}")
    discriminator = inputs.model.discriminator
    unanswered: list[Row] = [] if foreign is None else [_no_checkpoint()]
    if isinstance(discriminator, MedganError):
        unanswered = [Unanswered(MODEL, str(discriminator))]
        discriminator = None
    if chosen.few < inputs.settings.smallest:
        names = (*RELEASED, MODEL) if discriminator is not None else RELEASED
        found.rows += [row for name in names for row in undecided(name, chosen, inputs.settings)] + unanswered
        found.figures["membership"] = {}
        return found
    attacks = released_attacks(inputs, chosen, _first_features(inputs, reference))
    blind = blind_attack(inputs, chosen)
    if discriminator is not None:
        attacks[MODEL] = model_attack(inputs, chosen, discriminator, blind)
    found.figures["membership"] = _add(found, attacks, chosen, inputs)
    found.combinations = _columns(found.figures["membership"])
    found.rows += unanswered
    _add_second(found, chosen, inputs, reference)
    found.rows.append(_folds(blind, chosen, inputs, found))
    if len(chosen.non_members.folds) < (needed := fewest_non_members(ONE_PER_MILLE)):
        found.notes.append(
            f"members found at {ONE_PER_MILLE * 100:g} % false alarms are not shown: that needs {needed:,} held-out "
            f"{chosen.unit}; there are {len(chosen.non_members.folds):,}"
        )
    return found


def _no_checkpoint() -> Row:
    return Remark(MODEL, NO_CHECKPOINT, warns=False)


def _add(
    found: Answer, attacks: dict[str, Attacked], chosen: Candidates, inputs: PrivacyInputs, suffix: str = ""
) -> dict[str, Any]:
    """Adds the rows of attacks; returns their figures by name."""
    figures = {}
    for name, attacked in attacks.items():
        one = measured(name, attacked, chosen, inputs, suffix)
        found.rows += one.rows
        figures[name] = one.figures
    return figures


def _first_features(inputs: PrivacyInputs, reference: ImageSet | None) -> Features:
    others = None if reference is None else inputs.plain(reference.images, "images of the reference generator")
    return Features(inputs.train_features, inputs.held_out_features, inputs.synthetic_features, others)


def _add_second(found: Answer, chosen: Candidates, inputs: PrivacyInputs, reference: ImageSet | None) -> None:
    """The attacks with released images in the features of a second extractor, or why they may be needed."""
    settings, first = inputs.settings, inputs.store.extractor.describe().get("name")
    if settings.second_extractor is None:
        if first == _AUDITED:
            words = (
                "the features come from a classifier that was trained on the training images; it may know them better "
                "than others. Set evaluation.privacy.second_extractor to one that never saw them, e.g. radiology"
            )
            found.rows.append(Remark("features", words))
        return
    name = settings.second_extractor
    try:
        request = ExtractorRequest(settings.second_weights, settings.second_sha256, settings.download)
        store = FeatureStore(load_extractor(name, request), inputs.store.batch, inputs.store.folder)
        sets = (inputs.train, inputs.held_out, inputs.synthetic, *([reference] if reference is not None else []))
        features = Features(
            *(store.features(one.images, inputs.steps.counted(f"{one.name} images in other features")) for one in sets)
        )
    except MedganError as error:
        found.rows += [Unanswered(f"{attack} {name}", str(error)) for attack in RELEASED]
        return
    described = store.extractor.describe()
    found.notes += incomparable(described)
    attacks = released_attacks(inputs, chosen, features)
    figures = _add(found, attacks, chosen, inputs, f", features of {described['name']}")
    found.figures["membership_second"] = {"extractor": described, **figures}


def _folds(blind: list, chosen: Candidates, inputs: PrivacyInputs, found: Answer) -> Remark:
    """Whether training and held-out images can be told apart without the generator."""
    attacked = Attacked(*(part[:, None].repeat(3, axis=1) for part in blind), "nothing", (0, 1, 2))
    one = measured("folds", attacked, chosen, inputs).figures["auc"]
    found.figures["blind_baseline"] = {key: one[f"raw{key}"] for key in ("", "_low", "_high")}
    differ = one["raw_low"] > 0.5
    words = (
        f"a classifier of plain image statistics, without the generator, tells training from held-out images with AUC "
        f"{one['raw']:.3f} ({one['raw_low']:.3f}..{one['raw_high']:.3f})"
    )
    if differ:
        words += "; so they differ for another reason than training, such as devices, years or kinds of patients"
    return Remark("folds", words, one["raw"], warns=differ)


def _columns(results: dict[str, Any]) -> dict[str, dict[str, Any]]:
    columns: dict[str, dict[str, Any]] = {}
    for attack, found in results.items():
        for name, one in found["combinations"].items():
            columns.setdefault(name, {}).update(
                {f"{attack}_auc": one["auc"], f"{attack}_interval": one["auc_interval"]}
            )
    return columns
