"""Screens, company and the record of firms in one score: stacked regression (Wolpert 1992, Breiman 1996).

For tender-grouped alone: there the same firms stand on both sides, as in print, so what a firm was labelled
before may be read, and `firm memory` and `neighbour vote` are two of the voices.
"""

import numpy as np
from scipy.optimize import nnls
from scipy.stats import rankdata

from models.benchmark.baselines import firm_memory, neighbour_vote
from models.benchmark.frames import Bools, Floats
from models.benchmark.method import Method, Score, Sees, Task, method
from models.benchmark.run import allowed, out_of_fold
from models.benchmark.splits import Protocol
from models.learner import all_learners, balanced

LEARNERS = ("extra_trees", "logistic")


@method("stack", Sees.IDENTITY, protocols=(Protocol.GROUPED,))
def stack(task: Task) -> Floats:
    """Voices weighed by how well they judge training rows that they have not seen, never below nothing."""
    total = np.zeros(task.test.height)
    heard, said = [], []
    for name, voice in _voices():
        held = out_of_fold(Method(name, voice, Sees.IDENTITY), task)
        found = voice(task)
        if found is not None and np.isfinite(held).any():
            heard.append(held)
            said.append(placed(found, held))
    if not heard:
        return total
    weights = _weights(np.column_stack(heard), task.label, task.weight)
    return np.asarray(np.column_stack(said) @ weights)


def placed(x: Floats, among: Floats) -> Floats:
    """Where values lie among known ones, from -.5 to .5; the middle of ties, the middle for unknown values.

    >>> placed(np.array([2.0, 9.0, np.nan]), np.array([1.0, 2.0, 3.0, 4.0])).tolist()
    [-0.125, 0.5, 0.0]
    """
    known = np.sort(among[np.isfinite(among)])
    middle = np.searchsorted(known, x, "left") + np.searchsorted(known, x, "right")
    return np.where(np.isfinite(x), middle / (2 * known.size) - 0.5, 0.0)


def _weights(held: Floats, label: Bools, weight: Floats) -> Floats:
    """Non-negative least squares of the label on ranks, both classes weighing the same."""
    rows = np.isfinite(held).all(axis=1)
    ranks = np.column_stack([rankdata(x[rows]) / rows.sum() - 0.5 for x in held.T])
    root = np.sqrt(balanced(label[rows], weight[rows]))
    found, _ = nnls(ranks * root[:, None], (label[rows] - 0.5) * root)
    return np.asarray(found if found.sum() > 0 else np.ones(held.shape[1]))


def _voices() -> list[tuple[str, Score]]:
    record = [("firm memory", firm_memory), ("neighbour vote", neighbour_vote)]
    return [*((name, _learner(name)) for name in LEARNERS), *record]


def _learner(name: str) -> Score:
    def score(task: Task) -> Floats:
        train, test = (allowed(rows, task.protocol) for rows in (task.train, task.test))
        return all_learners()[name](task.seed).fit(train, task.label, task.weight).score(test)

    return score
