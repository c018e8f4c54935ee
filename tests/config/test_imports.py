"""What the loading of a config must not cost: TensorFlow, the readers of images, and the parts that it configures."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

LOAD = """
import re, sys
from pathlib import Path
from medgan_tf.config.loading import dump_experiment, load_experiment
from medgan_tf.workflow.grid.grid_file import is_grid

loaded = 0
for path in sorted(Path("experiments").glob("*.yaml")):
    experiment = load_experiment(path)
    dump_experiment(experiment)
    experiment.dataset_dir
    load_experiment(path, ["original_code=true"]).dataset_dir
    loaded += 1
heavy = {"tensorflow", "keras", "pydicom", "cv2", "pandas", "sklearn", "matplotlib"}
parts = re.compile(r"medgan_tf\\..*\\.(source|networks|room|job|measure.*)")
print(loaded, sorted(name for name in sys.modules if name in heavy or parts.fullmatch(name)))
"""


def test_loading_every_experiment_imports_no_part():
    done = subprocess.run([sys.executable, "-c", LOAD], cwd=ROOT, capture_output=True, text=True)
    count = len(list((ROOT / "experiments").glob("*.yaml")))
    assert done.stdout.strip() == f"{count} []", done.stderr
