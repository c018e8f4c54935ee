"""The split that is missing least of what is asked, by integer programming: whether it can be served at all."""

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, kron, vstack

from medgan_tf.data.folds.demands import Demands
from medgan_tf.data.folds.profiles import Profiles

SIZE_TOLERANCE = 0.01
"""Folds keep their number of patients within 1 %."""
LARGEST = 12_000
"""Unknowns of the largest program that is solved: more would take minutes."""
_NODES = 2000  # of the search tree: a limit in time would give other folds on a slower machine


def least_missing(profiles: Profiles, patients: np.ndarray, demands: Demands) -> tuple[np.ndarray, bool]:
    """The split with the fewest images missing, over all combinations and folds.

    Args:
        profiles: The patients.
        patients: A split [K, 3]; folds keep about its numbers of patients.
        demands: What is asked.

    Returns:
        The split, int64 [K, 3], and whether it is proven that none misses less. Of more than `LARGEST` unknowns
        nothing is known: the split that was given.
    """
    groups = len(patients)
    if 3 * groups > LARGEST:
        return patients, False
    cells = np.argwhere(demands.images > 0)
    totals = np.flatnonzero(demands.totals)
    asked = np.concatenate([demands.images[tuple(cells.T)], demands.totals[totals]])
    images = csr_array((profiles.images, (profiles.columns, profiles.rows)), (profiles.combinations, groups))
    used = csr_array(images[: demands.used].sum(axis=0).reshape(1, -1))
    # Training images that are only kept together, not asked, come before those that are asked.
    costs = np.ones(len(asked))
    costs[: len(cells)] += (cells[:, 1] == 0) & (not demands.train_is_fixed)
    # Unknowns: patients of each group in each fold [3 * K], then the images missing of each demand.
    parts = [kron(_unit(fold), images[[row]]) for row, fold in cells] + [kron(_unit(fold), used) for fold in totals]
    given = hstack([vstack(parts), eye_array(len(asked))])
    members = hstack([kron(np.ones((1, 3)), eye_array(groups)), csr_array((groups, len(asked)))])
    sizes = hstack([kron(eye_array(3), np.ones((1, groups))), csr_array((3, len(asked)))])
    wanted, spread = patients.sum(axis=0), np.floor(SIZE_TOLERANCE * patients.sum(axis=0))
    everyone = patients.sum(axis=1)
    answer = milp(
        np.concatenate([np.zeros(3 * groups), costs]),
        integrality=np.concatenate([np.ones(3 * groups), np.zeros(len(asked))]),
        bounds=Bounds(0, np.concatenate([np.tile(everyone, 3), asked])),
        constraints=[
            LinearConstraint(given.tocsr(), asked, np.inf),
            LinearConstraint(members.tocsr(), everyone, everyone),
            LinearConstraint(sizes.tocsr(), np.maximum(wanted - spread, 1), wanted + spread),
        ],
        options={"node_limit": _NODES, "mip_rel_gap": 0},
    )
    if answer.x is None:
        return patients, False
    return np.rint(answer.x[: 3 * groups]).astype(np.int64).reshape(3, groups).T, answer.status == 0


def _unit(fold: int) -> csr_array:
    return csr_array(([1.0], ([0], [fold])), (1, 3))
