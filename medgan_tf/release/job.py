"""A release: the gate, then a folder that is whole or not there at all."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from medgan_tf.config.schema import Experiment
from medgan_tf.errors import ConfigError, MedganError, RunError
from medgan_tf.evidence.privacy.gate import BROKEN_EXIT_CODE
from medgan_tf.files.plain_text import name_problem
from medgan_tf.files.result_files import write_json
from medgan_tf.machine.bill_of_materials import bill_of_materials
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.release.cards.about import Release
from medgan_tf.release.cards.write import write_cards
from medgan_tf.release.contents.evidence import add_evidence
from medgan_tf.release.contents.generator import add_generator
from medgan_tf.release.contents.scrubbed import MASK
from medgan_tf.release.gate import Gate
from medgan_tf.release.leaks import Leak, Needles, search
from medgan_tf.release.manifest import write_manifest
from medgan_tf.release.search.identifiers import identifiers_of
from medgan_tf.release.signature import check_key, sign
from medgan_tf.release.source import Source, gate_rows, read_source
from medgan_tf.release.verification import verify_release
from medgan_tf.release.verifier import IMAGES, SIGNATURE
from medgan_tf.release.whole import refuse_existing, whole_folder
from medgan_tf.reporting.provenance import without_places
from medgan_tf.workflow.image_files import write_image_files

GENERATOR_ONLY, BILL = "generator", "sbom.cdx.json"
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        what: `images`, `generator` or `both`.
        form: Form of the images: `png` or `dicom`.
        saved_model: Whether the generator's SavedModel is released too.
        key: Private key for the signature; None signs nothing.
        override: The reason for a release that the gate refuses; None for none.
    """

    what: str
    form: str = "png"
    saved_model: bool = False
    key: Path | None = None
    override: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Attributes:
        folder: The released folder; None where nothing was released.
        gate: The gate.
        leaks: Identifiers that were found in the folder, which was then removed.
        notes: Sentences on what was not searched.
        files: Number of files of the folder.
    """

    folder: Path | None
    gate: Gate
    leaks: list[Leak] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0

    @property
    def exit_code(self) -> int:
        """0 for a release; else 3 where something does not hold, and 4 where something is open."""
        if self.folder is not None:
            return 0
        return BROKEN_EXIT_CODE if self.leaks else self.gate.exit_code

    def as_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        return {
            "folder": None if self.folder is None else str(self.folder),
            "files": self.files,
            "gate": self.gate.as_json(),
            "refused": self.gate.lines(),
            "leaks": [leak.line() for leak in self.leaks],
            "notes": self.notes,
        }

    def lines(self, asked_only: bool = False) -> list[str]:
        """The outcome for a terminal. `asked_only`: nothing was to be written."""
        found = [*self.gate.lines(), *(leak.line() for leak in self.leaks), *self.notes]
        if self.folder is not None:
            told = "" if self.gate.holds else f", although the gate refuses: {self.gate.override}"
            found.append(f"released {self.files:,} files to {self.folder}{told}")
            return [*found, f"check it: python3 {self.folder}/verify.py"]
        if self.leaks:
            return [*found, "nothing was released: what must not leave was found in the folder, which was removed"]
        if asked_only:
            overridden = ", and the reason overrides it" if self.gate.opens else ""
            return [*found, "the gate holds" if self.gate.holds else f"the gate refuses{overridden}"]
        return [*found, 'nothing was released; --override "reason" would, and prints the reason on the card']


class _Leaking(MedganError):
    """Ends the making of a folder with identifiers in it."""

    def __init__(self, leaks: list[Leak]):
        super().__init__("identifiers were found")
        self.leaks = leaks


def examine(experiment: Experiment, wanted: Wanted, progress: Progress | None = None) -> tuple[Source, Gate]:
    """Reads a run and asks what must hold; writes nothing.

    Raises:
        ConfigError: A generator from elsewhere is to be released, or the reason of an override is empty.
        DataError: See `read_source` and `gate_rows`.
    """
    if wanted.what != IMAGES and experiment.external is not None:
        raise ConfigError(f"--what {wanted.what}: the generator is from elsewhere; only its images can be released")
    if wanted.override is not None:
        _check_reason(wanted.override)
    source = read_source(experiment, progress or Silent())
    return source, Gate(gate_rows(source, wanted.what), wanted.override)


def make_release(experiment: Experiment, folder: Path, wanted: Wanted, progress: Progress | None = None) -> Outcome:
    """Releases a run, unless the gate refuses it or an identifier is found in what would be released.

    Args:
        experiment: The experiment; its seed decides the run.
        folder: The folder to make; it must not be there.
        wanted: What is asked for.
        progress: Shows how far the work is.

    Raises:
        ConfigError, DataError: See `examine`; or the images cannot be written in this form, or the key is none.
        RunError: The disk does not take the folder, the report is not whole, or the folder does not pass its own check.
    """
    progress = progress or Silent()
    refuse_existing(folder)
    if wanted.key is not None:
        check_key(wanted.key)
    source, gate = examine(experiment, wanted, progress)
    if not gate.opens:
        return Outcome(None, gate)
    progress.note("collecting what must not leave")
    found = identifiers_of(experiment)
    needles = Needles(found.texts.items())
    notes = [*found.notes, *_not_searched(needles)]
    try:
        with whole_folder(folder) as partial:
            count = _fill(partial, source, wanted, gate, needles, progress)
    except _Leaking as error:
        return Outcome(None, gate, error.leaks, notes)
    return Outcome(folder, gate, notes=notes, files=count)


def _fill(folder: Path, source: Source, wanted: Wanted, gate: Gate, needles: Needles, progress: Progress) -> int:
    """Makes everything in the folder; returns the number of files."""
    experiment, run = source.experiment, source.sets.context.folder
    if wanted.what != GENERATOR_ONLY:
        progress.note("writing the images")
        write_image_files(experiment, source.synthetic, **{wanted.form: folder / IMAGES})
    if wanted.what != IMAGES:
        trained = source.sets.context.trained.generator
        add_generator(folder, trained, source.sets.generator, wanted.saved_model)
    progress.note("writing the evidence")
    private = source.synthetic.manifest.synthesis.guarantee is not None
    add_evidence(folder, run, source.files, lambda text: needles.masked(text, MASK), private)
    write_json(folder / BILL, bill_of_materials())
    _refuse_leaks(folder, needles, progress)
    release = release_of(source, wanted, gate)
    write_cards(folder, release)
    _refuse_leaks(folder, needles, progress, below=False)
    about = {"name": release.name, "version": release.version, "created": release.created, "gate": gate.as_json()}
    write_manifest(folder, about)
    if wanted.key is not None:
        sign(folder, wanted.key)
    checked = verify_release(folder)
    open_questions = [line for line in checked.unchecked if not line.startswith(SIGNATURE)]
    if problems := [*checked.problems, *open_questions]:
        raise RunError(f"the folder does not pass its own check, so nothing was released: {problems[0]}")
    return sum(path.is_file() for path in folder.rglob("*"))


def _refuse_leaks(folder: Path, needles: Needles, progress: Progress, below: bool = True) -> None:
    progress.note("searching the folder for what must not leave")
    if leaks := search(folder, needles, progress, below=below):
        raise _Leaking(leaks)


def release_of(source: Source, wanted: Wanted, gate: Gate) -> Release:
    """What the release says about itself."""
    experiment, manifest = source.experiment, source.synthetic.manifest
    config, has_images = experiment.release, wanted.what != GENERATOR_ONLY
    combinations = (
        {"labels": list(one.labels), "images": one.train + one.valid + one.test} for one in manifest.combinations
    )
    return Release(
        name=config.name or experiment.name,
        version=config.version,
        created=datetime.now(UTC).date().isoformat(),
        what=wanted.what,
        form=wanted.form if has_images else "none",
        licence=experiment.generate.licence,
        use_terms=config.use_terms,
        contact=config.contact,
        withdraws=tuple(config.withdraws),
        labels=source.synthetic.label_names,
        resolution=source.synthetic.resolution,
        images={fold: count for fold, count in manifest.images.items() if count} if has_images else {},
        combinations=tuple(one for one in combinations if one["images"]) if has_images else (),
        generator_sha256=source.sets.generator,
        experiment_settings=_settings(experiment),
        gate=gate.as_json(),
    )


def _settings(experiment: Experiment) -> dict[str, Any]:
    """The settings without folders of this machine, and without what the card says itself."""
    values = experiment.model_dump(mode="json")
    del values["release"]
    return without_places(values)


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > _LONGEST_REASON or name_problem(reason):
        raise ConfigError(
            "--override: expected the reason on one line, which stands on the card for everybody to read; received "
            f"{reason!r:.60}"
        )


def _not_searched(needles: Needles) -> list[str]:
    return [
        f"not searched, as fewer than 4 characters are found everywhere by chance: {kind} ({count:,})"
        for kind, count in sorted(needles.too_short.items())
    ]
