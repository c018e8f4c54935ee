"""Whether images, generator and evidence of a run belong together as they are now: by hash, never by date.

Two things are held against the files of today: the records of `medgan-tf run`, which name the hashes of what each stage
was made from, and the hashes that results keep themselves. A result that was made by a command of its own has no
record, and is judged by its own hashes.
"""

import hashlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from medgan_tf.classification.conditions import REAL, SYNTHETIC, content_sha256
from medgan_tf.data.records.manifest import FILE_NAME, FOLDS, Manifest
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.errors import MedganError
from medgan_tf.evidence.choice import all_evidence
from medgan_tf.evidence.privacy.annex.input_hashes import Places, recomputed
from medgan_tf.evidence.question import RunEvidence
from medgan_tf.evidence.readers.study.key import KeyFile
from medgan_tf.evidence.utility.classifier_results import PREDICTIONS, RESULT
from medgan_tf.evidence.utility.gap_view import margin_of
from medgan_tf.features.real_moments import fold_sha256
from medgan_tf.files.hashing import sha256_of
from medgan_tf.files.json_files import read_json
from medgan_tf.presentation.failures import one_line
from medgan_tf.release.evidence_files import GAP, ResultFile
from medgan_tf.release.gate import Row, current_row
from medgan_tf.training.record import check_same_images
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stage import Stage, reason_to_do, stage_record
from medgan_tf.workflow.stages import EvidenceStage, Generate, Train

_SPOKEN_OF = ("train", "held_out", "synthetic", "generator")


@dataclass(frozen=True)
class Sets:
    """What is there now.

    Attributes:
        context: The run.
        synthetic: Its synthetic dataset.
        generator: Hash of the generator; "" for one from elsewhere.
    """

    context: Context
    synthetic: DatasetFolder
    generator: str

    @property
    def own(self) -> bool:
        """Whether the generator is the run's own."""
        return self.context.experiment.external is None


def current_rows(sets: Sets, evidence: list[ResultFile]) -> list[Row]:
    """A row for the images, one for the generator, and one for each result file."""
    rows = [_row("images", lambda: _images(sets))]
    if sets.own:
        rows.append(_row("generator", lambda: _generator(sets)))
    real = set(fold_hashes(sets.context.dataset.manifest).values())
    made = set(fold_hashes(sets.synthetic.manifest).values())
    for one in evidence:
        checks = _gap if one.path.name == GAP else _result
        rows.append(_row(one.path.stem, lambda one=one, checks=checks: checks(sets, one, real, made), one.place))
    return rows


def _row(name: str, checks: Callable[[], Iterator[str]], file: str = "") -> Row:
    """A row of what the checks yield: a problem each, or "" for a comparison that found none."""
    try:
        found = list(checks())
    except MedganError as error:
        found = [one_line(error)]
    # A file that was changed may lack anything.
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        found = [f"it has a missing or wrong value ({one_line(error)})"]
    return current_row(name, [problem for problem in found if problem], bool(found), file)


def _images(sets: Sets) -> Iterator[str]:
    sets.synthetic.verify()
    origin = sets.synthetic.manifest.synthesis
    if sets.own:
        made_by = origin.generator_sha256
        yield "" if made_by == sets.generator else "another generator made them than the one that is there"
        yield from _record(Generate(), sets.context)
    elif origin.external is None:
        yield "they are not of the generator that the settings name"


def _generator(sets: Sets) -> Iterator[str]:
    context = sets.context
    if not sets.generator:
        yield "there is none; `medgan-tf train` makes it"
        return
    check_same_images(context.trained, context.dataset.manifest)
    context.dataset.verify()
    yield ""
    if context.trained.path == context.folder.path:
        yield from _record(Train(), context)


def _record(stage: Stage, context: Context) -> Iterator[str]:
    """What the record of a stage says of its inputs; nothing where there is no record."""
    if stage_record(context.folder, stage.name).is_file():
        yield reason_to_do(stage, context, stage.inputs(context))


