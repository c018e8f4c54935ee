"""What is filed about the privacy of a run, read from its folder without TensorFlow."""

from collections.abc import Mapping
from typing import Any

from medgan_tf.accounting.filed import KEY, FiledGuarantee, checked_guarantee, filed_guarantee
from medgan_tf.files.lenient_reader import LenientReader
from medgan_tf.files.run_folders import RunFolder

# As in `data.records.manifest`, which loads pandas.
_MANIFEST = "manifest.json"


def run_guarantee(reader: LenientReader, run: RunFolder) -> FiledGuarantee | None:
    """The guarantee of the training that made a run's images, or why there is none; None for one that was not private.

    With `generate.generator_seed` that is the training of another seed.

    Args:
        reader: Reads the files, and remembers those that are damaged.
        run: The run.
    """
    trained = _trained(run, reader.yaml(run.config))
    values = reader.json(trained.guarantee)
    damaged = values is None and _exists(trained.guarantee)
    if values is not None and not _is_checked(values):
        reader.damaged(trained.guarantee)
    card = reader.json(trained.generator / "assets" / "generator.json")
    config = reader.yaml(trained.config)
    # Nothing further is read of a run that is not private.
    if filed_guarantee(config, values, card, None, damaged) is None:
        return None
    return filed_guarantee(config, values, card, _synthesis(reader, run), damaged)


def _trained(run: RunFolder, config: Mapping[str, Any] | None) -> RunFolder:
    generate = (config or {}).get("generate")
    seed = generate.get("generator_seed") if isinstance(generate, Mapping) else None
    if not isinstance(seed, int) or isinstance(seed, bool):
        return run
    return RunFolder(run.path.with_name(f"{run.architecture}-seed{seed}"))


def _synthesis(reader: LenientReader, run: RunFolder) -> Mapping[str, Any] | None:
    """Where the images come from; None without images, and nothing for a manifest that does not say it."""
    path = run.synthetic / _MANIFEST
    found = (reader.json(path) or {}).get("synthesis")
    if isinstance(found, Mapping):
        return found
    return {} if _exists(path) else None


def _exists(path: Any) -> bool:
    try:
        return path.exists() or path.is_symlink()
    except OSError:
        return True


def _is_checked(values: Mapping[str, Any]) -> bool:
    try:
        checked_guarantee(values.get(KEY))
    except ValueError:
        return False
    return True
