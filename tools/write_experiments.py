"""Write the paper's benchmark, Table S1, as experiment files."""

import sys

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command


@tool_command("write-experiments")
@click.option("--folder", metavar="FOLDER", default="experiments", help="Folder of the experiment files.")
@click.option("--check", is_flag=True, help="Write nothing; leave with exit code 1 if a file is missing or differs.")
@json_option
def command(folder, check, as_json):
    """Write the paper's benchmark, Table S1, as experiment files.

    There is one file for each row of the table and each variant that overfits on purpose, for both datasets,
    and one for each setting of the same benchmark on open data (ChestX-ray14). Choose the GAN on the command
    line, --set gan.architecture=progressive. The tables are data in medgan_tf/paper/table_s1.py and
    medgan_tf/paper/open_data.py; other files in the folder are not touched.

    \b
    Examples:
      medgan-tf write-experiments
      medgan-tf write-experiments --folder my_grid
      medgan-tf write-experiments --check
    """
    from medgan_tf.paper.experiments import experiment_files, outdated_files, write_experiments

    files = outdated_files(folder) if check else write_experiments(folder)
    word = "differ from the table" if check else "written"
    lines = [f"{len(files)} of {len(experiment_files())} files in {folder} {word}", *files]
    echo_result({"folder": folder, "files": files, "written": not check}, as_json, "\n".join(lines))
    sys.exit(1 if check and files else 0)


if __name__ == "__main__":
    run(command)
