"""The command line of each case."""

import shutil
import sys
from pathlib import Path

from medgan_tf.machine.cost.cases import Case
from medgan_tf.machine.cost.inputs import Inputs

_EVIDENCE = ("fid", "neighbours", "privacy")


def command_of(case: Case, inputs: Inputs, results: Path) -> list[str]:
    """Makes the inputs of a case, and gives its command line.

    Args:
        case: The case.
        inputs: Makes the inputs.
        results: Folder under which results of the evidence are written.
    """
    python = sys.executable
    if case.stage == "step":
        program = [python, "-m", "medgan_tf.machine.cost.programs"]
        return [*program, "step", str(case.resolution), str(case.labels)]
    if case.stage == "network":
        return [python, "-m", "medgan_tf.machine.cost.programs", "network", str(case.resolution)]
    if case.stage == "prepare":
        experiment = inputs.pictures(case)
        shutil.rmtree(experiment.parent / "dataset", ignore_errors=True)
        return [python, "-m", "medgan_tf", "prepare", str(experiment), "--restart"]
    if case.stage == "report":
        found = {stage: results / evidence_folder(stage, case) for stage in _EVIDENCE}
        return [python, "-m", "medgan_tf", "report", str(inputs.run(case, found))]
    real = "--real" if case.stage == "fid" else "--train"
    target = results / evidence_folder(case.stage, case)
    shutil.rmtree(target, ignore_errors=True)
    command = [python, "-m", "medgan_tf", case.stage, real, str(inputs.records(case, "real"))]
    command += ["--synthetic", str(inputs.records(case, "synthetic")), "--extractor", str(inputs.extractor())]
    # An audit of folders leaves the questions about the model open.
    command += ["--partial"] if case.stage == "privacy" else []
    return [*command, "--out", str(target), "--json"]


def evidence_folder(stage: str, case: Case) -> str:
    """Name of the folder of the results of a stage at a case's size."""
    return f"{stage}-{case.images}-{case.labels}-{case.resolution}"
