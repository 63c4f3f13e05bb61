"""What rules judge: the feature frames of a market, after exclusions, with the columns that rules read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from detect.exclusions import judged, on_record
from detect.parties import PARTY_GRAINS, party_rows
from detect.rule import Rule
from features.build import Build
from features.catalogue import KEYS, Grain
from records.tables import Market


class Frames(NamedTuple):
    """Everything that rules read, in memory.

    * `build`: the features, shared values that an exclusion explains left out.
    * `rows`: per grain of tenders its frame; ties are those that share something.
    * `raw_ties`: ties before exclusions; `unlisted`: one row per tender with two bids for all other ties.
    * `parties`: per grain of parties its frame.
    * `facts`: the shared values behind ties, with `exclusion` where explained.
    * `lists`: those on record by which exclusions were checked.
    """

    build: Build
    rows: dict[Grain, pl.DataFrame]
    raw_ties: pl.DataFrame
    unlisted: pl.DataFrame
    parties: dict[Grain, pl.DataFrame]
    facts: pl.DataFrame
    lists: frozenset[str]


def prepared(
    market: Market,
    rules: Sequence[Rule],
    build: Build | None = None,
    after: Mapping[str, pl.LazyFrame] | None = None,
) -> Frames:
    """Build the features that these rules read; nothing is judged yet.

    A `build` of the market may be given that makes some tenders or columns only; where it was given blocks
    that rest on shared values, `after` has the same blocks as they are after exclusions.
    """
    own, plain = [r for r in rules if r.grain not in PARTY_GRAINS], build or Build(market)
    plain.collected(Grain.TENDER)
    shared, crossed = (
        judged(plain.table(name), market.relations).collect() for name in ("shared_values", "crossed_values")
    )
    net = without_explained(plain, shared, crossed)
    for name, frame in (after or {}).items():
        net = net.replacing(name, frame)
    tenders = net.collected(Grain.TENDER)
    rows, raw_ties, unlisted = _collect(net, plain, own)
    parties = {
        grain: party_rows(net, grain, [r for r in rules if r.grain == grain])
        for grain in PARTY_GRAINS
        if any(r.grain == grain for r in rules)
    }
    facts = pl.concat([shared, crossed], how="diagonal_relaxed")
    return Frames(net, {Grain.TENDER: tenders, **rows}, raw_ties, unlisted, parties, facts, on_record(market))


def without_explained(build: Build, shared: pl.DataFrame, crossed: pl.DataFrame) -> Build:
    """The same build without the shared values that have an `exclusion`."""
    if all(facts["exclusion"].null_count() == facts.height for facts in (shared, crossed)):
        return build
    return build.replacing("shared_values", _unexplained(shared)).replacing(
        "crossed_values", _unexplained(crossed)
    )


def _unexplained(facts: pl.DataFrame) -> pl.LazyFrame:
    return facts.lazy().filter(pl.col("exclusion").is_null())


def _collect(
    net: Build, plain: Build, rules: Sequence[Rule]
) -> tuple[dict[Grain, pl.DataFrame], pl.DataFrame, pl.DataFrame]:
    """Frames of the finer grains, ties before exclusions, and one row per tender for ties not listed.

    Only the columns that the rules read are made.
    """
    grains = sorted({Grain.TIE, *(r.grain for r in rules)} - {Grain.TENDER})
    rest = net.unlisted(Grain.TIE).filter(_RIVALS >= 2)
    *frames, raw_ties, unlisted = pl.collect_all(
        [
            *(net.grain(g).select(read_at(g, rules)) for g in grains),
            plain.grain(Grain.TIE).select(read_at(Grain.TIE, rules)),
            rest.select("tender_id", *read_at(Grain.TIE, rules)[len(KEYS[Grain.TIE]) :]),
        ]
    )
    return dict(zip(grains, frames, strict=True)), raw_ties, unlisted


_ROUTING = ("mechanism", "jurisdiction", "deadline_at")
"""Columns of the tender that decide whether and how a rule speaks."""


def read_at(grain: Grain, rules: Sequence[Rule]) -> list[str]:
    """Keys, routing columns and what the rules of a grain read."""
    reads = (name for r in rules if r.grain == grain for name in r.reads)
    return list(dict.fromkeys([*KEYS[grain], *_ROUTING, *reads]))


_RIVALS = pl.min_horizontal("n_bids", "n_firms")
"""Bids or firms, whichever are fewer: below two there is no tie to look at."""
