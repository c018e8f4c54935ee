"""Settings that differ in nothing but their epsilon, and where their values lie in a figure."""

import math

import pytest
import yaml
from private_runs import guarantee, make_private
from result_files import run_folder

from medgan_tf.evidence.epsilon_series import Panel, epsilon_figure, epsilon_places, epsilon_series
from medgan_tf.presentation.blocks import Interval
from medgan_tf.reporting.results import read_results


def series_of(tmp_path, settings):
    """The series of runs: name to epsilon (None: not private) and a setting of the GAN."""
    for name, (epsilon, width) in settings.items():
        run = run_folder(tmp_path / name / "cpd-seed1", 1)
        config = yaml.safe_load((run / "config.yaml").read_text())
        (run / "config.yaml").write_text(yaml.safe_dump(config | {"gan": {"base_channels": width}}))
        if epsilon is not None:
            make_private(run, guarantee(epsilon))
    return epsilon_series(read_results(tmp_path, []))


def test_settings_that_differ_in_epsilon_only(tmp_path):
    """Also where their names follow no pattern; other settings, and runs that are not private, are left out."""
    [found] = series_of(
        tmp_path,
        {"weak": (10.0, 8), "none": (math.inf, 8), "strong": (1.0, 8), "wider": (3.0, 16), "plain": (None, 8)},
    )
    assert [(point.epsilon, point.gan.experiment) for point in found.points] == [
        (1.0, "strong"), (10.0, "weak"), (math.inf, "none"),
    ]  # fmt: skip


def test_one_epsilon_is_no_series(tmp_path):
    assert series_of(tmp_path, {"a": (1.0, 8), "b": (1.0, 8), "c": (None, 8)}) == []


@pytest.mark.parametrize(
    "names, title",
    [(("p_target_epsilon_1", "p_target_epsilon_10"), "p, cpd"), (("chest-1", "chest-inf"), "chest, cpd")],
)
def test_the_title_is_what_the_names_share(tmp_path, names, title):
    [found] = series_of(tmp_path, {names[0]: (1.0, 8), names[1]: (math.inf, 8)})
    assert found.title == title


def test_infinity_has_a_tick_of_its_own_at_the_right_end(tmp_path):
    assert epsilon_places([1.0, 10.0, math.inf]) == [1.0, 10.0, 30.0]
    assert epsilon_places([math.inf]) == [3.0] and epsilon_places([0.0, 3.0]) == [1.0, 3.0]
    [found] = series_of(tmp_path, {"a_1": (1.0, 8), "a_10": (10.0, 8), "a_inf": (math.inf, 8)})
    lines = {"FID": [(9.0, Interval(8.0, 11.0)), None, (4.0, Interval(None, None))]}
    figure = epsilon_figure(found, [Panel("distance", lines, 0.0)])
    [axes] = figure.axes
    assert axes.get_xscale() == "log"
    assert list(axes.get_xticks()) == [1.0, 10.0, 30.0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["1", "10", "inf"]
    [bars] = axes.containers
    points, _, (segments,) = bars
    assert list(points.get_xdata()) == [1.0, 30.0] and list(points.get_ydata()) == [9.0, 4.0]
    assert [sorted(end[1] for end in one) for one in segments.get_segments()] == [[8.0, 11.0], [4.0, 4.0]]
