"""A room of evidence in another package, as an installed distribution brings it: a few small files and its metadata.

The question is how large the synthetic dataset is; the one option is the unit, as a number of bytes.
"""

from pathlib import Path

FILES = {
    "toy_room-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: toy-room\nVersion: 1.0\n",
    "toy_room-1.0.dist-info/entry_points.txt": "[medgan_tf.evidence]\ntoy = toy_room\n",
    "toy_room/__init__.py": '"""How large are the files?"""\n',
    "toy_room/settings.py": '''"""Section `evaluation.toy`."""

from medgan_tf.config.section import Count, Section

KEY, ORDER = "toy", 45


class ToyConfig(Section):
    """Sizes of files."""

    unit: Count = 1
    """Bytes that count as one."""


CONFIG = ToyConfig
''',
    "toy_room/room.py": '''"""The size of the synthetic dataset, as evidence for those who ask."""

from medgan_tf.evidence.question import GENERATE, RunEvidence
from medgan_tf.registry import EVIDENCE
from medgan_tf.files.result_files import write_json
from toy_room.settings import KEY


@EVIDENCE.register(KEY)
class Size(RunEvidence):
    """How large is the synthetic dataset?"""

    key = KEY
    title = "Size"
    unit = "files"
    result = "toy.json"
    needs = (GENERATE,)

    def make(self, run, progress):
        settings = self.settings(run)
        files = sorted(run.folder.synthetic.glob("*.tfrecord"))
        for number, file in enumerate(files, start=1):
            progress(number, len(files), file.name)
        size = sum(file.stat().st_size for file in files) // settings.unit
        write_json(run.folder.evaluation / self.result, {"size": size, "settings": settings.model_dump(mode="json")})

    def summarise(self, result):
        return f"size {result['size']:,}"
''',
    "toy_room/section.py": '''"""The part of a report."""

from medgan_tf.presentation.blocks import Missing, Section, paragraph

TITLE = "How large the files are"
TERMS = {"Size": "What the shards of the synthetic dataset take on a disk."}


def read(run, reader):
    return reader.json(run.evaluation / "toy.json")


def sections(results, details):
    section = Section(TITLE)
    for run in results.runs:
        if "toy" in run.evidence:
            section.blocks.append(paragraph(f"{results.title_of(run)}: {run.evidence['toy']['size']:,} units"))
        else:
            section.missing.append(Missing(results.title_of(run), "size", "medgan-tf run EXPERIMENT.yaml --with toy"))
    return [section]
''',
}


def write_toy_room(folder: Path) -> Path:
    """The package and its metadata in a folder, which goes on the Python path. Returns the folder."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
