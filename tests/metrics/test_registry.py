"""The registry of the metrics of fidelity: what it lists, in which order, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from medgan_tf.errors import ConfigError
from medgan_tf.metrics.metric import Direction, Quantity
from medgan_tf.metrics.registry import METRICS, MetricRegistry

ROOT = Path(__file__).resolve().parents[2]
QUANTITY = Quantity("toy", "a toy", Direction.LARGER)


def test_metrics_in_the_order_of_tables():
    assert [metric.name for metric in METRICS.chosen()] == ["fid", "kid", "mmd", "prdc", "ms_ssim", "swd"]
    assert [metric.name for metric in METRICS.chosen(["swd", "kid"])] == ["kid", "swd"]
    with pytest.raises(ConfigError, match="unknown metric of fidelity 'is'; known: fid, kid, mmd, ms_ssim, prdc, swd"):
        METRICS.chosen(["is"])


def test_quantities_have_what_tables_and_the_glossary_need():
    quantities = {quantity.key: quantity for quantity in METRICS.quantities()}
    assert len(quantities) == len(METRICS.quantities())
    directions = {key: quantity.direction for key, quantity in quantities.items()}
    assert {key for key, found in directions.items() if found is Direction.SMALLER} == {
        "fid", "fid_infinite", "kid", "mmd", "swd",
    }  # fmt: skip
    assert {key for key, found in directions.items() if found is Direction.LARGER} == {
        "precision", "recall", "density", "coverage",
    }  # fmt: skip
    assert {key for key, quantity in quantities.items() if quantity.factor == 1000} == {"kid", "mmd", "swd"}
    words = {metric.title: metric.meaning for metric in METRICS.chosen()}
    assert list(words) == ["FID", "KID", "MMD", "Precision, recall, density, coverage", "MS-SSIM", "SWD"]
    assert all(len(meaning) > 80 and meaning.endswith(".") for meaning in words.values())


def test_every_metric_has_a_line_in_the_documentation():
    lines = [line for line in (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8").splitlines() if "|" in line]
    assert [name for name in METRICS.names() if not any(f"| `{name}` |" in line for line in lines)] == []


def test_a_name_is_registered_once():
    registry = MetricRegistry()
    made = registry.metric("toy", QUANTITY, meaning="Toys.", order=5)(lambda real, synthetic, options: {})
    assert registry.get("toy") is made and (made.order, made.needs_features, made.title) == (5, False, "a toy")

    def other(real, synthetic, options):
        return {}

    other.__module__ = "another_package"
    with pytest.raises(ValueError, match="metric of fidelity name registered twice. Received: name='toy'"):
        registry.metric("toy", QUANTITY, meaning="Toys.")(other)
    with pytest.raises(ValueError, match="expected at least one quantity of the metric. Received: name='empty'"):
        registry.metric("empty", meaning="Nothing.")


def test_no_metric_needs_tensorflow():
    code = (
        "import sys; from medgan_tf.metrics.registry import METRICS; METRICS.quantities(); "
        "sys.exit(bool({'tensorflow', 'keras', 'pydicom'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=120).returncode == 0
