"""Measure how close generated images are to real ones: FID, KID, precision and recall, diversity."""

import click

from medgan_tf.console.experiment_or_folders import (
    chosen_experiment,
    experiment_or_none,
    out_option,
    results_folder,
    seed_option,
)
from medgan_tf.console.options import dry_run_option, echo_plan, echo_result, json_option, run, set_option, tool_command
from medgan_tf.console.progress_line import ProgressLine
from medgan_tf.metrics.registry import METRICS


@tool_command("fid")
@experiment_or_none
@set_option
@click.option("--real", metavar="FOLDER", help="Real images: a dataset folder, or PNG, JPEG or TIFF files.")
@click.option("--synthetic", metavar="FOLDER", multiple=True, help="Synthetic images in the same forms; repeatable.")
@click.option("--generator", metavar="FOLDER", help="SavedModel to measure; by default that of the experiment's run.")
@click.option("--metrics", metavar="NAMES", help="Metrics, separated by commas, of "
              f"{', '.join(METRICS.names())}; by default all.")  # fmt: skip
@click.option("--extractor", "extractors", multiple=True, metavar="NAME", help="Extractor instead of the "
              "experiment's: inception, inception-2015, radiology, classifier, random, or the folder of a SavedModel; "
              "may be repeated.")  # fmt: skip
@click.option("--weights", metavar="FILE", help="Weights of the extractor, as evaluation.fid.weights.")
@click.option("--sha256", metavar="HASH", help="Hash that the weights must have, as evaluation.fid.sha256.")
@out_option("--real and --synthetic")
@seed_option
@dry_run_option
@json_option
def command(
    experiment, overrides, real, synthetic, generator, metrics, extractors, weights, sha256, out, seed, dry_run, as_json
):
    """Measure how close generated images are to real ones: FID, KID, precision and recall, diversity.

    Either an experiment, whose trained generator is compared with its training images, or any two folders of images.
    One image of each patient is compared. A value comes with an interval where there are enough patients for one, with
    the floor (real images against other real images), against held-out real images, and by label combination.

    \b
    Examples:
      medgan-tf fid experiments/quickstart.yaml --extractor random
      medgan-tf fid experiments/quickstart.yaml --extractor classifier --metrics fid,kid --json
      medgan-tf fid --real pictures/real --synthetic pictures/a --synthetic pictures/b --extractor random
      medgan-tf fid --real datasets/chest --synthetic shared/synthetic --weights inception.h5 --out fidelity
    """
    from pathlib import Path

    settings = chosen_experiment(experiment, overrides, seed, real, synthetic, "--real")
    if overrides and not experiment:
        raise click.UsageError("--set needs an experiment; for two folders use --weights and --sha256")
    chosen = {"weights": weights, "sha256": sha256, "extractor": extractors[0] if extractors else None}
    fid = settings.evaluation.fid.model_copy(update={key: value for key, value in chosen.items() if value})
    from medgan_tf.config.run_folders import real_folder, run_folder, trained_folder

    folder = run_folder(settings)
    source = Path(generator) if generator else trained_folder(settings).generator
    target = results_folder(settings, out, bool(real))
    if dry_run:
        echo_plan(settings, as_json, **({"real": real} if real else {"generator": source}), results=target)
        return
    from medgan_tf.data.records.reader import DatasetFolder
    from medgan_tf.evidence.fidelity.comparison import folder_comparison, run_comparison
    from medgan_tf.evidence.fidelity.job import check_names, evaluate, save_results
    from medgan_tf.evidence.fidelity.table import all_lines
    from medgan_tf.evidence.fidelity.tracked import TrackedFidelity
    from medgan_tf.presentation.heartbeat import Heartbeat

    classifier = real_folder(settings).classifier / "model"
    names = metrics.split(",") if metrics is not None else ()
    check_names(fid, names, extractors)
    with ProgressLine("fid", "steps") as line, Heartbeat(line) as progress:
        if real:
            comparison = folder_comparison(real, synthetic, fid.images, settings.seed, progress)
        else:
            comparison = run_comparison(settings, DatasetFolder(settings.dataset_dir), source, progress)
        own = folder if not real and not generator else None
        tracked = TrackedFidelity(settings, folder) if own else None
        results = evaluate(
            comparison,
            fid,
            classifier,
            seed=settings.seed,
            metrics=names,
            extractors=extractors,
            progress=progress,
            sampled=tracked and tracked.sampled,
        )
        files = save_results(target, results, own, settings.evaluation.fid.extractor) if target else []
        if tracked is not None:
            tracked.finish(results)
    text = all_lines(results) + "".join(f"\nlook at {file}" for file in files)
    echo_result({"results": results, "files": [str(file) for file in files]}, as_json, text)


if __name__ == "__main__":
    run(command)
