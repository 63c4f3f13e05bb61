"""A full run in parts, from a workspace: split, make histories, judge the parts, join.

What it gives equals `detect.score.score` of the same records, but for the last digits of sums, which Polars
adds in no fixed order. A run that was killed goes on where it stopped when it is started again on the same
records, rules, limits and parts.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from detect.kept import Run
from detect.others import score_others
from detect.parameters import in_workspace
from detect.parts.local import Local
from detect.parts.tasks import inputs_of_score, joined, prepare, rows_of_models, share, stages
from detect.parts.work import PREFIX, Task, Work, discard, folder_of
from detect.queue import Choice
from detect.score import inputs_of, of_verdicts
from features.catalogue import Grain
from models.scorer import Scorer
from records.store import Store
from records.workspace import locked

SIZE = 50_000
"""Tenders of a part, unless told otherwise."""

WHOLE = 100_000
"""More tenders are scored in parts in any case: one piece takes much memory, and begins anew when killed."""

Engine = Callable[[Work, Sequence[Sequence[Task]]], Iterator[Task]]
"""Does stages one after the other, the tasks of one in any order, and names each task when it is done."""

Told = Callable[[int, int, float | None], None]
"""Told how many tasks are done, of how many, and how many seconds the rest will about take."""


def score_in_parts(
    workspace: Path,
    *,
    version: int | None = None,
    size: int = SIZE,
    engine: Engine | None = None,
    scorer: Scorer | None = None,
    fit: bool = False,
    others: Sequence[Scorer] = (),
    choice: Choice | None = None,
    told: Told = lambda *_: None,
) -> Run:
    """Score the records of a workspace in parts of about `size` tenders; see `detect.score.score`.

    The parts stay below `runs` until `finished` is called, after the run was saved.

    Raises:
        Busy: another run in parts works there.
        BadInput: the engine gave up.

    """
    store, parameters = Store(workspace), in_workspace(workspace)
    version = store.version if version is None else version
    made = store.history().filter(version=version).row(0, named=True)
    inputs = inputs_of_score(() if scorer is None else scorer.inputs)
    of_groups = any(s.grain == Grain.GROUP for s in others)
    work = Work(Path(), store.files(version), parameters, inputs, of_groups)
    rules = {r.id: r for r in work.rules}
    judged_by = inputs_of(rules, parameters, version)
    with _alone(workspace):
        mark = {**judged_by, "of": str(made), "model": inputs, "groups": of_groups, "size": size}
        work = replace(work, folder=folder_of(workspace, mark))
        n_parts = _done(work, size, engine or Local(), told)
        said = score_others(rows_of_models(work, others), work.market, others)
        return of_verdicts(
            joined(work, n_parts), work.market, rules, judged_by,
            scorer=scorer, fit=fit, others=said, choice=choice,
        )  # fmt: skip


def finished(workspace: Path) -> None:
    """Remove the parts: the run is saved."""
    with _alone(workspace):
        discard(workspace)


def _done(work: Work, size: int, engine: Engine, told: Told) -> int:
    """Do all tasks that are missing, and tell how many parts there are."""
    n_parts = prepare(work, size)
    steps = stages(work, n_parts)
    missing = [tasks for step in steps if (tasks := work.missing(step))]
    left = asked = sum(share(task, n_parts) for tasks in missing for task in tasks)
    total = sum(map(len, steps))
    done, started = total - sum(map(len, missing)), perf_counter()
    told(done, total, None)
    for task in engine(work, missing):
        done, left = done + 1, left - share(task, n_parts)
        told(done, total, (perf_counter() - started) / (asked - left) * max(left, 0.0))
    return n_parts


@contextmanager
def _alone(workspace: Path) -> Iterator[None]:
    runs = workspace / "runs"
    runs.mkdir(exist_ok=True)
    with locked(runs / f"{PREFIX}lock"):
        yield
