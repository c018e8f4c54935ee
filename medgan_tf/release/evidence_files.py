"""The result files of a run that go into a release: those of its folder `evaluation`, and the gap over seeds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.evidence.privacy.annex.write import NAME as ANNEX
from medgan_tf.files.json_files import read_json
from medgan_tf.files.run_folders import RunFolder

EVIDENCE = "evidence"
GAP, AUDIT = "gap.json", "privacy.json"


@dataclass(frozen=True)
class ResultFile:
    """A result file.

    Attributes:
        path: Where it is.
        values: Its content.
    """

    path: Path
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """Its place in the folder of the release."""
        return f"{EVIDENCE}/{self.path.name}"


def result_files(run: RunFolder) -> list[ResultFile]:
    """The result files of a run by name. Raises `DataError` for a damaged one."""
    # The annex of an audit is made again, from the audit without what identifies.
    paths = sorted(path for path in run.evaluation.glob("*.json") if path.name != f"{ANNEX}.json")
    gap = run.gap / GAP
    return [ResultFile(path, read_json(path)) for path in [*paths, *([gap] if gap.is_file() else [])]]


def named(files: list[ResultFile], name: str) -> ResultFile | None:
    """The file of this name; None where there is none."""
    return next((one for one in files if one.path.name == name), None)
