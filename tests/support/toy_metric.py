"""A metric of fidelity in another package, as an installed distribution brings it: one file and its metadata."""

from pathlib import Path

FILES = {
    "toy_metric-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: toy-metric\nVersion: 1.0\n",
    "toy_metric-1.0.dist-info/entry_points.txt": "[medgan_tf.metrics]\ntoy = toy_metric\n",
    "toy_metric.py": '''"""How much brighter or darker are the synthetic images?"""

from medgan_tf.metrics.metric import Direction, Quantity
from medgan_tf.metrics.registry import METRICS


@METRICS.metric(
    "toy",
    Quantity("toy", "brightness gap", Direction.SMALLER, factor=10.0),
    meaning="Difference of the mean grey values.",
)
def toy(real, synthetic, options):
    """The difference, with an interval that is as wide as one grey value."""
    options.step("brightness")
    value = abs(float(synthetic.images.mean()) - float(real.images.mean()))
    return {"toy": {"value": value, "interval": (value - 0.5, value + 0.5)}}
''',
}


def write_toy_metric(folder: Path) -> Path:
    """Writes the package; with `folder` on the path of Python it counts as installed."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder
