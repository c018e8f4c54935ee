"""Write a labelled phantom: synthetic chest radiographs or head CT in the layout of the real dataset."""

from pathlib import Path

import click

from medgan_tf.config.section import LARGEST_SEED
from medgan_tf.console.options import echo_result, json_option, run, tool_command
from medgan_tf.console.progress_line import ProgressLine
from medgan_tf.phantom.folder import MODALITIES, build_phantom, is_complete

_LAYOUT = {"chest": ("CheXpert-v1.0-small", "chexpert"), "head": ("RSNA stage 2", "rsna")}


@tool_command("phantom")
@click.argument("out", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--modality", type=click.Choice(MODALITIES), default="chest", help="What to draw.")
@click.option("--patients", type=click.IntRange(min=1), default=1200, help="Number of patients, each with some images.")
@click.option("--seed", type=click.IntRange(0, LARGEST_SEED), default=0, help="Seed of everything that is drawn.")
@click.option("--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Also write a contact sheet (PNG).")
@click.option(
    "--workers", type=click.IntRange(min=0), default=0, help="Processes; 0 means one per CPU core. Changes no image."
)
@json_option
def command(
    out: Path, modality: str, patients: int, seed: int, sheet: Path | None, workers: int, as_json: bool
) -> None:
    """Write labelled synthetic anatomy into the folder OUT, in the layout of the real dataset.

    Chest: a CheXpert-v1.0-small folder, train.csv and JPEG radiographs with the 14 findings. Head: an RSNA folder,
    stage_2_train.csv and DICOM slices with the five haemorrhages. OUT must be new, empty or an older phantom, which is
    replaced; a phantom that is there already with the same options is left as it is.

    \b
    Examples:
      medgan-tf phantom data/chest
      medgan-tf phantom data/chest --patients 200 --sheet sheet.png
      medgan-tf phantom data/head --modality head --patients 100 --seed 7 --json
    """
    # Imported here, so that --help does not load OpenCV.
    from medgan_tf.phantom.sheet import check_sheet_place

    if sheet is not None:
        check_sheet_place(sheet)
    existed = is_complete(out, modality, patients, seed)
    with ProgressLine(f"{modality} phantom", "patients") as progress:
        counts = build_phantom(out, modality, patients, seed, progress, workers or None)
    if sheet is not None:
        _write_sheet(sheet, out, modality, seed)
    layout, source = _LAYOUT[modality]
    told = ", ".join(f"{number:,} {name}" for name, number in counts.items())
    text = (
        f"{out}{' (was there already)' if existed else ''}: {told}\n{layout} layout; read it with data.source={source}"
    )
    result = {"root": str(out), "modality": modality, "seed": seed, "existed": existed, "counts": counts}
    echo_result(result | ({"sheet": str(sheet)} if sheet else {}), as_json, text)


def _write_sheet(sheet: Path, out: Path, modality: str, seed: int) -> None:
    from medgan_tf.phantom.sheet import chest_rows, draw_sheet, finding_rows, write_sheet
    from medgan_tf.registry import SOURCES

    if modality == "chest":
        rows = chest_rows(seed)
    else:
        source = SOURCES.get("rsna")(str(out), SOURCES.settings("rsna").Options())
        table = source.read_table()
        paths = table.frame["path"]
        rows = finding_rows(table.findings, table.positive, lambda row: source.read_image(paths.iloc[row]))
    write_sheet(sheet, draw_sheet(rows))


if __name__ == "__main__":
    run(command)
