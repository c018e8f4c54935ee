"""What an audit can say of a generator from elsewhere: only its images are here, and perhaps nobody knows its training.

Attacks with the released images run. Those that need our checkpoint or generator are not applicable. Who was a member
can be asked only if it is known who was. If it is not known, the held-out images may have been trained on as well, so
that no comparison with them can show that a limit holds; that one is broken can still be shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from medgan_tf.config.schema import Experiment
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.privacy.answers import Finding, Row
from medgan_tf.evidence.trained_sets import NOT_KNOWN, OTHERS, known_training

NO_CHECKPOINT = (
    "not applicable: the generator is from elsewhere and only its images are here, no checkpoint; whoever gives the "
    "model away needs an audit of the model"
)
NO_CANARIES = "not applicable: the generator is from elsewhere, so no canaries were put into its training"


@dataclass(frozen=True)
class Foreign:
    """What an audit has to know of a generator from elsewhere.

    Attributes:
        unanswerable: The reason why questions on membership have no answer; "" where they have.
        doubt: The reason why held-out images may be no control; "" where they are one.
    """

    unanswerable: str = ""
    doubt: str = ""

    @classmethod
    def of(cls, experiment: Experiment) -> "Foreign":
        """The same for an experiment with the section `external`.

        Raises:
            DataError: What it says of its training is no hash or no table of the dataset.
        """
        known = known_training(experiment, DatasetFolder(experiment.dataset_dir))
        if known is None:
            return cls(f"not answerable: {NOT_KNOWN}", NOT_KNOWN)
        if not known.images:
            return cls(f"not answerable: {OTHERS}, and no patient here is a member")
        return cls()


def with_doubt(rows: Sequence[Row], doubt: str) -> list[Row]:
    """The rows, of which none can be said to hold by a comparison with held-out images. The power of a search does not
    depend on them."""
    if not doubt:
        return list(rows)
    return [replace(row, doubt=doubt) if isinstance(row, Finding) and row.larger_is_worse else row for row in rows]
