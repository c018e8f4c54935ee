"""Epsilon against dp-accounting called directly, closed forms and integrals over the densities themselves."""

import math
import subprocess
import sys

import dp_accounting
import pytest
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant
from scipy import integrate, optimize
from scipy.stats import norm

from medgan_tf.accounting import epsilon as module
from medgan_tf.accounting.epsilon import accountant, delta_of, epsilon, epsilon_rdp, rough_epsilon
from medgan_tf.accounting.guarantee import Charges
from medgan_tf.errors import ConfigError

MNIST = Charges(256 / 60_000, 1.1, 14_062)


def test_the_figures_everyone_knows():
    assert epsilon(MNIST, 1e-5) == pytest.approx(2.382, abs=5e-4)
    assert epsilon_rdp(MNIST, 1e-5) == pytest.approx(2.597, abs=5e-4)


def test_numbers_of_patients_cost_a_tenth():
    assert epsilon(Charges(0.01, 1.0, 0, (24.0,)), 1e-4) == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize(
    "charges",
    [MNIST, Charges(0.02, 2.5, 500, (24.0,), 1e-6), Charges(1.0, 12.0, 40, (24.0, 5.0))],
)
def test_equal_to_the_library_called_directly(charges):
    step = dp_accounting.GaussianDpEvent(charges.noise_multiplier)
    sampled = dp_accounting.PoissonSampledDpEvent(charges.sampling_probability, step)
    events = [dp_accounting.SelfComposedDpEvent(sampled, charges.steps)]
    events += [dp_accounting.GaussianDpEvent(noise) for noise in charges.releases]
    left = 1e-5 - charges.extra_delta
    pld = PLDAccountant(value_discretization_interval=1e-4).compose(dp_accounting.ComposedDpEvent(events))
    rdp = RdpAccountant(orders=module.ORDERS).compose(dp_accounting.ComposedDpEvent(events))
    # Gaussian mechanisms are put together exactly here, and on the grid there.
    assert epsilon(charges, 1e-5) == pytest.approx(pld.get_epsilon(left), abs=1e-4)
    assert epsilon(charges, 1e-5) <= pld.get_epsilon(left) + 1e-9
    assert epsilon_rdp(charges, 1e-5) == pytest.approx(rdp.get_epsilon(left), rel=1e-9)


def analytic_delta(bound: float, noise: float) -> float:
    """Delta of the Gaussian mechanism with sensitivity 1 (Balle and Wang 2018, theorem 8)."""
    half, ratio = 1 / (2 * noise), bound * noise
    return norm.cdf(half - ratio) - math.exp(bound) * norm.cdf(-half - ratio)


@pytest.mark.parametrize(
    ("charges", "noise"),
    [
        (Charges(1.0, 4.0, 1), 4.0),
        (Charges(1.0, 20.0, 100), 2.0),
        (Charges(0.5, 1.0, 0, (3.0,)), 3.0),
        # 1 / 3^2 + 16 / 8^2 = 1 / 1.6641^2
        (Charges(1.0, 8.0, 16, (3.0,)), (1 / 9 + 16 / 64) ** -0.5),
    ],
)
def test_analytic_gaussian_mechanism(charges, noise):
    exact = optimize.brentq(lambda bound: analytic_delta(bound, noise) - 1e-5, 0, 50)
    assert exact <= epsilon(charges, 1e-5) <= exact + 2e-4


def sampled_deltas(bound: float, probability: float, noise: float) -> tuple[float, float]:
    """Delta of one step with Poisson sampling, when the unit is removed and when it is added, by quadrature."""

    def without(x):
        return norm.pdf(x, 0, noise)

    def with_unit(x):
        return (1 - probability) * without(x) + probability * norm.pdf(x, 1, noise)

    def hockey_stick(upper, lower):
        values = integrate.quad(
            lambda x: max(0, upper(x) - math.exp(bound) * lower(x)), -9 * noise, 9 * noise, limit=400
        )
        return values[0]

    return hockey_stick(with_unit, without), hockey_stick(without, with_unit)


@pytest.mark.parametrize(("probability", "noise"), [(0.1, 1.5), (0.8, 2.5)])
def test_one_step_is_an_upper_bound_and_a_tight_one(probability, noise):
    bound = epsilon(Charges(probability, noise, 1), 1e-4)
    assert 0.99e-4 < max(sampled_deltas(bound, probability, noise)) <= 1.0001e-4


def test_divergence_of_a_step_is_the_integral():
    probability, noise, order = 0.2, 1.2, module.ORDERS.index(3)

    def moment(x):
        ratio = (1 - probability) + probability * math.exp((2 * x - 1) / (2 * noise**2))
        return norm.pdf(x, 0, noise) * ratio**3

    expected = math.log(integrate.quad(moment, -15, 20)[0]) / 2
    assert module._divergences(probability, noise)[order] == pytest.approx(expected, rel=1e-9)


