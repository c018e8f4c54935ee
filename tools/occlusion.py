"""Show what the real- and the synthetic-trained classifier look at, and how far they agree."""

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


@tool_command("occlusion")
@experiment_argument
@set_option
@click.option("--image", "image_ids", multiple=True, metavar="ID", help="Pseudonym of a real image, e.g. from "
              "neighbours.csv; may be repeated. By default test images of different label combinations.")  # fmt: skip
@click.option("--label", "labels", multiple=True, metavar="NAME", help="A label with maps of its own; may be repeated.")
@dry_run_option
@json_option
def command(experiment, overrides, image_ids, labels, dry_run, as_json):
    """Show what the real- and the synthetic-trained classifier look at, and how far they agree.

    Zeroes a small patch at every place of an image and measures how much the classifier's loss increases. Of DenseNet,
    only what a patch can reach is computed again. Finished images are kept, so an interrupted call goes on. Agreement
    is measured by rank correlation and by the overlap of the most important patches, beside that of two real-trained
    seeds and of a classifier with shuffled labels.

    \b
    Examples:
      medgan-tf occlusion experiments/quickstart.yaml
      medgan-tf occlusion experiments/quickstart.yaml --label Cardiomegaly --set evaluation.occlusion.images=4
      medgan-tf occlusion my.yaml --image 3f2a9c0d11e4b7 --set evaluation.occlusion.patch=4 --json
    """
    from medgan_tf.config.loading import load_experiment
    from medgan_tf.config.run_folders import run_folder

    settings = load_experiment(experiment, overrides)
    chosen = {"image_ids": image_ids} if image_ids else {}
    chosen |= {"labels": labels} if labels else {}
    evaluation = settings.evaluation
    changed = evaluation.model_copy(update={"occlusion": evaluation.occlusion.model_copy(update=chosen)})
    settings = settings.model_copy(update={"evaluation": changed})
    folder = run_folder(settings)
    if dry_run:
        echo_plan(settings, as_json, results=folder.evaluation)
        return
    from medgan_tf.evidence.importance.job import occlude_experiment, save_occlusion
    from medgan_tf.evidence.importance.table import occlusion_lines
    from medgan_tf.files.result_files import plain

    with ProgressLine("occlusion", "masks") as progress:
        result = occlude_experiment(settings, progress)
    files = save_occlusion(folder.evaluation, result)
    text = occlusion_lines(result.summary) + "".join(f"\nlook at {file}" for file in files)
    echo_result(plain({**result.summary, "files": [str(file) for file in files]}), as_json, text)


if __name__ == "__main__":
    run(command)
