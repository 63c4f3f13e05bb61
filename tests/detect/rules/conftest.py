from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import polars as pl
import pytest

from detect.rule import Level, Rule
from detect.run import Verdicts, judge
from features.build import Build
from features.catalogue import Grain
from records.kinds import KINDS, Scope
from records.tables import Bids, Market, Tenders, market_of

CLOSED = datetime(2024, 5, 20, 1, 30, tzinfo=UTC)
TENDER = {
    "tender_id": "T", "jurisdiction": "CN-62", "deadline_at": CLOSED, "mechanism": "lowest", "batch_id": "b",
}  # fmt: skip

COLUMNS = {name: c.dtype for t in (Bids, Tenders) for name, c in t.columns().items()}


@cache
def dtypes(grain: Grain) -> dict[str, pl.DataType]:
    tender = market_of(tenders=pl.DataFrame({"tender_id": ["T"], "batch_id": ["b"]}))
    return dict(Build(tender).grain(grain).collect_schema())


@pytest.fixture
def verdict() -> Callable[..., str]:
    """One rule on one row: its state, with the level of a hit.

    Columns not named are null, but for those without which no row can be judged.
    """

    def evaluate(rule: Rule, **seen: Any) -> str:
        row = {**dict.fromkeys((*rule.reads, *TENDER)), **dict.fromkeys(rule.needs, True), **TENDER, **seen}
        known = dtypes(rule.grain) | COLUMNS
        types = {k: known[k] for k, v in row.items() if v is None or k in COLUMNS}
        frame = pl.DataFrame([row], schema_overrides=types)
        state, level = frame.select(rule.state().alias("state"), rule.verdict().alias("level")).row(0)
        return f"hit {Level(level).name}" if state == "hit" else str(state)

    return evaluate


Held = tuple[str, str, str]


@pytest.fixture
def tiny_market(every_list: list[dict[str, str]]) -> Callable[..., Market]:
    """One tender with firms that hold `(bidder, kind, value)`, a row in every list; more tables by name."""

    def build(held: Sequence[Held], tender: dict[str, Any] | None = None, **tables: Any) -> Market:
        firms = sorted({firm for firm, _, _ in held})
        bids = [
            {"bid_id": f"bid-{f}", "tender_id": "T", "bidder_id": f, "amount": 100 + i, "batch_id": "b"}
            for i, f in enumerate(firms)
        ]
        frames = {
            "tenders": pl.DataFrame([{**TENDER, **(tender or {})}]),
            "bids": pl.DataFrame(bids),
            "identifiers": identifiers(held),
            **{name: pl.DataFrame(rows) for name, rows in tables.items()},
            "known_values": pl.DataFrame([*every_list, *tables.get("known_values", ())]),
        }
        return market_of(**frames)

    return build


@pytest.fixture
def judged(tiny_market: Callable[..., Market]) -> Callable[..., str]:
    """State of tender T under one rule, with the highest level of its hits."""

    def run(rule: Rule, held: Sequence[Held], **tables: Any) -> str:
        return outcome(judge(tiny_market(held, **tables), [rule]), rule)

    return run


def outcome(found: Verdicts, rule: Rule) -> str:
    state = found.states[rule.id].item()
    excused = " (excused)" if found.excused.height else ""
    if state == "hit":
        top = found.hits["level"].max()
        assert isinstance(top, int)
        return f"hit {Level(top).name}{excused}"
    return f"{state}{excused}"


def identifiers(held: Sequence[Held]) -> pl.DataFrame:
    rows = [
        {
            "bidder_id": firm,
            "tender_id": "T" if KINDS[kind].scope == Scope.BID else None,
            "kind": kind,
            "value_hash": value.rjust(32, "0"),
            "batch_id": "b",
        }
        for firm, kind, value in held
    ]
    return pl.DataFrame(rows, schema_overrides={"tender_id": pl.String})


@pytest.fixture
def listed() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Write `known_values` rows from `(listing, kind, value)`."""

    def rows(tables: dict[str, Any]) -> dict[str, Any]:
        known = [
            {"listing": listing, "kind": kind, "value_hash": value.rjust(32, "0"), "batch_id": "b"}
            for listing, kind, value in tables.get("known_values", ())
        ]
        return {**tables, "known_values": known} if known else tables

    return rows
