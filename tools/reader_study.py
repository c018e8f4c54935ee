"""Run a reader study: blinded images, a page that works offline, and the tests of the answers."""

from pathlib import Path

import click

from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    run,
    set_option,
    tool_group,
)

key_option = click.option("--key", metavar="FILE", help="Key of the study; by default key.json in the run folder.")


@tool_group("reader-study")
def command():
    """Run a reader study: can radiologists tell real from synthetic images? (paper S.8)

    `create` writes a folder for the readers, a page that works without server and internet, and a key that stays with
    you. Readers send back one CSV each, or answer on one workstation with `serve`. `score` tests the answers.

    \b
    Examples:
      medgan-tf reader-study create experiments/quickstart.yaml
      medgan-tf reader-study serve experiments/quickstart.yaml
      medgan-tf reader-study score experiments/quickstart.yaml
      medgan-tf reader-study score --counts counts.csv --json
    """


@command.command("create")
@experiment_argument
@set_option
@click.option("--real", metavar="FOLDER", help="Dataset folder or PNG files; by default the experiment's dataset.")
@click.option("--synthetic", metavar="FOLDER", help="Dataset folder or PNG files; by default that of the run.")
@click.option("--out", metavar="FOLDER", help="Folder for the readers; by default in the run folder.")
@key_option
@click.option("--restart", is_flag=True, help="Replace an older study, page and key.")
@dry_run_option
@json_option
def create(experiment, overrides, real, synthetic, out, key, restart, dry_run, as_json):
    """Make the blinded set: a folder to give to the readers, and a key to keep.

    Real images come from the real test fold, synthetic ones with the same label combinations from the synthetic
    dataset. Files differ in nothing but their pixels. The section `reader_study` of the experiment sets numbers,
    orders, repeats and the text.

    \b
    Examples:
      medgan-tf reader-study create experiments/quickstart.yaml
      medgan-tf reader-study create experiments/quickstart.yaml --set reader_study.readers=11
      medgan-tf reader-study create my.yaml --real datasets/mine --synthetic pictures --out study --key private/key.json
    """
    settings, folder = _loaded(experiment, overrides)
    real, synthetic = real or settings.dataset_dir, synthetic or folder.synthetic
    page, key = out or folder.reader_study / "for_readers", key or folder.reader_study / "key.json"
    if dry_run:
        echo_plan(settings, as_json, real=real, synthetic=synthetic, readers=page, key=key)
        return
    from medgan_tf.data.pseudonyms import load_pseudonyms, private_folder
    from medgan_tf.evidence.readers.study.create import create_study
    from medgan_tf.evidence.readers.study.pools import load_pool

    study = create_study(
        settings.reader_study,
        load_pool(real, "real", settings.reader_study.real_fold),
        load_pool(synthetic, "synthetic"),
        page,
        key,
        name=settings.name,
        seed=settings.seed if settings.reader_study.seed is None else settings.reader_study.seed,
        secret=load_pseudonyms(private_folder(settings.data.private_dir, settings.dataset_dir)),
        replace=restart,
    )
    values = {
        "study": study.key.study,
        "readers_folder": str(study.page),
        "key": str(study.key_file),
        "key_sha256": study.key_sha256,
        "images": len(study.key.images),
    }
    text = f"{values['images']} images: give {study.page} to the readers, keep {study.key_file} to yourself"
    echo_result(values, as_json, text)


@command.command("serve")
@experiment_argument
@set_option
@click.option("--page", metavar="FOLDER", help="Folder for the readers; by default in the run folder.")
@click.option("--answers", metavar="FOLDER", help="Where answers are written; by default in the run folder.")
@click.option("--host", default="127.0.0.1", help="Address; any other than 127.0.0.1 lets the network in.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, help="Port; 0 takes a free one.")
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="NAME",
    help="Name by which readers reach this machine, beside the address itself; may be repeated.",
)
@click.option(
    "--reader",
    "readers",
    multiple=True,
    metavar="CODE",
    help="Code of a reader, where the study has no fixed readers; may be repeated; by default R01.",
)
@dry_run_option
def serve(experiment, overrides, page, answers, host, port, allow_hosts, readers, dry_run):
    """Serve the page on this workstation and write every answer to disk at once. Ctrl-C ends it.

    Needs only the readers' folder, not the key. It prints one link for each reader. Only who has a link sees and gives
    the answers of that reader. Readers who come back continue where they were.

    \b
    Examples:
      medgan-tf reader-study serve experiments/quickstart.yaml
      medgan-tf reader-study serve my.yaml --page study --answers answers --port 9000 --reader R01 --reader R02
      medgan-tf reader-study serve my.yaml --host 0.0.0.0 --allow-host reading-room.hospital.example
    """
    settings, folder = _loaded(experiment, overrides)
    page, answers = page or folder.reader_study / "for_readers", answers or folder.reader_study / "answers"
    if dry_run:
        echo_plan(settings, False, page=page, answers=answers)
        return
    from medgan_tf.evidence.readers.study.hosts import LOOPBACK
    from medgan_tf.evidence.readers.study.server import StudyServer

    with StudyServer(page, answers, host, port, allow_hosts, readers) as server:
        if host not in LOOPBACK:
            warning = "everyone who reaches this machine can see the images, and nothing that is sent is encrypted"
            click.echo(f"Warning: {warning}.", err=True)
        click.echo(f"{server.url} serves {page}; answers go to {answers}; Ctrl-C ends it")
        click.echo("Give each reader their own link:")
        for reader, link in server.links.items():
            click.echo(f"  {reader}  {link}")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("stopped; all answers are on disk", err=True)


