"""Build the dataset folder (TFRecords) of an experiment from raw files."""

import click

from medgan_tf.config.loading import load_experiment
from medgan_tf.console.options import (
    dry_run_option,
    echo_plan,
    echo_result,
    experiment_argument,
    json_option,
    restart_option,
    run,
    set_option,
    tool_command,
)
from medgan_tf.console.progress_line import ProgressLine


@tool_command("prepare")
@experiment_argument
@set_option
@restart_option
@click.option("--verify", is_flag=True, help="Compare every shard of the result with its SHA-256 in the manifest.")
@click.option(
    "--counts",
    is_flag=True,
    help="Only count: rows, rules, combinations and folds. No picture is looked at, and nothing is written.",
)
@dry_run_option
@json_option
def command(experiment, overrides, resume, verify, counts, dry_run, as_json):
    """Build the dataset folder (TFRecords) of an experiment from raw files.

    Nothing is done if the folder is there and up to date; an interrupted build is continued. Source files that changed
    since, or could not be read, are read again, and damaged shards are made again. The secret behind the
    pseudonyms and the table that leads from them back to the files stay in data.private_dir. If the experiment has no
    plan yet, it is written too, see `medgan-tf preregister`.

    \b
    Examples:
      medgan-tf prepare experiments/quickstart.yaml
      medgan-tf prepare experiments/chexpert_samples_3000.yaml --set data.root=/data/CheXpert-v1.0-small
      medgan-tf prepare my.yaml --restart
      medgan-tf prepare my.yaml --counts
    """
    loaded = load_experiment(experiment, overrides)
    if dry_run:
        echo_plan(loaded, as_json, dataset=loaded.dataset_dir)
        return
    if counts:
        from medgan_tf.data.counts import count_dataset

        counted = count_dataset(loaded)
        echo_result(counted.as_json(), as_json, counted.as_text())
        return
    from medgan_tf.data.description import describe
    from medgan_tf.data.prepare import prepare
    from medgan_tf.workflow.study_plan import note_plan

    with ProgressLine("preparing", "images") as progress:
        dataset = prepare(loaded, progress, restart=not resume)
    if verify:
        dataset.verify()
    plan = note_plan(loaded)
    manifest = dataset.manifest
    result = {
        "dataset": str(dataset.path),
        "images": manifest.images,
        "patients": manifest.patients,
        "labels": manifest.label_names,
        "combinations": len(manifest.combinations),
        "unreadable": manifest.unreadable.count,
        "constant": manifest.constant.count if manifest.constant else 0,
        "bytes": sum(shard.bytes for shard in manifest.shards),
        "build_hash": manifest.build_hash,
        "verified": verify,
        "plan": {"file": str(plan.path), "made": plan.plan.made, "sha256": plan.plan.sha256},
    }
    echo_result(result, as_json, describe(dataset))


if __name__ == "__main__":
    run(command)
