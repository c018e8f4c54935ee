"""Writes the annex of a finished audit again, with the statements that the settings have now. Nothing is measured."""

from pathlib import Path

from medgan_tf.errors import DataError
from medgan_tf.evidence.privacy.annex.write import write_annex
from medgan_tf.evidence.privacy.earlier import has_verdicts, is_earlier
from medgan_tf.evidence.privacy.settings import PrivacyConfig
from medgan_tf.evidence.up_to_date import is_result_of
from medgan_tf.files.json_files import read_json
from medgan_tf.files.result_files import write_json

RESULT = "privacy.json"


def renew_statements(folder: Path, settings: PrivacyConfig) -> None:
    """Writes the annex again if the statements that the settings have now are others; nothing for an earlier version.

    Raises:
        DataError: The audit is damaged.
    """
    result = read_json(folder / RESULT)
    if not has_verdicts(result) or is_earlier(result):
        return
    if result["settings"].get("context") != settings.context.model_dump(mode="json"):
        renew_annex(folder, settings)


def renew_annex(folder: Path, settings: PrivacyConfig) -> list[Path]:
    """Writes the statements into `privacy.json`, and the annex; returns the written files, the page last but two.

    Args:
        folder: The folder of the audit's results.
        settings: Section `evaluation.privacy`, with the statements.

    Raises:
        DataError: There is no audit with these settings, it is of an earlier version, or it is damaged.
    """
    path = folder / RESULT
    if not path.is_file():
        raise DataError(f"no audit in {folder}: expected a {RESULT}; audit first, without --annex")
    result = read_json(path)
    if not has_verdicts(result) or is_earlier(result):
        raise DataError(f"{path} is damaged or of an earlier version; audit again, without --annex")
    if not is_result_of(path, settings):
        raise DataError(f"{path} was made with other settings than these; audit again, without --annex")
    result["settings"]["context"] = settings.context.model_dump(mode="json")
    write_json(path, result)
    return [path, *write_annex(folder, result, "not recorded")]
