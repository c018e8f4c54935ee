"""The paper's three benchmarks on open data: ChestX-ray14 of the NIH, which anyone can download without registration.

None of this is in the paper. The sizes are what the NIH's table of 112,120 images can serve: with fewer images of each
combination than CheXpert has, the rows have fewer classes and smaller samples.
"""

from dataclasses import dataclass
from typing import Literal

from medgan_tf.paper.headers import WEIGHTS, header, training_cost
from medgan_tf.paper.table_s1 import FIRST_SEED, TRAINING_IMAGES
from medgan_tf.paper.texts import SUBSET, TRAINING

FIXED_IMAGES = 7_000_000
"""Real images at which rows with few samples stop, as in the paper (3.3)."""
_FEW = 500
_SEEDS = 4
_COMMAND = "NIH_ROOT=/path/to/nih medgan-tf run experiments/{name}.yaml --seeds {first}..{last}"
_NOT_IN_THE_PAPER = (
    "not in the paper: its benchmark on open data. The sizes are those that Data_Entry_2017_v2020.csv serves with "
    "split seeds 0 to 9."
)
_EXPECTED = (
    "not known: these trainings have not been done. The paper's trends on CheXpert are in the experiments chexpert_"
)


@dataclass(frozen=True)
class OpenRow:
    """One setting of a benchmark.

    Attributes:
        benchmark: `classes`, `samples` or `resolution`: the number that is varied.
        combinations: The most frequent label combinations; None for all that are frequent.
        per_combination: Training images of each; None for all there are.
        held_out: Validation images of each, and test images of each; None for 4,000 in all.
        resolution: Pixels.
    """

    benchmark: Literal["classes", "samples", "resolution"]
    combinations: int | None
    per_combination: int | None
    held_out: int | None
    resolution: int = 32

    @property
    def name(self) -> str:
        """The name of the experiment and its file."""
        values = {"classes": self.combinations, "samples": self.per_combination, "resolution": self.resolution}
        return f"nih_{self.benchmark}_{values[self.benchmark]}"


NIH_ROWS = (
    *(OpenRow("classes", count, each, 55) for count, each in ((15, 600), (10, 1000), (6, 1650), (4, 3000), (2, 7400))),
    *(OpenRow("samples", 3, each, 350) for each in (3200, 1500, 1000, 500, 200)),
    *(OpenRow("resolution", None, None, None, side) for side in TRAINING_IMAGES),
)
_BASE = f"""\
data:
  source: nih
  # From https://nihcc.app.box.com/v/ChestXray-NIHCC: the table, and the images unpacked below the same folder.
  root: ${{NIH_ROOT:-data/nih}}
  # The test fold that the NIH suggests, 25,596 images of other patients:
  # options: {{official_folds: true}}
  resolution: 32
  min_count: 256
  fold_fractions: [0.8, 0.1, 0.1]
{SUBSET}
{TRAINING}"""


def open_data_files() -> dict[str, str]:
    """File name to content."""
    return {f"{row.name}.yaml": _file(row) for row in NIH_ROWS}


def _file(row: OpenRow) -> str:
    fixed = _is_fixed(row)
    least, most = (FIXED_IMAGES, FIXED_IMAGES) if fixed else TRAINING_IMAGES[row.resolution]
    comment = header(
        title=_title(row),
        paper=[_NOT_IN_THE_PAPER],
        command=[_COMMAND.format(name=row.name, first=FIRST_SEED, last=FIRST_SEED + _SEEDS - 1)],
        cost=[training_cost(row.resolution, least, most), WEIGHTS],
        expected=f"{_EXPECTED}{row.benchmark}_*.yaml.",
        written="medgan_tf/paper/open_data.py",
    )
    if row.name == "nih_resolution_32":
        return f"{comment}name: {row.name}\n\n{_BASE}"
    return f"{comment}name: {row.name}\nextends: nih_resolution_32.yaml\n\n{_body(row, fixed)}"


def _is_fixed(row: OpenRow) -> bool:
    return row.benchmark == "samples" and row.per_combination <= _FEW


def _title(row: OpenRow) -> str:
    start = "Chest radiographs of the NIH (ChestX-ray14)"
    if row.benchmark == "classes":
        return (
            f"{start}, number of classes: the {row.combinations} most frequent label combinations, "
            f"{row.per_combination:,} training images each."
        )
    if row.benchmark == "samples":
        return (
            f"{start}, number of samples: {row.per_combination:,} training images for each of {row.combinations} label "
            "combinations."
        )
    return f"{start}, resolution: all 30 frequent label combinations at {row.resolution}x{row.resolution} pixels."


def _body(row: OpenRow, fixed: bool) -> str:
    lines = ["data:"]
    if row.benchmark == "resolution":
        least, most = TRAINING_IMAGES[row.resolution]
        lines += [f"  resolution: {row.resolution}", "", "training:", f"  total_images: {most:_}", ""]
        lines += ["evaluation:", "  fid:", f"    minimum_images: {least:_}"]
    else:
        lines += [
            "  subset:",
            f"    kind: {row.benchmark}",
            f"    combinations: {row.combinations}",
            f"    train_per_combination: {row.per_combination}",
            f"    valid_per_combination: {row.held_out}",
            f"    test_per_combination: {row.held_out}",
            "    # Counted by combination here, not in all.",
            "    valid_images: null",
            "    test_images: null",
        ]
    if fixed:
        lines += ["", "training:", "  # Fixed: no stop by FID.", f"  total_images: {FIXED_IMAGES:_}", ""]
        lines += ["evaluation:", "  fid:", "    during_training: watch"]
    return "\n".join(lines) + "\n"
