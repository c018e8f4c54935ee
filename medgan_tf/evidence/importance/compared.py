"""The classifiers of an experiment that are compared, and the patch; paths and options only."""

from collections.abc import Collection
from pathlib import Path

from medgan_tf.classification.settings import KEPT_PERMUTED
from medgan_tf.config.original_code import ORIGINAL_PATCH
from medgan_tf.config.run_folders import real_folder, run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.importance.settings import OcclusionConfig

REAL, SYNTHETIC, CEILING, FLOOR = "real-trained", "synthetic-trained", "real-trained, other seed", "labels shuffled"


def occlusion_settings(experiment: Experiment) -> OcclusionConfig:
    """The section `evaluation.occlusion`, with the published code's patch where `original_code` asks for it."""
    settings = experiment.evaluation.occlusion
    if not experiment.original_code.in_occlusion(settings):
        return settings
    return settings.model_copy(update={"patch": ORIGINAL_PATCH})


def classifier_folders(experiment: Experiment, pending_outputs: Collection[Path] = ()) -> dict[str, Path]:
    """Folders of the classifiers to compare, by title: the real-trained one first, then the others that exist.

    Args:
        experiment: The experiment.
        pending_outputs: Classifier folders that count as existing, because they are about to be written.
    """
    real = real_folder(experiment)
    permuted = [real.baseline(name).classifier for name in KEPT_PERMUTED]
    others = {
        SYNTHETIC: run_folder(experiment).classifier,
        CEILING: _other_seed(real.path, pending_outputs),
        FLOOR: next((one for one in permuted if one in pending_outputs or _is_exported(one)), None),
    }
    return {REAL: real.classifier} | {
        title: folder
        for title, folder in others.items()
        if folder is not None and (folder in pending_outputs or _is_exported(folder))
    }


def _other_seed(real: Path, pending_outputs: Collection[Path]) -> Path | None:
    """The classifier folder of another seed's real images; the smallest seed there is."""
    prefix = real.name.rpartition("seed")[0] + "seed"
    found = {path / "classifier" for path in real.parent.glob(f"{prefix}*") if _is_exported(path / "classifier")}
    seeds = sorted(
        (int(folder.parent.name.removeprefix(prefix)), folder)
        for folder in found.union(pending_outputs)
        if folder.parent.parent == real.parent
        and folder.parent != real
        and folder.parent.name.startswith(prefix)
        and folder.parent.name.removeprefix(prefix).isdigit()
    )
    return seeds[0][1] if seeds else None


def _is_exported(classifier: Path) -> bool:
    return (classifier / "model.json").is_file()
