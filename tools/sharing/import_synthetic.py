"""Bring in the images of a generator from elsewhere, so that every stage can measure them."""

import click

from medgan_tf.console.options import dry_run_option, echo_plan, echo_result, json_option, run, set_option, tool_command
from medgan_tf.console.progress_line import ProgressLine


@tool_command("import-synthetic")
@click.argument("places", metavar="[FOLDER] EXPERIMENT.yaml", nargs=-1, required=True, type=click.Path(path_type=str))
@click.option("--csv", metavar="FILE", help="CSV of labels, in place of external.csv.")
@click.option("--name", metavar="NAME", help="Name of the generator, in place of external.name.")
@click.option("--trained-on", metavar="HASH", help="What it was trained on, in place of external.trained_on.")
@click.option("--accept", "accepted", metavar="CHECK", multiple=True, help="Import the images although this check "
              "finds them wrong; may be repeated. The provenance says so.")  # fmt: skip
@set_option
@dry_run_option
@json_option
def command(places, csv, name, trained_on, accepted, overrides, dry_run, as_json):
    """Bring in the images of a generator from elsewhere, so that every stage can measure them.

    FOLDER holds PNG, JPEG, DICOM, .npy or .npz files and a CSV: a column path, one column of 0 and 1 for each label of
    the real images, and perhaps fold (train or valid), sex, age, view, index and row. Other forms: external.format.
    Without FOLDER that of the section external is read. The images need the size of the real ones: nothing is resized.

    The result is the same synthetic/ folder that `generate` writes, so run, classify, gap, fid, neighbours, privacy,
    occlusion, reader-study and report go on from there.

    \b
    Examples:
      medgan-tf import-synthetic pictures/stylegan3 --csv labels.csv my.yaml --name stylegan3
      medgan-tf import-synthetic my_stylegan3.yaml --dry-run
      medgan-tf import-synthetic my_stylegan3.yaml --accept orientation
      medgan-tf import-synthetic my_stylegan3.yaml --set seed=1001 --set external.folder=pictures/1001
    """
    from medgan_tf.config.loading import load_experiment

    if len(places) > 2:
        raise click.UsageError("expected [FOLDER] EXPERIMENT.yaml")
    *folder, experiment = places
    given = {"folder": folder[0] if folder else None, "csv": csv, "name": name, "trained_on": trained_on}
    settings = load_experiment(experiment, [*_overrides(given), *overrides])
    _check_external(settings, experiment)
    from medgan_tf.config.run_folders import run_folder

    target = run_folder(settings).synthetic
    if dry_run:
        echo_plan(settings, as_json, images=settings.external.folder, synthetic=target)
        return
    from medgan_tf.data.prepare import prepared_dataset
    from medgan_tf.workflow.import_stage import imported_run

    with ProgressLine("preparing") as progress:
        dataset = prepared_dataset(settings, progress)
    with ProgressLine("importing") as progress:
        done = imported_run(settings, dataset, accepted, progress)
    manifest = done.dataset.manifest
    origin = manifest.synthesis.external
    values = {
        "synthetic": str(target),
        "images": manifest.images,
        "done": done.anew,
        **origin.model_dump(mode="json"),
    }
    echo_result(values, as_json, "\n".join(_lines(target, manifest, origin, done)))


def _overrides(given):
    from medgan_tf.files.yaml_text import dump_yaml

    # As YAML, so that a folder called 1000 stays a text.
    return [f"external.{key}={dump_yaml({'value': value}).partition(':')[2].strip()}" for key, value in given.items()
            if value is not None]  # fmt: skip


def _check_external(settings, experiment):
    from medgan_tf.errors import ConfigError

    if settings.external is None:
        raise ConfigError(
            f"{experiment} has no section external; give the folder and a name: "
            f"medgan-tf import-synthetic FOLDER {experiment} --name NAME"
        )


def _lines(target, manifest, origin, done):
    counts = ", ".join(f"{count:,} {fold}" for fold, count in manifest.images.items() if count)
    yield f"{counts} images of {origin.name} in {target}" + ("" if done.anew else " (up to date)")
    yield f"owner {origin.owner}, version {origin.version}, trained on {origin.trained_on}"
    yield f"content {origin.content_sha256}"
    if origin.drawn_folds:
        yield "train and valid were drawn, in the ratio of the real images"
    for finding in origin.checks:
        if finding["status"] != "right":
            yield f"{finding['name']}: {finding['status']}: {finding['words']}"
    yield from origin.notes


if __name__ == "__main__":
    run(command)
