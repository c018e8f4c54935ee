"""What the seeds of a gap vary: whole trainings, or only the images of one generator, or only classifiers.

Found from the sets themselves, not from settings: seeds whose sets name one generator share its training.
"""

from collections.abc import Sequence
from typing import Any

from medgan_tf.config.run_folders import run_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.manifest import Manifest

IMAGES, CLASSIFIERS = "images", "classifiers"
"""One generator made another set for every seed; all seeds have one set."""
_FEWER = {
    IMAGES: (
        "all {seeds} seeds have images of one generator, drawn anew for each seed: how the gap changes when the "
        "generator is trained again is not measured, so intervals and verdict are about this generator"
    ),
    CLASSIFIERS: (
        "all {seeds} seeds have the same synthetic images: only trainings of the classifier vary, so intervals and "
        "verdict are about this one set of images"
    ),
}
_NOTHING = (
    "the classifier has one solution for one set of images, so all seeds are the same training: there is no spread "
    "over seeds, and no verdict"
)


def seed_sources(experiment: Experiment, seeds: Sequence[int]) -> dict[str, Any]:
    """The part `seeds_vary` of `gap.json`: what several seeds share; empty where each has a generator of its own.

    Raises:
        DataError: The manifest of a seed's images cannot be read.
    """
    if len(seeds) < 2:
        return {}
    folders = [run_folder(experiment.model_copy(update={"seed": seed})).synthetic for seed in seeds]
    if not all((folder / "manifest.json").is_file() for folder in folders):
        return {}
    manifests = [Manifest.load(folder) for folder in folders]
    sets = {tuple(sorted(shard.sha256 for shard in manifest.shards)) for manifest in manifests}
    generators = {one.synthesis.generator_sha256 if one.synthesis else None for one in manifests}
    if len(sets) > 1 and (len(generators) > 1 or None in generators):
        return {}
    varies = CLASSIFIERS if len(sets) == 1 else IMAGES
    # What there is to say about images from elsewhere is said by `external_seeds`.
    remarks = [_FEWER[varies].format(seeds=len(seeds))] if experiment.external is None else []
    if varies == CLASSIFIERS and experiment.classifier.is_linear:
        remarks.append(_NOTHING)
    return {"seeds_vary": {"what": varies, "sets": len(sets), "generators": len(generators), "remarks": remarks}}


def source_sentences(gap: dict[str, Any]) -> list[str]:
    """The remarks of a `gap.json`, each ended as a sentence."""
    found = (gap.get("seeds_vary") or {}).get("remarks", ())
    return [f"{remark[0].upper()}{remark[1:]}." for remark in found]
