"""Generate a synthetic dataset from a trained generator."""

import click

from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    run,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine


@tool_command("generate")
@experiment_argument
@set_option
@click.option("--generator", metavar="FOLDER", help="SavedModel to use; by default that of the experiment's run.")
@click.option("--trust", is_flag=True, help="Load a --generator that comes as a SavedModel alone, which is a program.")
@click.option("--out", metavar="FOLDER", help="Dataset folder to write; by default synthetic/ in the run folder.")
@click.option(
    "--images",
    type=click.IntRange(1),
    help="Draw labels for this many training images by the frequencies stored "
    "in the generator, instead of taking them from the prepared dataset.",
)
@click.option("--png", metavar="FOLDER", help="Also write PNG files and a labels.csv into this folder.")
@click.option("--dicom", metavar="FOLDER", help="Also write DICOM files and a labels.csv into this folder.")
@click.option(
    "--reject",
    metavar="SEARCHES",
    help="Draw images again that the audit's searches flag among all training images: copies, reidentified, or both "
    "with a comma. Needs the prepared dataset and the extractor of evaluation.privacy.",
)
@click.option(
    "--further",
    is_flag=True,
    help="Then make the further sets that the arms of the classifier section are trained on, each in further/ of the "
    "run folder. The dataset itself stays as it is.",
)
@click.option("--restart", is_flag=True, help="Replace a synthetic dataset that was made in another way.")
@dry_run_option
@json_option
def command(
    experiment, overrides, generator, trust, out, images, png, dicom, reject, further, restart, dry_run, as_json
):
    """Generate a synthetic dataset from a trained generator.

    With generate.labels=as_real every image of the real train and valid folds gets a synthetic counterpart with the
    same labels. With drawn the labels are drawn at random from rounded counts, as a release needs it. Both need the
    SavedModel and the prepared dataset's labels; --images needs the SavedModel alone.

    \b
    Examples:
      medgan-tf generate experiments/quickstart.yaml
      medgan-tf generate experiments/quickstart.yaml --png pictures --set generate.seed=7
      medgan-tf generate experiments/quickstart.yaml --dicom pacs --set generate.dicom_form=cr
      medgan-tf generate experiments/quickstart.yaml --reject copies,reidentified
      medgan-tf generate experiments/quickstart.yaml --further --set classifier.synthetic_multiples=[2,5]
      medgan-tf generate experiments/quickstart.yaml --generator shared/generator --images 500 --out shared/synthetic
    """
    from medgan_tf.config.run_folders import run_folder, trained_folder

    if further:
        _check_own(generator, out, images)
    settings = _settings(experiment, overrides, reject, generator, dicom)
    folder = run_folder(settings)
    source, target = generator or trained_folder(settings).generator, out or folder.synthetic
    if dry_run:
        echo_plan(settings, as_json, generator=source, synthetic=target)
        return
    from medgan_tf.synthesis.generate import generate_dataset
    from medgan_tf.synthesis.in_words import in_words
    from medgan_tf.synthesis.labels import check_guarantee
    from medgan_tf.synthesis.load import load_generator
    from medgan_tf.workflow.further_sets import make_missing_sets
    from medgan_tf.workflow.image_files import write_image_files
    from medgan_tf.workflow.labels_and_noise import labels_and_noise

    # The experiment's own generator is one's own.
    loaded = load_generator(source, trust=trust or generator is None)
    check_guarantee(settings, loaded)
    seed = settings.seed if settings.generate.seed is None else settings.generate.seed
    with ProgressLine("searching") as progress:
        table, rejection = labels_and_noise(settings, loaded, images, seed, progress)
    with ProgressLine("generating") as progress:
        dataset = generate_dataset(
            loaded,
            table,
            target,
            settings.generate,
            seed=seed,
            name=settings.name,
            run=folder.path.name,
            rejection=rejection,
            replace=restart,
            progress=progress,
        )
        counts = dataset.manifest.images
        values = {"synthetic": str(target), "images": counts, "generator_sha256": loaded.sha256(), "seed": seed}
        if rejection:
            values["rejection"] = rejection.model_dump(mode="json")
        if further:
            values["further"] = make_missing_sets(settings, loaded, dataset, seed, progress)
        values |= write_image_files(settings, dataset, png, dicom)
    echo_result(values, as_json, in_words(values))


def _settings(experiment, overrides, reject, generator, dicom):
    """The experiment, after all checks that need nothing else."""
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.data.private.selection import refuse_uncovered
    from medgan_tf.errors import ConfigError
    from medgan_tf.synthesis.dicom.values import shown_values
    from medgan_tf.synthesis.external.refusal import refuse_external
    from medgan_tf.synthesis.settings import SEARCHES

    if reject is not None:
        if not set(reject.split(",")) <= set(SEARCHES):
            known = f"{', '.join(SEARCHES)}, or both with a comma"
            raise ConfigError(f"--reject: expected {known}. Received: {reject!r:.60}")
        overrides = (*overrides, f"generate.reject=[{reject}]")
    settings = load_experiment(experiment, overrides)
    if generator is None:
        refuse_external(settings, "generate")
    refuse_uncovered(settings)
    if dicom:
        shown_values(settings)
    return settings


def _check_own(*elsewhere):
    from medgan_tf.errors import ConfigError

    if any(elsewhere):
        raise ConfigError("--further adds to the run's own synthetic set; leave out --generator, --out and --images")


if __name__ == "__main__":
    run(command)
