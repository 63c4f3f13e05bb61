"""Protocols: which rows a method learns from and which it is judged on, the same for a seed always."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import polars as pl

from models.benchmark.frames import Bools, Ints, Labelled, Unit

SHARE = 0.05
"""Share of the target's labels that few-shot learning gets."""
CUT = 0.7
"""Share of the dated tenders before the cut in time."""
ENOUGH = 5
"""Rows of each class without which neither learning nor judging says anything."""


class Protocol(StrEnum):
    """How training and test are kept apart."""

    GROUPED = "tender-grouped"
    DISJOINT = "firm-and-tender-disjoint"
    TRANSFER = "leave-market-out"
    FEW = "few-shot"
    TEMPORAL = "temporal"


UNITS: dict[Protocol, tuple[Unit, ...]] = {
    Protocol.GROUPED: (Unit.COUNTED,),
    Protocol.DISJOINT: (Unit.TENDER, Unit.BID),
    Protocol.TRANSFER: (Unit.TENDER,),
    Protocol.FEW: (Unit.TENDER, Unit.BID),
    Protocol.TEMPORAL: (Unit.TENDER,),
}


@dataclass(frozen=True)
class Split:
    """Row indices by market to learn from, and rows of the target to be judged on."""

    target: str
    train: Mapping[str, Ints]
    test: Ints


class Ask(NamedTuple):
    """The market to be judged, all markets, the unit, and where chance comes from."""

    target: Labelled
    markets: Sequence[Labelled]
    unit: Unit
    rng: np.random.Generator


Splitter = Callable[[Ask], Iterator[Split]]


def splits(
    protocol: Protocol, target: Labelled, markets: Sequence[Labelled], unit: Unit, seed: int = 0
) -> list[Split]:
    """All splits of a protocol in which both sides have `ENOUGH` of each class; none where it cannot be."""
    if not target.has(unit):
        return []
    called = {m.name: m for m in markets}
    made = _SPLITTERS[protocol](Ask(target, markets, unit, np.random.default_rng(seed)))
    return [s for s in made if _usable(s, called, unit)]


def _usable(split: Split, markets: Mapping[str, Labelled], unit: Unit) -> bool:
    train = np.concatenate([markets[n].label(unit)[i] for n, i in split.train.items()] or [np.zeros(0, bool)])
    sides = (train, markets[split.target].label(unit)[split.test])
    return all(min(int(x.sum()), int((~x).sum())) >= ENOUGH for x in sides)


def _grouped(ask: Ask) -> Iterator[Split]:
    """80 % of the tenders against the others, six times, three times in large markets."""
    tenders = ask.target.frame(ask.unit)["tender_id"].rank("dense").to_numpy() - 1
    n = int(tenders.max()) + 1
    for _ in range(6 if n < 1_000 else 3):
        held = np.isin(tenders, ask.rng.permutation(n)[: max(1, round(0.2 * n))])
        yield Split(ask.target.name, {ask.target.name: np.flatnonzero(~held)}, np.flatnonzero(held))


def _disjoint(ask: Ask) -> Iterator[Split]:
    """No firm and no tender on both sides.

    Bids: a random 60 % of the firms in a random 60 % of the tenders against the other firms in the other
    tenders; the mixed bids are left out. Tenders: those among one half of the firms alone against those among
    the other half alone, firms of one cluster together.
    """
    if not ask.target.firms:
        return
    for _ in range(4):
        if ask.unit == Unit.BID:
            train, test = _bid_blocks(ask.target, 0.6, ask.rng)
        else:
            train, test = _firm_halves(ask.target, ask.rng)
        yield Split(ask.target.name, {ask.target.name: train}, test)


def _transfer(ask: Ask) -> Iterator[Split]:
    """All labels of the other markets, none of the target's."""
    learned = [m for m in ask.markets if m.name != ask.target.name and m.has(ask.unit)]
    others = {m.name: np.arange(m.frame(ask.unit).height) for m in learned}
    if others:
        yield Split(ask.target.name, others, np.arange(ask.target.frame(ask.unit).height))


def _few(ask: Ask) -> Iterator[Split]:
    """The other markets and 5 % of the target's labels, whose firms and tenders are not in the test.

    Where no firm is named only tenders are disjoint.
    """
    others = next(_transfer(ask), None)
    for _ in range(3):
        if not ask.target.firms:
            order = ask.rng.permutation(ask.target.frame(ask.unit).height)
            n = round(SHARE * order.size)
            few, test = np.sort(order[:n]), np.sort(order[n:])
            if ask.unit == Unit.BID:
                few, test = _tenders_apart(ask.target, ask.rng)
        elif ask.unit == Unit.BID:
            few, test = _bid_blocks(ask.target, SHARE**0.5, ask.rng)
        else:
            drawn = (_by_tender(ask.target, ask.rng), _by_firm(ask.target, ask.rng))
            few, test = max(drawn, key=lambda x: x[1].size)
        yield Split(ask.target.name, {**(others.train if others else {}), ask.target.name: few}, test)


