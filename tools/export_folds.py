"""Write the training images as files, to train a generator from elsewhere on exactly these patients."""

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
from medgan_tf.synthesis.external.forms import FORMS


@tool_command("export-folds")
@experiment_argument
@click.argument("out", metavar="OUT")
@set_option
@click.option("--form", type=click.Choice(FORMS), default="images", help="How the images are laid out.")
@dry_run_option
@json_option
def command(experiment, out, overrides, form, dry_run, as_json):
    """Write the training images as files, to train a generator from elsewhere on exactly these patients.

    These are images of real patients, by pseudonym: OUT must stay in the hospital. Only the training fold is written,
    never valid or test. The printed hash goes into external.trained_on of the experiment that evaluates the generator.

    \b
    images       PNG files, and labels.csv with labels, patient, and sex, age and view where they are known
    folders      the same, with one folder for each label combination
    stylegan     dataset.zip for StyleGAN2-ADA and StyleGAN3, with label vectors in dataset.json
    imagefolder  train/metadata.csv and PNG files, for load_dataset("imagefolder") of Hugging Face
    monai        PNG files and datalist.json, for load_decathlon_datalist of MONAI

    \b
    Examples:
      medgan-tf export-folds experiments/quickstart.yaml exported/quickstart
      medgan-tf export-folds my.yaml exported/stylegan --form stylegan
      medgan-tf export-folds my.yaml exported/monai --form monai --dry-run
    """
    from medgan_tf.config.loading import load_experiment

    settings = load_experiment(experiment, overrides)
    if dry_run:
        echo_plan(settings, as_json, dataset=settings.dataset_dir, export=out)
        return
    from medgan_tf.data.records.reader import DatasetFolder
    from medgan_tf.synthesis.external.export import export_fold

    with ProgressLine("exporting") as progress:
        done = export_fold(DatasetFolder(settings.dataset_dir), out, form, progress)
    values = done.values
    lines = [
        f"{done.folder}: {values['images']:,} training images of {values['dataset']['name']}, form {form}",
        f"warning: {values['warning']}",
        f"trained_on: {done.trained_on}",
    ]
    echo_result({"folder": str(done.folder), **values}, as_json, "\n".join(lines))


if __name__ == "__main__":
    run(command)
