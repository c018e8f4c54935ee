"""The released table of labels beside the real one: repeated, only shuffled, or with combinations of few patients."""

from collections.abc import Iterator

import numpy as np

from medgan_tf.config.schema import GenerateConfig
from medgan_tf.data.rare_combinations import count_combinations, rare
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.evidence.privacy.answers import Census, Remark, Row
from medgan_tf.evidence.privacy.inputs import PrivacyInputs
from medgan_tf.metrics.privacy.label_tables import match_tables

_BY_LUCK = 0.001
_NAMED = 5


def label_rows(inputs: PrivacyInputs) -> list[Row]:
    """Whether the labels of the release are those of the patients, and whether some are rare."""
    return [_repeated(inputs), _rare(inputs)]


def _repeated(inputs: PrivacyInputs) -> Row:
    released, found, count, by_luck = inputs.released, [], 0, False
    for name, real, made in _pairs(inputs):
        match = match_tables(real, made)
        if match.rows and match.rows_by_luck < _BY_LUCK:
            found.append(f"{len(made):,} labels repeat the real table{name} row by row")
            count += len(made)
        elif match.counts and match.counts_by_luck < _BY_LUCK:
            found.append(f"{len(made):,} labels have the exact counts of the real table{name}, in another order")
            count += len(made)
        by_luck |= match.counts
    if found:
        words = (
            f"{'; '.join(found)}: who had which findings, in numbers; labels that are drawn anew "
            "(generate.labels=drawn) do not say it"
        )
        return Census("labels", count, len(released), words)
    if by_luck:
        words = "the counts are those of the real table, which few label combinations have by luck as well"
        return Remark("labels", words, warns=False)
    return Census("labels", 0, len(released), "neither rows nor counts of the labels are those of the real table")


def _pairs(inputs: PrivacyInputs) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Real and released labels that may be the same table: fold by fold, or the training images and everything."""
    train, held_out, released = inputs.train, inputs.held_out, inputs.released
    if not (released.folds == "").all():
        for fold in np.unique(released.folds):
            real = train.labels if fold == "train" else _of_fold(held_out, fold)
            if len(real):
                yield f" of the {fold} fold", real, _of_fold(released, fold)
    else:
        yield " of the training images", train.labels, released.labels


def _of_fold(images: ImageSet, fold: str) -> np.ndarray:
    return images.labels[images.folds == fold]


def _rare(inputs: PrivacyInputs) -> Row:
    """Released combinations of few training patients. A combination that no training patient has is nobody's.

    Labels that were drawn under a strong guarantee are not compared: whether an exact number is small says nothing
    there. A weak one promises too little for that.
    """
    filed = inputs.model.guarantee
    if filed is not None and filed.strong and filed.covers_labels:
        words = (
            "the labels were drawn from noisy numbers of patients, so the guarantee of the training covers which "
            "combinations are released, however many patients have them"
        )
        return Remark("rare_labels", words, warns=False)
    experiment = inputs.model.experiment
    config = experiment.generate if experiment else GenerateConfig()
    minimum, train = config.minimum_patients, inputs.train
    counts = count_combinations(train.labels, train.patients, train.label_names)
    here = set(np.unique(inputs.released.combinations()))
    found = [one.name for one in rare(counts, minimum, config.rare_combinations) if one.name in here]
    named = [one.name for one in rare(counts, minimum) if one.name in here and one.name in config.rare_combinations]
    images = int(np.isin(inputs.released.combinations(), found).sum())
    words = f"no label combination of fewer than {minimum} training patients is released"
    if found:
        listed = ", ".join(found[:_NAMED]) + (", ..." if len(found) > _NAMED else "")
        words = f"{len(found)} label combinations of fewer than {minimum} training patients are released: {listed}"
    if named:
        words += f"; {len(named)} more are named in generate.rare_combinations"
    return Census("rare_labels", images, len(inputs.released), words)
