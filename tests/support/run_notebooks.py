"""Runs the code cells of notebooks in order, each notebook in a folder of its own, without Jupyter.

    python run_notebooks.py FOLDER NOTEBOOK ...

One process for all: to import TensorFlow takes as long as most cells. A cell that fails, or that would leave the
program, ends it with a traceback that names the notebook and the cell.
"""

import json
import os
import sys
from pathlib import Path


def main(folder: Path, notebooks: list[Path]) -> None:
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        place = folder / path.stem
        place.mkdir()
        os.chdir(place)
        names = {"__name__": "__main__"}
        for number, cell in enumerate(cells):
            if cell["cell_type"] == "code":
                try:
                    exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), names)
                except SystemExit as left:
                    raise RuntimeError(f"{path.name}, cell {number} leaves with {left.code!r}") from left


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), [Path(one).resolve() for one in sys.argv[2:]])
