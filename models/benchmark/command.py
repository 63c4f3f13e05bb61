"""The whole benchmark in one call, as the command line makes it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from models.benchmark.controls import CONTROLS
from models.benchmark.controls import controls as negative
from models.benchmark.markets import chosen as in_names
from models.benchmark.markets import find
from models.benchmark.method import Method
from models.benchmark.report import document, with_summary
from models.benchmark.run import methods, run
from models.benchmark.splits import Protocol
from records.source import BadInput


class Found(NamedTuple):
    """Results with macro and worst market, controls, and everything as plain values."""

    results: pl.DataFrame
    controls: pl.DataFrame
    document: dict[str, Any]


def benchmark(
    data: Path,
    protocols: Sequence[str] = (),
    markets: Sequence[str] = (),
    names: Sequence[str] = (),
    *,
    slow: bool = False,
    resamples: int = 100,
    with_controls: bool = True,
    jobs: int = 2,
    seed: int = 0,
) -> Found:
    """Judge methods on the labelled markets of a folder.

    Empty choices mean all. All markets of the folder are learned from under leave-market-out, whichever
    are judged.

    Raises:
        BadInput: nothing labelled there, or an unknown protocol, market or method.

    """
    asked = _protocols(protocols)
    chosen = _methods(names, slow=slow)
    every = find(data)
    targets = [m.name for m in in_names(every, markets, data)]
    results = with_summary(run(every, asked, chosen, targets, resamples=resamples, seed=seed, jobs=jobs))
    watched = [m for m in methods() if m.candidate]
    checked = (
        negative([m for m in every if m.name in targets], watched, seed=seed, jobs=jobs)
        if with_controls
        else pl.DataFrame(schema=CONTROLS)
    )
    return Found(results, checked, document(results, checked, every, seed))


def _protocols(names: Sequence[str]) -> list[Protocol]:
    known = [p.value for p in Protocol]
    if unknown := sorted(set(names) - set(known)):
        raise BadInput(
            f"There is no protocol {unknown[0]!r}", "--protocol", f"Choose from {', '.join(known)}."
        )
    return [Protocol(n) for n in names] or list(Protocol)


def _methods(names: Sequence[str], *, slow: bool) -> list[Method]:
    every = methods(slow=slow or bool(names))
    for name in names:
        if not any(name.lower() in m.name.lower() for m in every):
            known = ", ".join(m.name for m in every)
            raise BadInput(f"No method is called {name!r}", "--method", f"There are: {known}.")
    return [m for m in every if not names or any(n.lower() in m.name.lower() for n in names)]
