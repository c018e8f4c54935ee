"""What TensorBoard and MLflow get of a run's fidelity: the metrics, and features of some of the synthetic images."""

import math
from collections.abc import Sequence
from typing import Any

from medgan_tf.config.run_folders import trained_folder
from medgan_tf.config.schema import Experiment
from medgan_tf.evidence.image_sets import ImageSet
from medgan_tf.features.extractor import Extractor
from medgan_tf.files.event_file import EventFile
from medgan_tf.files.run_folders import RunFolder
from medgan_tf.metrics.metric import Sample
from medgan_tf.metrics.registry import METRICS
from medgan_tf.metrics.streams import chosen_rows, stream
from medgan_tf.synthesis.card import read_generator_card
from medgan_tf.training.tracking.follow import mlflow_store
from medgan_tf.training.tracking.mlflow_tracker import tell_later
from medgan_tf.training.tracking.projector import Embedding, write_projector


class TrackedFidelity:
    """Collects what is measured of a run, and tells it where the run itself was told.

    Of a private training nothing is told: its guarantee does not cover what real images are compared with. Where the
    generator was trained elsewhere, there is no run to add to.

    Args:
        experiment: The experiment of the run.
        folder: The run folder.
    """

    def __init__(self, experiment: Experiment, folder: RunFolder):
        own = experiment.external is None and not experiment.private and folder.generator.is_dir()
        own = own and trained_folder(experiment).path == folder.path
        self._experiment, self._folder = experiment, folder
        self._shown = own and experiment.training.tensorboard and folder.tensorboard.is_dir()
        self._told = own and experiment.training.tracking == "mlflow"
        self._embeddings: list[Embedding] = []

    def sampled(self, extractor: Extractor, images: ImageSet, sample: Sample) -> None:
        """Takes the features of the synthetic images, where a metric needed them. See `job.evaluate`."""
        wanted = self._experiment.evaluation.fid.projector
        if not (self._shown and wanted) or sample.features is None:
            return
        rows = chosen_rows(len(images), wanted, stream(self._experiment.seed, "images of the projector"))
        one, name = images.take(rows), extractor.description.name
        self._embeddings.append(Embedding(name, one.images, sample.features[rows], one.labels, one.label_names))

    def finish(self, results: Sequence[dict[str, Any]]) -> None:
        """Tells the metrics of the results of `job.evaluate`, and writes the features.

        Raises:
            RunError: The disk does not take them.
        """
        if not (self._shown or self._told):
            return
        images_seen, values = _images_seen(self._folder), tracked_values(results)
        if self._shown:
            events = EventFile(self._folder.tensorboard)
            events.scalars(images_seen, values)
            events.close()
        if self._embeddings:
            write_projector(self._folder.tensorboard, self._embeddings)
        if self._told:
            tell_later(lambda: mlflow_store(self._experiment), self._folder.tracking, images_seen, values)


def tracked_values(results: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The finite metrics of results by tag: `evaluation/<extractor>/<metric>`."""
    quantities = [one for metric in METRICS.chosen(METRICS.names()) for one in metric.quantities]
    found = {
        f"evaluation/{result['extractor']['name']}/{one.key}": (one.found(result["metrics"]) or {}).get("value")
        for result in results
        for one in quantities
    }
    return {tag: float(value) for tag, value in found.items() if value is not None and math.isfinite(value)}


def _images_seen(folder: RunFolder) -> int:
    """Images seen by the exported generator."""
    return int(read_generator_card(folder.generator).values.get("images_seen", 0))