@command.command("import")
@experiment_argument
@click.argument("export", metavar="EXPORT", type=click.Path(path_type=Path))
@set_option
@key_option
@click.option("--answers", metavar="FOLDER", help="Where answers are written; by default in the run folder.")
@click.option(
    "--reader",
    "readers",
    multiple=True,
    metavar="[NAME=]CODE",
    help="Code of the reader, or of the one whom the export calls NAME; may be repeated.",
)
@json_option
def take_in(experiment, export, overrides, key, answers, readers, as_json):
    """Take in answers that were given in Label Studio or in a table.

    EXPORT is JSON, JSON-MIN, CSV or TSV from Label Studio (choices real and synthetic, optionally a rating), or a CSV
    with the columns image and answer and optionally reader, confidence, seconds, position.

    \b
    Examples:
      medgan-tf reader-study import experiments/quickstart.yaml project-3.json
      medgan-tf reader-study import experiments/quickstart.yaml project-3.json --reader anna@example.org=R01
      medgan-tf reader-study import experiments/quickstart.yaml sheet.csv --reader R02
    """
    settings, folder = _loaded(experiment, overrides)
    from medgan_tf.evidence.readers.exports import import_answers, write_imported
    from medgan_tf.evidence.readers.study.key import KeyFile

    key_file = KeyFile(key or folder.reader_study / "key.json")
    codes = {name: code for name, _, code in (text.rpartition("=") for text in readers)}
    given = import_answers(export, key_file, codes)
    files = write_imported(given, key_file, answers or folder.reader_study / "answers")
    text = f"{len(given)} answers written to {', '.join(files.values())}"
    echo_result({"answers": len(given), "files": files}, as_json, text)


@command.command("score")
@click.argument("experiment", metavar="[EXPERIMENT.yaml]", required=False)
@set_option
@click.option("--answers", multiple=True, metavar="PATH", help="CSV file, or folder of them; may be repeated.")
@key_option
@click.option("--counts", metavar="FILE", help="CSV of counts instead: reader,TR,FR,TS,FS or reader,correct,total.")
@click.option("--leave-out", multiple=True, metavar="CODE", help="Reader whose answers are not used; may be repeated.")
@click.option(
    "--margin",
    type=click.FloatRange(0, 0.5, min_open=True, max_open=True),
    show_default="reader_study.margin",
    help="Margin of equivalence around 0.5.",
)
@click.option(
    "--out",
    metavar="FOLDER",
    help="Where results are written; by default evaluation/ in the run folder, and with --counts nowhere.",
)
@dry_run_option
@json_option
def score(experiment, overrides, answers, key, counts, leave_out, margin, out, dry_run, as_json):
    """Score answers, or counts from a publication: per reader, over readers, and the tests.

    Writes reader_study.json, .csv, .png and .html. Nothing is scored unless every reader has answered every image of
    the key once; a reader who did not finish must be left out by name.

    \b
    Examples:
      medgan-tf reader-study score experiments/quickstart.yaml
      medgan-tf reader-study score experiments/quickstart.yaml --answers mails/ --leave-out R07
      medgan-tf reader-study score --counts counts.csv --json
      medgan-tf reader-study score experiments/quickstart.yaml --counts counts.csv --margin 0.05 --out published
    """
    if not experiment and not (counts and not overrides):
        raise click.UsageError("name the experiment's YAML file; only --counts without --set can do without")
    if dry_run and not experiment:
        raise click.UsageError("--dry-run shows the experiment; name its YAML file")
    if counts and (answers or key or leave_out):
        raise click.UsageError("--counts cannot be combined with --answers, --key or --leave-out")
    from medgan_tf.evidence.readers.settings import ReaderStudyConfig

    settings, folder = _loaded(experiment, overrides) if experiment else (None, None)
    config = settings.reader_study if settings else ReaderStudyConfig()
    config = config if margin is None else config.model_copy(update={"margin": margin})
    study = folder.reader_study if folder else None
    out = out or (None if counts else folder.evaluation)
    if dry_run:
        echo_plan(settings, as_json, answers=", ".join(answers) or study / "answers", results=out)
        return
    from medgan_tf.evidence.readers.job import score_counts_file, score_study
    from medgan_tf.evidence.readers.table import study_lines

    if counts:
        result, files = score_counts_file(counts, config, out)
    else:
        result, files = score_study(answers or (study / "answers",), key or study / "key.json", config, out, leave_out)
    echo_result(result | {"files": files}, as_json, "\n".join([study_lines(result), *files.values()]))


def _loaded(experiment, overrides):
    """The experiment and its run folder."""
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.run_folders import run_folder

    settings = load_experiment(experiment, overrides)
    return settings, run_folder(settings)


if __name__ == "__main__":
    run(command)