def _temporal(ask: Ask) -> Iterator[Split]:
    """Before and after a moment; of the tenders before it those whose label was known by then.

    A label without a moment of becoming known counts from the outcome of its tender, which flatters:
    cartels become known years later.
    """
    if not ask.target.dated:
        return
    frame = ask.target.frame(ask.unit)
    cut = frame["deadline_at"].sort().drop_nulls()
    moment = cut[int(CUT * cut.len())]
    known = pl.coalesce("label_known", "closed_at", "deadline_at")
    sides = frame.select(
        ((pl.col("deadline_at") < moment) & (known < moment)).fill_null(False).alias("train"),
        (pl.col("deadline_at") >= moment).fill_null(False).alias("test"),
    )
    train, test = (np.flatnonzero(sides[side].to_numpy()) for side in ("train", "test"))
    yield Split(ask.target.name, {ask.target.name: train}, test)


_SPLITTERS: dict[Protocol, Splitter] = {
    Protocol.GROUPED: _grouped,
    Protocol.DISJOINT: _disjoint,
    Protocol.TRANSFER: _transfer,
    Protocol.FEW: _few,
    Protocol.TEMPORAL: _temporal,
}


def _bid_blocks(target: Labelled, share: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Bids of a share of the firms in a share of the tenders, and of the others in the others."""
    firm = _drawn(target.bids["bidder_id"], share, rng)
    tender = _drawn(target.bids["tender_id"], share, rng)
    return np.flatnonzero(firm & tender), np.flatnonzero(~firm & ~tender)


def _tenders_apart(target: Labelled, rng: np.random.Generator) -> tuple[Ints, Ints]:
    few = _drawn(target.bids["tender_id"], SHARE, rng)
    return np.flatnonzero(few), np.flatnonzero(~few)


def _drawn(ids: pl.Series, share: float, rng: np.random.Generator) -> Bools:
    """Whether each row's id is among a random share of the ids."""
    code = ids.rank("dense").to_numpy() - 1
    n = int(code.max()) + 1
    return np.isin(code, rng.permutation(n)[: round(share * n)])


def _firm_halves(target: Labelled, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Tenders among one half of the firms alone, and among the other half alone; firms go by clusters."""
    entries = _entries(target).with_columns(cluster=target.tenders["cluster"].gather(_entries(target)["row"]))
    home = entries.group_by("bidder_id").agg(pl.col("cluster").mode().min()).sort("bidder_id")
    order = rng.permutation(home["cluster"].unique().sort().to_numpy())
    size = np.cumsum([(home["cluster"] == k).sum() for k in order])
    held = order[: 1 + int(np.searchsorted(size, home.height / 2))]
    inside = home.select("bidder_id", pl.col("cluster").is_in(list(held)).alias("held"))
    whole = entries.join(inside, on="bidder_id").group_by("row").agg(
        pl.col("held").all().alias("test"), (~pl.col("held")).all().alias("train")
    )  # fmt: skip
    train, test = (whole.filter(side)["row"].sort().to_numpy().astype(np.int64) for side in ("train", "test"))
    return train, test


def _by_tender(target: Labelled, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """A random 5 % of the tenders, and those that share no firm with them."""
    few = np.zeros(target.tenders.height, bool)
    few[rng.permutation(few.size)[: round(SHARE * few.size)]] = True
    return np.flatnonzero(few), np.flatnonzero(~_touching(target, few) & ~few)


def _by_firm(target: Labelled, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Tenders among random firms alone until they are 5 %, and those that none of these firms entered."""
    entries = _entries(target)
    firms = entries["bidder_id"].unique().sort()
    place = pl.DataFrame({"bidder_id": firms, "place": rng.permutation(firms.len())})
    reach = entries.join(place, on="bidder_id").group_by("row").agg(
        pl.col("place").max().alias("last"), pl.col("place").min().alias("first")
    )  # fmt: skip
    last = reach["last"].sort()[max(0, round(SHARE * target.tenders.height) - 1)]
    few = reach.filter(pl.col("last") <= last)["row"].sort().to_numpy()
    test = reach.filter(pl.col("first") > last)["row"].sort().to_numpy()
    return few.astype(np.int64), test.astype(np.int64)


def _touching(target: Labelled, chosen: Bools) -> Bools:
    """Tenders that share a firm with the chosen ones, these included."""
    entries = _entries(target).with_columns(
        pl.Series(chosen).gather(pl.Series(_entries(target)["row"])).alias("in")
    )
    firms = entries.filter("in")["bidder_id"].unique()
    rows = entries.filter(pl.col("bidder_id").is_in(firms.implode()))["row"].unique().to_numpy()
    touched = np.zeros(target.tenders.height, bool)
    touched[rows] = True
    return touched


def _entries(target: Labelled) -> pl.DataFrame:
    """One row per tender and firm: `row, bidder_id`."""
    return (
        target.tenders.with_row_index("row")
        .select("row", bidder_id="bidders")
        .explode("bidder_id")
        .drop_nulls()
    )
