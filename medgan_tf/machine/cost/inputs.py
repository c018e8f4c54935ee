"""Inputs of the cases, made in a folder when they are needed, each in a process of its own."""

import shutil
from pathlib import Path

from medgan_tf.errors import RunError
from medgan_tf.files.yaml_text import dump_yaml
from medgan_tf.machine.cost.cases import Case
from medgan_tf.machine.cost.pictures import label_names
from medgan_tf.machine.probe_process import in_own_process

EXPERIMENT = "cost.yaml"


class Inputs:
    """Makes what the commands of the cases read.

    Args:
        folder: Where it is kept.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def pictures(self, case: Case) -> Path:
        """The experiment of a folder of pictures of the case's size, with all places inside it."""
        folder = self.folder / f"pictures-{case.images}-{case.labels}-{case.resolution}"
        experiment = folder / EXPERIMENT
        if not experiment.is_file():
            shutil.rmtree(folder, ignore_errors=True)
            # A little larger than they are stored, so that they are resized.
            side = case.resolution * 5 // 4
            call = ("write_pictures", folder / "raw", case.images, case.labels, side)
            in_own_process("medgan_tf.machine.cost.pictures", *call)
            experiment.write_text(dump_yaml(_experiment(folder, case)), encoding="utf-8")
        return experiment

    def without_pictures(self, case: Case) -> None:
        """Removes the pictures of a case, and the dataset that was made of them."""
        shutil.rmtree(self.pictures(case).parent, ignore_errors=True)

    def records(self, case: Case, kind: str) -> Path:
        """A made dataset folder."""
        images = case.images if kind == "real" else case.synthetic
        folder = self.folder / f"{kind}-{images}-{case.labels}-{case.resolution}"
        if not (folder / "manifest.json").is_file():
            call = ("write_records", folder, images, case.labels, case.resolution, kind)
            in_own_process("medgan_tf.machine.cost.records", *call)
        return folder

    def extractor(self) -> Path:
        """The made extractor of 1,024 features."""
        folder = self.folder / "extractor"
        if not (folder / "saved_model.pb").is_file():
            in_own_process("medgan_tf.machine.cost.records", "write_extractor", folder)
        return folder

    def run(self, case: Case, results: dict[str, Path]) -> Path:
        """A run folder with results of the evidence, for `report`.

        Args:
            case: The case.
            results: Folder of the results by stage.
        """
        run = self.folder / f"runs-{case.images}" / "cost" / "cpd-seed1000"
        (run / "evaluation").mkdir(parents=True, exist_ok=True)
        for stage, folder in results.items():
            if not folder.is_dir():
                raise RunError(f"the cost of `report` needs the results of `{stage}` at {case.images:,} images first")
            shutil.copytree(folder, run / "evaluation", dirs_exist_ok=True)
        (run / "config.yaml").write_text(dump_yaml(_experiment(run, case)), encoding="utf-8")
        return run


def _experiment(folder: Path, case: Case) -> dict:
    return {
        "name": "cost",
        "data": {
            "source": "table",
            "root": str(folder / "raw"),
            "dataset_dir": str(folder / "dataset"),
            "private_dir": str(folder / "private"),
            "options": {"label_columns": label_names(case.labels)},
            "resolution": case.resolution,
            "min_count": 0,
        },
    }
