"""Named random streams: golden values, independence of seeds and names, and the choice of rows."""

import ast
from pathlib import Path

import numpy as np
import pytest

import medgan_tf
from medgan_tf.metrics.streams import chosen_rows, stream


@pytest.mark.parametrize(
    ("seed", "name", "words"),
    [
        (0, "a", [4841453082462521449, 11935958853797405910]),
        (1000, "membership candidates", [1995673712108705579, 12915716876752866978]),
    ],
)
def test_golden_values(seed, name, words):
    """The same on every platform and in every version: finished results can be computed again."""
    assert stream(seed, name).bit_generator.random_raw(2).tolist() == words


def test_equal_seeds_and_names_give_equal_draws():
    assert stream(7, "a").random(5).tolist() == stream(7, "a").random(5).tolist()


@pytest.mark.parametrize("other", [(8, "a"), (7, "b"), (7, "a "), (70, "a")])
def test_another_seed_or_name_gives_other_draws(other):
    assert set(stream(7, "a").integers(2**62, size=50)).isdisjoint(stream(*other).integers(2**62, size=50))


def test_seed_and_name_do_not_run_together():
    """A seed 1 with the name "1 a" is not the seed 11 with the name "a"."""
    assert stream(1, "1 a").random() != stream(11, "a").random()


def test_no_name_is_refused():
    with pytest.raises(ValueError, match="expected the name of a random stream. Received: name=''"):
        stream(1, "")


def test_chosen_rows_rise_and_do_not_repeat():
    rows = chosen_rows(100, 30, stream(1, "rows"))
    assert len(rows) == 30 and (np.diff(rows) > 0).all() and rows[0] >= 0 and rows[-1] < 100
    assert rows.tolist() != chosen_rows(100, 30, stream(2, "rows")).tolist()
    assert chosen_rows(3, 10, stream(1, "rows")).tolist() == [0, 1, 2]


def test_every_row_is_as_likely():
    counts = sum(np.bincount(chosen_rows(10, 3, stream(seed, "rows")), minlength=10) for seed in range(3000))
    assert counts.sum() == 9000 and np.abs(counts - 900).max() < 120


PACKAGE = Path(medgan_tf.__file__).parent
SOURCES = {"default_rng", "RandomState", "SeedSequence", "PCG64", "Philox", "MT19937", "SFC64", "stream"}
# By folder and, within it, by the name of the class or function.
FIXED = {
    ("phantom", None): "a phantom is a function of its own seed and numbers",
    ("machine", None): "made-up inputs of benchmarks: only their shape matters",
    ("metrics", "_Hashes"): "weights of hashes: any will do, as every match is compared pixel by pixel",
    ("evidence", "several"): "a count that is the same for every draw",
    ("training", "compared_rows"): "one choice for all runs, so that the statistics of the real images are kept once",
    ("training", "SampleGrid"): "the same noise in every run, so that grids of different seeds can be compared",
    ("training", "Diversity"): "the same noise in every run: another would change when finished trainings rolled back",
}


def fixed_streams(path):
    """Lines that make random numbers from constants alone, with the class or function that they stand in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for outer in tree.body:
        for node in ast.walk(outer):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if isinstance(node.func, ast.Attribute) and ast.unparse(node.func) == "np.random.seed":
                yield getattr(outer, "name", None), node.lineno
            if name not in SOURCES:
                continue
            first = [*node.args, *(keyword.value for keyword in node.keywords)][:1]
            names = {one.id for argument in first for one in ast.walk(argument) if isinstance(one, ast.Name)}
            # Names in capitals are constants of the module.
            if all(one == one.upper() for one in names):
                yield getattr(outer, "name", None), node.lineno


def test_no_draw_has_a_fixed_seed():
    """Every draw depends on a seed; the exceptions are listed with their reasons."""
    offenders, used = [], set()
    for path in sorted(PACKAGE.rglob("*.py")):
        folder = path.relative_to(PACKAGE).parts[0]
        for scope, line in fixed_streams(path):
            exception = next((key for key in ((folder, None), (folder, scope)) if key in FIXED), None)
            used.add(exception)
            if exception is None:
                offenders.append(f"{path.relative_to(PACKAGE)}:{line}")
    assert offenders == []
    assert set(FIXED) - used <= {("phantom", None)}, "an exception that is not needed any more"


def test_the_search_finds_fixed_seeds(tmp_path):
    lines = [
        "_SEED = 3",
        "def f(seed, n):",
        "    np.random.default_rng(0)",
        "    np.random.default_rng()",
        "    np.random.default_rng([1, 2])",
        "    np.random.default_rng(seed=_SEED)",
        "    np.random.RandomState(4)",
        "    np.random.seed(n)",
        "    stream(5, f'name {n}')",
        "    np.random.Generator(np.random.PCG64(6))",
        "    np.random.default_rng([seed, 7])",
        "    stream(seed, 'name')",
    ]
    (tmp_path / "a.py").write_text("\n".join(lines))
    assert sorted(fixed_streams(tmp_path / "a.py")) == [("f", line) for line in (3, 4, 5, 6, 7, 8, 9, 10)]
