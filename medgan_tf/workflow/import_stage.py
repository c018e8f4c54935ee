"""The stage `import`: images from elsewhere take the place of a training and of its generated images."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medgan_tf.classification.conditions import content_sha256
from medgan_tf.config.schema import Experiment
from medgan_tf.config.section import deciding
from medgan_tf.data.records.reader import DatasetFolder
from medgan_tf.evidence.utility.classify import Trainers
from medgan_tf.files.locks import locked
from medgan_tf.files.log_file import logging_to
from medgan_tf.files.result_files import json_text
from medgan_tf.presentation.progress import Progress, Silent
from medgan_tf.synthesis.external.identity import listing_sha256
from medgan_tf.synthesis.external.importing import Import, import_images
from medgan_tf.synthesis.external.judging import judge
from medgan_tf.synthesis.external.listing import Listing
from medgan_tf.synthesis.external.named_hash import check_named
from medgan_tf.synthesis.external.opening import open_listing
from medgan_tf.synthesis.external.settings import ExternalConfig
from medgan_tf.synthesis.external.trained_on import trained_images
from medgan_tf.training import record
from medgan_tf.workflow.context import Context
from medgan_tf.workflow.stage import Stage, run_stage


class ImportSynthetic(Stage):
    """The synthetic dataset of a generator from elsewhere.

    Args:
        accepted: Names of checks that may find the images wrong.
    """

    name = "import"
    settings = {"external": ExternalConfig}

    def __init__(self, accepted: Collection[str] = ()):
        self.accepted = tuple(accepted)

    def inputs(self, context: Context) -> dict[str, Any]:
        """The section `external`, the seed, the images and their labels, and the dataset that they are measured by."""
        return {
            "external": deciding(context.experiment.external),
            "encoding": context.experiment.generate.encoding,
            "seed": context.experiment.seed,
            "images": listing_sha256(_listing(context)),
            "dataset": content_sha256(context.dataset.manifest),
        }

    def outputs_exist(self, context: Context) -> bool:
        """Whether there is a whole dataset folder; its manifest is written last."""
        return (context.folder.synthetic / "manifest.json").is_file()

    def work(self, context: Context) -> None:
        """Reads, checks and arranges the images, and writes them with the description of the run."""
        experiment, folder = context.experiment, context.folder
        listing, config = _listing(context), experiment.external
        check_named(config, listing.named_hash)
        known = trained_images(config, context.dataset, experiment.data.private_dir)
        what = Import(
            config,
            context.dataset,
            experiment.seed,
            experiment.name,
            folder.path.name,
            experiment.generate.encoding,
            () if known is None else known.notes,
        )
        with locked(folder.path), logging_to(folder.log):
            record.write_description(folder, experiment)
            described = json_text(record.dataset_record(context.dataset.manifest), indent=2, ascii_only=False)
            record.write_text(folder.dataset, described + "\n")
            import_images(
                what,
                listing,
                folder.synthetic,
                judge(listing, context.dataset, self.accepted, config.folder, experiment.seed),
                replace=True,
                progress=context.progress,
            )

    def reads(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The real dataset."""
        return [context.dataset.path]

    def writes(self, context: Context, pending_outputs: Collection[Path]) -> Iterable[Path]:
        """The synthetic dataset."""
        return [context.folder.synthetic]

    def check(self, context: Context) -> None:
        """Raises `DataError` if the folder or its table has a mistake."""
        check_named(context.experiment.external, _listing(context).named_hash)


def _listing(context: Context) -> Listing:
    return open_listing(context.experiment.external, context.experiment.seed, context.dataset.label_names)


@dataclass(frozen=True)
class Imported:
    """What `imported_run` did.

    Attributes:
        dataset: The synthetic dataset.
        anew: Whether anything was done; False where the images were imported already.
    """

    dataset: DatasetFolder
    anew: bool


def imported_run(
    experiment: Experiment, dataset: DatasetFolder, accepted: Collection[str] = (), progress: Progress | None = None
) -> Imported:
    """Brings the images in, as the first stage of `medgan-tf run` does, which then is up to date.

    Args:
        experiment: The experiment with its section `external`.
        dataset: The prepared real images.
        accepted: Names of checks that may find the images wrong.
        progress: Shows how many images are read.

    Raises:
        DataError, RunError: See `import_images`.
    """
    context = Context(experiment, dataset, True, True, Trainers(), progress or Silent())
    anew = run_stage(ImportSynthetic(accepted), context)
    return Imported(DatasetFolder(context.folder.synthetic), anew)