def test_what_needs_no_accountant():
    assert epsilon(Charges(0.1, 1.0, 0), 1e-5) == epsilon_rdp(Charges(0.1, 1.0, 0), 1e-5) == 0
    assert epsilon(Charges(0.0, 0.0, 10), 1e-5) == 0
    assert epsilon(Charges(0.1, 0.0, 1), 1e-5) == epsilon_rdp(Charges(0.1, 0.0, 1), 1e-5) == math.inf
    assert epsilon(Charges(0.1, 1.0, 1, (0.0,)), 1e-5) == math.inf
    for extra in (1e-5, 2e-5):
        assert epsilon(Charges(0.1, 1.0, 1, extra_delta=extra), 1e-5) == math.inf


def test_more_costs_more():
    one = Charges(0.02, 3.0, 300)
    dearer = [
        Charges(0.02, 3.0, 301),
        Charges(0.021, 3.0, 300),
        Charges(0.02, 2.99, 300),
        Charges(0.02, 3.0, 300, (24.0,)),
        Charges(0.02, 3.0, 300, (), 1e-6),
    ]
    for more in dearer:
        assert epsilon(more, 1e-5) > epsilon(one, 1e-5)
        assert epsilon_rdp(more, 1e-5) > epsilon_rdp(one, 1e-5)


def test_a_rough_grid_is_never_better():
    for charges in (Charges(0.02, 2.5, 500), Charges(0.02, 3.0, 300, (24.0,), 1e-6)):
        assert epsilon(charges, 1e-5) <= rough_epsilon(charges, 1e-5) <= epsilon_rdp(charges, 1e-5)


def test_where_the_grid_is_worse_the_smaller_bound_counts():
    """Steps whose loss is far below the width of the grid: at this delta RDP is tighter."""
    charges = Charges(1e-3, 10.0, 10_000)
    assert epsilon(charges, 1.01e-9) == epsilon_rdp(charges, 1.01e-9)


def test_tiny_deltas_are_answered_by_rdp():
    charges = Charges(0.02, 2.5, 1_500)
    assert epsilon(charges, 1e-12) == epsilon_rdp(charges, 1e-12)
    assert epsilon(charges, 1.01e-9) < epsilon_rdp(charges, 1.01e-9)


def test_no_privacy_takes_no_memory():
    charges = Charges(1.0, 0.01, 1000)
    assert epsilon(charges, 1e-5) == epsilon_rdp(charges, 1e-5) > 1e6


def test_a_tick_makes_no_new_distribution():
    epsilon(Charges(0.03, 4.0, 100, (24.0,)), 1e-5)
    before = module._step.cache_info().misses
    for steps in (200, 300):
        epsilon(Charges(0.03, 4.0, steps, (24.0,)), 1e-5)
    assert module._step.cache_info().misses == before


@pytest.mark.parametrize(
    ("charges", "delta"),
    [
        (Charges(1.1, 1.0, 1), 1e-5),
        (Charges(-0.1, 1.0, 1), 1e-5),
        (Charges(0.1, -1.0, 1), 1e-5),
        (Charges(0.1, math.nan, 1), 1e-5),
        (Charges(0.1, 1.0, -1), 1e-5),
        (Charges(0.1, 1.0, 1, (-1.0,)), 1e-5),
        (Charges(0.1, 1.0, 1, extra_delta=-1e-6), 1e-5),
        (Charges(0.1, 1.0, 1), 0.0),
        (Charges(0.1, 1.0, 1), 1.0),
    ],
)
def test_impossible_numbers(charges, delta):
    for bound in (epsilon, epsilon_rdp, rough_epsilon):
        with pytest.raises(ValueError, match="expected"):
            bound(charges, delta)


def test_default_delta():
    assert delta_of(8_000, None) == 1e-5
    assert delta_of(50_000, None) == pytest.approx(2e-6)
    assert delta_of(50_000, 1e-3) == 1e-3
    with pytest.raises(ValueError, match="at least one unit"):
        delta_of(0, None)


def test_accountant_has_a_version():
    assert accountant().startswith("dp-accounting 0.6")


def test_a_missing_package_is_one_line(monkeypatch):
    for name in ("dp_accounting", "dp_accounting.dp_event"):
        monkeypatch.setitem(sys.modules, name, None)
    for call in (accountant, lambda: epsilon(Charges(0.123, 1.0, 7), 1e-5)):
        with pytest.raises(ConfigError, match=r"pip install 'medgan-tf\[dp\]'") as error:
            call()
        assert "\n" not in str(error.value)


def test_the_library_is_loaded_late():
    code = (
        "import sys, medgan_tf.accounting.calibration, medgan_tf.accounting.thresholds\n"
        "sys.exit(any(name in sys.modules for name in ('dp_accounting', 'numpy', 'tensorflow')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
