"""The stored predictions of two generators' classifiers, checked to be those that their gaps were measured with."""

from collections.abc import Sequence
from typing import Any

from medgan_tf.classification.predictions import PREDICTIONS, Predictions, read_predictions
from medgan_tf.classification.published_code import counted_predictions
from medgan_tf.errors import DataError
from medgan_tf.evidence.report import GanResults, RunResults
from medgan_tf.evidence.utility.estimates.seed_scores import SeedScores, check_same_test
from medgan_tf.evidence.utility.generators.measure_pair import FIRST, SECOND
from medgan_tf.files.hashing import sha256_of


class StoredPredictions:
    """Reads each file once, however many pairs it belongs to."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[Predictions, str]] = {}

    def pair(self, gans: Sequence[GanResults], gaps: Sequence[dict[str, Any]], seed: int) -> SeedScores:
        """The predictions `FIRST` and `SECOND` of two generators for a seed.

        Args:
            gans: The two generators.
            gaps: Their `gap.json`.
            seed: A seed that both gaps have.

        Raises:
            DataError: They are missing, are not those of the gaps, or are about other images. The text names no folder.
        """
        hashes = [gap["predictions_sha256"].get(str(seed), {}) for gap in gaps]
        if hashes[0].get("real") != hashes[1].get("real"):
            raise DataError(f"the real-trained classifiers of seed {seed} differ; measure both gaps again")
        switches, found = gaps[0].get("original_code", []), []
        for gan, own in zip(gans, hashes, strict=True):
            run = _run_of(gan, seed)
            predictions, sha256 = self._read(run)
            if sha256 != own.get("synthetic"):
                raise DataError(f"the predictions of {run.name} are not those of its gap; measure the gap again")
            found.append(counted_predictions(predictions, switches))
        try:
            check_same_test(*found, run.folder.classifier / PREDICTIONS)
        except DataError:
            raise DataError(f"the classifiers of seed {seed} were tested on other images or findings") from None
        return SeedScores(seed, dict(zip((FIRST, SECOND), found, strict=True)), {})

    def _read(self, run: RunResults) -> tuple[Predictions, str]:
        path = run.folder.classifier / PREDICTIONS
        if path not in self._known:
            try:
                self._known[path] = read_predictions(path), sha256_of(path)
            except (DataError, OSError):
                raise DataError(f"the predictions of {run.name} are missing or damaged") from None
        return self._known[path]


def _run_of(gan: GanResults, seed: int) -> RunResults:
    for run in gan.runs:
        if run.seed == seed:
            return run
    raise DataError(f"no run of {gan.architecture} with seed {seed}")
