"""Advanced: write a real head CT volume as DICOM slices in the RSNA layout, to try the pipeline on real pixels."""

from pathlib import Path

import click

from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine
from medgan_tf.phantom.real_ct import LABEL_RULES, read_volume, write_volume


@tool_command("real-ct")
@click.argument("volume", metavar="VOLUME", type=click.Path(path_type=Path))
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--patients",
    type=click.IntRange(min=1),
    default=1,
    help="Deal contiguous slabs of the volume to so many pseudo-patients, so that folds can be made. They are all one "
    "person: for trying the pipeline only, never for a result.",
)
@click.option(
    "--label-by",
    type=click.Choice(LABEL_RULES),
    default="none",
    help="none: every label 0, because the volume's labels are unknown. level: the lower, middle and upper third of "
    "the volume under the column names epidural, intraparenchymal and intraventricular, purely as stand-ins for a "
    "conditional GAN to tell apart; nothing is said about bleeds.",
)
@click.option(
    "--flip-rows/--keep-rows",
    default=None,
    show_default="flip for .inv3, keep for .npy",
    help="Turn every slice upside down; the nose must come out at the top.",
)
@click.option(
    "--spacing",
    type=click.FloatRange(min=0.05, max=50),
    nargs=3,
    default=(1.0, 1.0, 1.0),
    help="mm between slices, rows and columns of a .npy; an .inv3 states its own.",
)
@json_option
def command(
    volume: Path,
    out: Path,
    patients: int,
    label_by: str,
    flip_rows: bool | None,
    spacing: tuple[float, float, float],
    as_json: bool,
) -> None:
    """Write the CT in VOLUME into the folder OUT, in the layout of the RSNA haemorrhage data.

    VOLUME is an InVesalius project (.inv3) or an int16 array of HU (.npy) [slices, rows, columns], lowest slice first.
    Debian's package invesalius-examples holds a real head CT, Cranium.inv3. Nothing is unpacked to disk. OUT gets
    stage_2_train.csv and stage_2_train/ID_*.dcm, to be read with data.source=rsna.

    A volume carries no labels: every label is written as 0 unless --label-by says otherwise, so what is prepared
    and trained from it shows that the pipeline works on real pixels, and nothing about haemorrhage.

    \b
    Examples:
      medgan-tf real-ct Cranium.inv3 data/cranium
      medgan-tf real-ct Cranium.inv3 data/cranium --patients 27 --label-by level
      python tools/real_ct.py head.npy data/head --spacing 5 0.5 0.5 --json
    """
    with ProgressLine("real CT", "slices") as progress:
        counts = write_volume(read_volume(volume, flip_rows, spacing), out, patients, label_by, progress)
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    note = "labels are unknown and written as 0" if label_by == "none" else "labels are thirds of the volume, no bleeds"
    echo_result({"root": str(out), "counts": counts, "labels": note}, as_json, f"{out}: {told}; {note}")


if __name__ == "__main__":
    run(command)
