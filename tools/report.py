"""Report what has been measured: one HTML page with the answer first, figures and tables as files."""

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("report")
@click.argument("path", metavar="PATH", type=click.Path(path_type=str))
@click.option("--out", metavar="FOLDER", help="Where the report goes; by default report/ inside PATH.")
@click.option("--with-images", is_flag=True, help="Show pictures too. They may be of patients: do not publish them.")
@json_option
def command(path, out, with_images, as_json):
    """Report what has been measured: one HTML page with the answer first, figures and tables as files.

    PATH is a run, the folder of an experiment with all its seeds and GANs, or a folder of experiments. Reads result
    files only; trains and measures nothing. What has not been measured is listed with the command that measures it.
    Shows no images and no pseudonyms unless --with-images. A damaged file or a part that cannot be made costs only
    itself: the page says so, and the exit code is 1.

    \b
    Examples:
      medgan-tf report runs/quickstart
      medgan-tf report runs/quickstart/cpd-seed1000 --with-images
      medgan-tf report runs --out reports/grid --json
    """
    from dataclasses import asdict

    from medgan_tf.presentation.blocks import grouped
    from medgan_tf.reporting.write import write_report

    report = write_report(path, out, with_images)
    lines = [f"not measured: {one.what} ({one.where}): {one.command}" for one in grouped(report.missing)]
    lines += [f"damaged: {problem}" for problem in report.problems]
    lines += [f"failed: {sentence}" for sentence in report.failed]
    values = {
        "kind": report.kind,
        "files": [str(file) for file in report.files],
        "missing": [asdict(one) for one in report.missing],
        "damaged": report.problems,
        "failed": report.failed,
    }
    echo_result(values, as_json, "\n".join([*lines, "", f"look at {report.files[0]}"]))
    report.check()


if __name__ == "__main__":
    run(command)
