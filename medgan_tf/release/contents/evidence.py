"""The evidence of a release: result files without what identifies, and a report that is made from these."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from medgan_tf.files.result_files import write_json
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.release.contents.scrubbed import LEFT_OUT, Masked, scrubbed
from medgan_tf.release.evidence_files import EVIDENCE, GAP, ResultFile
from medgan_tf.reporting.write import write_report
from medgan_tf.workflow.study_plan import PLAN

README = "README.md"
_READ_BY_REPORT = ".read-by-report"
_READ = (".json", ".jsonl", ".yaml")
_NOT_READ = ("checkpoints", "tensorboard", "evaluation", "samples", "explore", "reader_study", "further")
_LARGEST = 64 * 2**20
_WORDS = """# Evidence

The result files of medgan-tf, and the report that was made from them: open `report.html`.

Rows about single images or patients, pseudonyms, and folders of the machine were left out. A file from which something
was left out says so under `{key}`: the place, and how much. Everything else is as it was measured, and numbers of
images and patients are the exact ones. Hashes of files that are not here, such as those of the real images, bind their
owner: they show later what was measured.

Pictures of real images are not here.

{guarantee}{lines}
"""
_GUARANTEE = (
    "**The guarantee of differential privacy does not cover this folder.** It is for the generator, and for what is "
    "made from it. The numbers here were measured on the images of patients, without noise.\n\n"
)


def add_evidence(
    folder: Path, run: RunFolder, files: Sequence[ResultFile], masked: Masked, private: bool = False
) -> None:
    """Writes the evidence into the folder of a release.

    Args:
        folder: The folder of the release.
        run: The run.
        files: Its result files.
        masked: Masks identifiers in a text.
        private: Whether the training was private.

    Raises:
        RunError: The report is not whole, or the disk does not take a file.
    """
    target = folder / EVIDENCE
    target.mkdir()
    lines = []
    for one in files:
        values = scrubbed(one.values, masked)
        write_json(target / one.path.name, values)
        lines += [f"- {one.path.name}, {line}" for line in values.get(LEFT_OUT, [])]
    said = "\n".join(["Left out:", "", *lines]) if lines else "Nothing was left out."
    text = _WORDS.format(key=LEFT_OUT, lines=said, guarantee=_GUARANTEE if private else "")
    (target / README).write_text(text, encoding="utf-8")
    # Inside, so that nothing of it stays elsewhere when the process is killed.
    place = folder / _READ_BY_REPORT
    write_report(_without_identifiers(place, run, target, files), target).check()
    shutil.rmtree(place)


def _without_identifiers(place: Path, run: RunFolder, evidence: Path, files: Sequence[ResultFile]) -> Path:
    """A copy of what a report reads of a run, with the released result files; returns its folder."""
    experiment = run.path.parent
    own = place / experiment.name / run.path.name
    for source in (run.path, run.real.path):
        _copy(source, place / experiment.name / source.name)
    if (experiment / PLAN).is_file():
        shutil.copyfile(experiment / PLAN, own.parent / PLAN)
    for one in files:
        target = RunFolder(own).gap if one.path.name == GAP else RunFolder(own).evaluation
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(evidence / one.path.name, target / one.path.name)
    return own


def _copy(source: Path, target: Path) -> None:
    """Copies the small files that a report reads; neither results nor pictures."""
    for path in sorted(source.rglob("*")):
        inner = path.relative_to(source)
        small = path.is_file() and path.suffix in _READ and path.stat().st_size <= _LARGEST
        if small and inner.parts[0] not in _NOT_READ:
            (target / inner).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target / inner)