def _result(sets: Sets, one: ResultFile, real: set[str], made: set[str]) -> Iterator[str]:
    evidence = _evidence_of(one.path.name)
    if evidence is not None:
        yield from _record(EvidenceStage(evidence), sets.context)
    if sets.own:
        yield from _named_sets(one.values, real, made | {sets.generator})
    yield from _audited(sets, one.values)
    yield from _read_study(sets, one.values)


def _evidence_of(name: str) -> RunEvidence | None:
    """The evidence that writes a result file; None for a file that it writes beside its result."""
    for one in all_evidence():
        if isinstance(one, RunEvidence):
            # The fidelity of each extractor has a file of its own.
            result = getattr(one, "result", None)
            if name == result or (result is None and name.startswith(f"{one.key}-")):
                return one
    return None


def _named_sets(values: dict[str, Any], real: set[str], made: set[str]) -> Iterator[str]:
    """The sets that a result says it is about, against those that are there."""
    for name, known in (("train", real), ("held_out", real), ("real", real), ("synthetic", made)):
        described = values.get(name)
        if isinstance(described, dict) and isinstance(described.get("sha256"), str):
            kind = "synthetic images" if name == "synthetic" else "real images"
            yield "" if described["sha256"] in known else f"it is about other {kind} ({name}) than those that are there"


def fold_hashes(manifest: Manifest) -> dict[tuple[str, ...], str]:
    """SHA-256 of every choice of folds with images, as `evidence.image_sets.fold_set` has it."""
    filled = [fold for fold in FOLDS if manifest.images[fold]]
    choices = [one for size in range(1, len(filled) + 1) for one in itertools.combinations(filled, size)]
    lines = {one: "\n".join(fold_sha256(manifest, fold) for fold in one) for one in choices}
    return {one: hashlib.sha256(line.encode()).hexdigest() for one, line in lines.items()}


def _audited(sets: Sets, values: dict[str, Any]) -> Iterator[str]:
    """The list of inputs of a privacy audit, or of its annex, against what is there."""
    inputs = values.get("inputs") or (values.get("audited") or {}).get("inputs") or []
    places = Places.of_run(sets.context.folder, sets.context.dataset.path)
    for one in inputs:
        if one["name"] in _SPOKEN_OF and one.get("sha256"):
            now = recomputed(one, places)
            yield "" if now == one["sha256"] else f"{one['what']}: other ones than those that it was made from"


def _read_study(sets: Sets, values: dict[str, Any]) -> Iterator[str]:
    """The key of a reader study, and the images that it was made from."""
    path = sets.context.folder.reader_study / "key.json"
    if "key_sha256" in values and path.is_file():
        key = KeyFile(path)
        yield "" if key.sha256 == values["key_sha256"] else "it was scored with another key than the one that is there"
        made = key.key.synthetic.sha256 == sha256_of(sets.synthetic.path / FILE_NAME)
        yield "" if made else "readers saw other synthetic images than those that are there"


def _gap(sets: Sets, one: ResultFile, real: set[str], made: set[str]) -> Iterator[str]:
    """The predictions that the gap was computed from, and the images that their classifiers saw."""
    experiment = sets.context.experiment
    margin = margin_of(one.values)
    yield "" if margin == experiment.classifier.margin else f"it was held against the margin {margin}"
    stated = one.values["predictions_sha256"].get(str(experiment.seed), {})
    inputs = {
        "real": content_sha256(sets.context.dataset.manifest),
        "synthetic": content_sha256(sets.synthetic.manifest),
    }
    for condition in (REAL, SYNTHETIC):
        folder = condition.folder(experiment).classifier
        if not (folder / PREDICTIONS).is_file():
            yield f"the predictions of the {condition.name} classifier are missing"
            continue
        same = stated.get(condition.name) == sha256_of(folder / PREDICTIONS)
        yield "" if same else f"it was computed from other predictions of the {condition.name} classifier"
        seen = read_json(folder / RESULT).get("inputs_sha256", {})
        for name, value in seen.items():
            if name in inputs:
                other = f"the {condition.name} classifier was trained or tested on other {name} images"
                yield "" if value == inputs[name] else other
