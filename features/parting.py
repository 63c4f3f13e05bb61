"""A market split into parts of tenders, each of which can be judged by itself.

A part is exact about its tenders where everything that it makes reaches no further than a tender, the calls
before it and its parties as firms (`features.catalogue.Reach.TENDER`). What reaches further is made of the
whole market beforehand (`histories`), and a part reads its rows.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import polars as pl

from features.build import dependents
from features.catalogue import AS_OF, CATALOGUE, Reach
from features.components import components
from features.needs import Needs
from records.segments import write_by
from records.tables import SCHEMAS, Market, market_of

FACTS = ("shared_values", "crossed_values")
"""Frames of shared values: each part makes its own, given how many of all firms had shown a value when."""

SHOWN = "first_shown"
HOLDERS = ("value_holders", "crossing_holders")

OF_TENDER = tuple(name for name, schema in SCHEMAS.items() if "tender_id" in schema.columns())
"""Tables that are split by tender; parts read the others in full."""

_NAMED = ("tenders", "bids", "consortium_members", "awards", "identifiers")
_EMPTY, _NO_TENDER = "empty", "None"


def parts_of(market: Market, size: int) -> pl.DataFrame:
    """`tender_id, part` of every tender that the records name: parts of about `size`, numbered from 0.

    A tender is in one part with the calls before it. Tenders that are named by bids or identifiers alone
    have parts as well.
    """
    ids = pl.concat(market.to_dict()[t].select("tender_id") for t in _NAMED)
    named = ids.drop_nulls().unique().collect(engine="streaming")
    chains = _chains(market.tenders.select("tender_id", "retender_of").drop_nulls().collect())
    ordered = named.join(chains, on="tender_id", how="left").with_columns(
        pl.col("chain").fill_null(pl.col("tender_id"))
    )
    place = pl.col("row").min().over("chain") // size
    number = place.rank("dense").cast(pl.Int32) - 1
    rows = ordered.sort("chain", "tender_id").with_row_index("row")
    return rows.select("tender_id", number.alias("part"))


def _chains(links: pl.DataFrame) -> pl.DataFrame:
    """`tender_id, chain`: tenders that were called again, and their first call by name."""
    ids = pl.concat([links["tender_id"], links["retender_of"].alias("tender_id")]).unique().sort()
    numbers = {i: n for n, i in enumerate(ids)}
    a, b = (links[c].replace_strict(numbers, return_dtype=pl.Int64).to_numpy() for c in links.columns)
    webs = pl.DataFrame({"tender_id": ids, "web": components(a, b, ids.len())})
    return webs.select("tender_id", pl.col("tender_id").min().over("web").alias("chain"))


class Histories(NamedTuple):
    """Blocks that parts cannot make.

    * `ties`: those that rest on shared values, and change when an exclusion explains one.
    * `traces`: others that read identifiers.
    * `rest`: those that read none.
    """

    ties: list[str]
    traces: list[str]
    rest: list[str]


def histories(needs: Needs) -> Histories:
    """The blocks that must be made of the whole market."""
    blocks = [n.name for grain in AS_OF for n in needs.blocks(grain) if not n.on_demand and not _own(n.name)]
    ties = [name for name in blocks if name in _changing()]
    others = [name for name in blocks if name not in ties]
    traces = [name for name in others if "identifiers" in _behind(name)]
    return Histories(ties, traces, [name for name in others if name not in traces])


def rest_on_facts(blocks: Iterable[str]) -> bool:
    """Whether some of the blocks rest on shared values."""
    return not _changing().isdisjoint(blocks)


def _changing() -> set[str]:
    return set().union(*(dependents(name) for name in FACTS))


def split(frame: pl.LazyFrame, parts: pl.LazyFrame, folder: Path) -> None:
    """Write the rows of each part to a file in `folder`; rows of no tender to one of their own."""
    folder.mkdir(parents=True)
    pl.DataFrame(schema=frame.collect_schema()).write_parquet(folder / f"{_EMPTY}.parquet")
    write_by("part", frame.join(parts, on="tender_id", how="left"), folder)


def rows_of_part(folder: Path, part: int | None) -> pl.LazyFrame:
    """What `split` wrote of one part, or with None of no tender."""
    path = folder / f"{_NO_TENDER if part is None else part}.parquet"
    return pl.scan_parquet(path if path.exists() else folder / f"{_EMPTY}.parquet")


def market_of_part(market: Market, tables: Mapping[str, Path], part: int) -> Market:
    """The records that say everything about a part's tenders as far as `Reach.TENDER` goes.

    `tables` are the folders of the tables that were split; of these, others stay empty.
    """
    rows = {name: rows_of_part(folder, part) for name, folder in tables.items()}
    whole = {name: frame for name, frame in market.to_dict().items() if name not in OF_TENDER}
    parties = _parties(rows)
    if "identifiers" in rows:
        firms = rows_of_part(tables["identifiers"], None).filter(pl.col("tender_id").is_null())
        rows["identifiers"] = pl.concat(
            [rows["identifiers"], firms.join(parties, on="bidder_id", how="semi")]
        )
    if "payments" in rows:
        paid = market.payments.join(parties, left_on="from_id", right_on="bidder_id", how="semi")
        rows["payments"] = pl.concat([rows["payments"], paid]).unique()
    return market_of(**rows, **whole)


def _parties(rows: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
    tables = ("bids", "consortium_members", "awards", "identifiers")
    of = (rows[name].select("bidder_id") for name in tables if name in rows)
    return pl.concat(of).unique().collect().lazy()


def _own(name: str) -> bool:
    """Whether a part can make a frame or block from its own rows."""
    node = CATALOGUE.frames.get(name) or CATALOGUE.blocks.get(name)
    if node is None or name in FACTS:
        return True
    return node.reach == Reach.TENDER and not node.kept and all(_own(read) for read in node.reads)


def _behind(name: str) -> set[str]:
    """What a frame or block is made of in the end: tables of the market; shared values read identifiers."""
    node = CATALOGUE.frames.get(name) or CATALOGUE.blocks.get(name)
    return {name} if node is None else set().union(*map(_behind, node.reads))
